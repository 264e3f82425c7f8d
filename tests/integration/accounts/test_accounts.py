"""A workspace's own keys: kept, found before the deployment's, tried, changed, removed."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from integration.accounts.bench import (
    DEPLOYMENTS,
    KEY,
    OTHER,
    PDL,
    SEALING,
    WORKSPACE,
    Bench,
)
from integration.accounts.conftest import MakeBench
from leadstream.accounts import StopWhen, UnreadableAccountError
from leadstream.accounts.keys import reseal_accounts
from leadstream.accounts.store import Reader
from leadstream.api import AdminToken, Role
from leadstream.crypto import Keyring, key_id_of
from leadstream.jobs.model import Held, Problem
from leadstream.pauses import active_pauses, add_pause
from leadstream.postgres import Database
from support.keys import generate_key
from support.waiting import eventually

SCOPE = f"provider:{PDL}:{WORKSPACE}"


async def pause(database: Database, scope: str, reason: str) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    async with database.transaction() as tx:
        await add_pause(tx, scope, reason=reason, actor="worker", until=until)


def a_refusal(reason: str, status: int, said: str = "") -> Held:
    problem = Problem(
        error_class=reason,
        message=f"{PDL} search: answered {status}",
        status_code=status,
        excerpt=said,
    )
    return Held(scope=SCOPE, reason=reason, problem=problem)


async def test_an_own_key_goes_before_the_deployments_and_is_nobody_elses(bench: Bench) -> None:
    assert await bench.key() == "the-deployments-key"

    made = await bench.put_account()

    assert made.status_code == 201
    assert await bench.key() == KEY
    assert await bench.key(workspace=OTHER) == "the-deployments-key"
    own = await bench.accounts.find(PDL, WORKSPACE)
    assert own
    assert (own.scope, own.owner) == (SCOPE, str(WORKSPACE))
    assert await bench.accounts.find("hunter", WORKSPACE) is None
    training = await bench.accounts.find(PDL, WORKSPACE, training=True)
    assert training
    assert (training.owner, training.credentials["api_key"]) == ("training", KEY)


async def test_credentials_are_sealed_and_never_come_back(bench: Bench) -> None:
    bench.provider.fault = a_refusal("credential_refused", 401, f"no such key: {KEY}")

    made = (await bench.put_account()).json()
    answers = [
        made,
        (await bench.http.get("/provider-accounts")).json(),
        (await bench.http.get(f"/provider-accounts/{made['id']}")).json(),
        (await bench.http.post(f"/provider-accounts/{made['id']}/test", json={})).json(),
        await bench.audit(),
        [dict(row) for row in await bench.database.pool.fetch("SELECT * FROM provider_accounts")],
    ]

    assert KEY not in str(answers)
    assert answers[3]["said"].startswith("no such key")


async def test_saving_it_again_changes_nothing_and_new_credentials_do(bench: Bench) -> None:
    first = (await bench.put_account()).json()
    again = (await bench.put_account()).json()
    left_out = (await bench.put_account(credentials=None)).json()
    assert first == again == left_out

    place = f"/provider-accounts/{first['id']}/rotate"
    rotated = await bench.http.post(
        place, json={"credentials": {"api_key": "newer"}}, headers={"X-Reason": "it leaked"}
    )

    assert (rotated.json()["version"], first["rotated_at"]) == (2, None)
    assert rotated.json()["rotated_at"]
    assert await bench.key() == "newer"
    rows = await bench.audit()
    assert [(row["action"], row["reason"]) for row in rows] == [
        ("provider_account.created", None),
        ("provider_account.rotated", "it leaked"),
    ]
    assert {row["workspace_id"] for row in rows} == {WORKSPACE}


async def test_a_save_lets_go_of_what_waited_for_the_key_and_of_nothing_else(bench: Bench) -> None:
    reasons = [
        "credential_missing",
        "credential_refused",
        "quota_exhausted",
        "credential_unreadable",
    ]
    for reason in reasons:
        await pause(bench.database, SCOPE, reason)
    others = [(SCOPE, "rate_limited"), (f"provider:{PDL}", "quota_exhausted")]
    others.append((f"provider:{PDL}:{OTHER}", "credential_refused"))
    for scope, reason in others:
        await pause(bench.database, scope, reason)

    answer = await bench.put_account()

    left = [(each.scope, each.reason) for each in await active_pauses(bench.database)]
    assert sorted(left) == sorted(others)
    assert answer.json()["held_by"] == ["rate_limited"]


async def test_every_process_uses_a_new_key_as_soon_as_what_waited_is_let_go(
    make_bench: MakeBench,
) -> None:
    here, there = make_bench(), make_bench()
    await here.put_account()
    await pause(there.database, SCOPE, "credential_refused")

    async def is_held() -> bool:
        return there.board.held([SCOPE]) is not None

    await eventually(is_held, "the pause has not come through")
    # Now it is remembered there.
    old = await there.accounts.find(PDL, WORKSPACE)
    assert old
    assert await there.accounts.is_current(old, WORKSPACE)

    await here.put_account(credentials={"api_key": "newer"})

    # Also before the news is there: an answer to the old key holds nothing up.
    assert not await there.accounts.is_current(old, WORKSPACE)

    async def is_let_go() -> bool:
        return there.board.held([SCOPE]) is None

    await eventually(is_let_go, "the save has not come through")
    assert await there.key() == "newer"


async def test_it_is_looked_up_once_for_many_leads(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.put_account()
    looked_up: list[Sequence[UUID]] = []
    look_up = bench.accounts._look_up

    async def counted(reader: Reader, workspace_ids: Sequence[UUID]) -> Any:
        looked_up.append(workspace_ids)
        return await look_up(reader, workspace_ids)

    monkeypatch.setattr(bench.accounts, "_look_up", counted)
    bench.accounts.forget()
    # No look of the board in between: it is synchronous from here.
    for _ in range(3):
        await bench.accounts.find(PDL, WORKSPACE)
        await bench.accounts.of(WORKSPACE)

    # The board may have looked again meanwhile, once.
    assert len(looked_up) <= 2


async def test_the_plans_of_many_are_each_ones_own(bench: Bench) -> None:
    """Those that are remembered, and those that the caller's transaction looks up."""
    said = {"stop_when": "verified"}
    assert (await bench.http.put(f"/sources/{WORKSPACE}", json=said)).is_success
    bench.accounts.forget()
    own = await bench.accounts.of(WORKSPACE)

    async with bench.database.transaction() as tx:
        plans = await bench.accounts.plans(tx, {WORKSPACE, OTHER})

    assert plans == {WORKSPACE: own, OTHER: await bench.accounts.of(OTHER)}
    assert own.stop_when is StopWhen.VERIFIED
    assert plans[OTHER].stop_when is StopWhen.FOUND


async def test_an_account_that_works_is_no_longer_held(bench: Bench) -> None:
    made = (await bench.put_account()).json()
    await pause(bench.database, SCOPE, "credential_refused")
    bench.provider.fault = a_refusal("credential_refused", 401)
    place = f"/provider-accounts/{made['id']}/test"

    refused = (await bench.http.post(place, json={})).json()
    assert (refused["ok"], refused["code"]) == (False, "credential_refused")
    assert bench.board.held([SCOPE])

    bench.provider.fault = None
    works = (await bench.http.post(place, json={})).json()
    assert works["ok"]
    assert await active_pauses(bench.database) == []
    assert [account.credentials["api_key"] for account in bench.provider.asked] == [KEY, KEY]


async def test_what_makes_no_account_is_refused_and_nothing_kept(bench: Bench) -> None:
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"provider": "apollo"}, "provider", "none of clay_compat, people_data_labs"),
        ({"provider": "g2"}, "provider", "asked by discovery"),
        ({"credentials": {}}, "credentials.api_key", "is missing"),
        ({"credentials": None}, "credentials", "are missing"),
        ({"settings": {"routine": "x"}}, "settings.routine", "people_data_labs has dataset"),
        ({"extra": 1}, "extra", "not permitted"),
    ]
    for change, field, words in wrong:
        answer = await bench.put_account(**change)

        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == field
        assert words in answer.json()["error"]["message"]
    assert (await bench.http.get("/provider-accounts")).json()["items"] == []


async def test_another_workspaces_is_not_found(make_bench: MakeBench) -> None:
    made = (await make_bench().put_account()).json()
    digest = hashlib.sha256(b"theirs").hexdigest()
    token = AdminToken(name="theirs", sha256=digest, role=Role.ADMIN, workspace=OTHER)
    theirs = make_bench(token=(token, "theirs"))
    place = f"/provider-accounts/{made['id']}"

    answers = [
        await theirs.http.get(place),
        await theirs.http.post(f"{place}/rotate", json={"credentials": {"api_key": "mine"}}),
        await theirs.http.post(f"{place}/test", json={}),
        await theirs.http.request("DELETE", place, json={}),
        await theirs.put_account(),
        await theirs.http.get(f"/sources/{WORKSPACE}"),
        await theirs.put_sources(training=True),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await theirs.http.get("/provider-accounts")).json()["items"] == []
    assert (await theirs.http.post("/provider-accounts/rotate-keys", json={})).status_code == 403


async def test_a_removed_account_is_the_deployments_again(bench: Bench) -> None:
    made = (await bench.put_account()).json()
    await pause(bench.database, SCOPE, "credential_refused")
    assert await bench.key() == KEY

    gone = await bench.http.request("DELETE", f"/provider-accounts/{made['id']}", json={})

    assert gone.json() == {"id": made["id"], "workspace_id": str(WORKSPACE), "provider": PDL}
    assert await bench.key() == "the-deployments-key"
    assert await active_pauses(bench.database) == []
    assert await bench.database.pool.fetch("SELECT * FROM provider_accounts") == []


async def test_without_encryption_keys_no_credentials_are_kept(make_bench: MakeBench) -> None:
    bench = make_bench(sealing=None)

    answer = await bench.put_account()

    assert answer.status_code == 422
    assert "enrichment has no ENCRYPTION_KEYS" in answer.json()["error"]["message"]
    assert await bench.key() == "the-deployments-key"


async def test_a_key_that_nobody_can_read_is_not_replaced_by_the_deployments(
    make_bench: MakeBench,
) -> None:
    made = (await make_bench().put_account()).json()
    for sealing in (generate_key("k2"), None):
        without = make_bench(sealing=sealing)

        with pytest.raises(UnreadableAccountError) as caught:
            await without.key()

        assert caught.value.scope == SCOPE
    without = make_bench(sealing=generate_key("k2"))
    tested = await without.http.post(f"/provider-accounts/{made['id']}/test", json={})
    assert tested.status_code == 409
    await without.put_account(credentials={"api_key": "anew"})
    assert await without.key() == "anew"


async def test_a_new_encryption_key_reseals_them_at_the_start_and_when_asked(
    make_bench: MakeBench, database: Database
) -> None:
    await make_bench().put_account()
    keys = f"{generate_key('k2')},{SEALING}"
    newest = f"{generate_key('k3')},{keys}"

    await reseal_accounts(database, Keyring.parse(keys))
    after_start = await database.pool.fetchval("SELECT credentials FROM provider_accounts")
    bench = make_bench(sealing=newest)
    asked = (await bench.http.post("/provider-accounts/rotate-keys", json={})).json()
    again = (await bench.http.post("/provider-accounts/rotate-keys", json={})).json()

    assert key_id_of(after_start) == "k2"
    assert asked == {"rewrapped": 1, "unreadable": 0, "key_id": "k3"}
    assert again["rewrapped"] == 0
    assert await bench.key() == KEY


async def test_a_workspace_that_has_said_nothing_asks_whom_there_is_a_key_for(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(deployment=())

    assert (await bench.accounts.of(WORKSPACE)).contacts == ()
    await bench.put_account()

    assert (await bench.accounts.of(WORKSPACE)).contacts == (PDL,)
    assert (await bench.accounts.of(OTHER)).contacts == ()
    assert DEPLOYMENTS.workspace_id is None

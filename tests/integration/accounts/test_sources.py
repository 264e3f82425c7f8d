"""Whom a workspace has asked, in which order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from integration.accounts.bench import OTHER, PDL, WORKSPACE, Bench
from integration.accounts.conftest import MakeBench
from leadstream.accounts import Account, Plan, StopWhen
from leadstream.pauses import active_pauses, add_pause

CLAY = Account(provider="clay", credentials={"api_key": "key"})
HUNTER = Account(provider="hunter", credentials={"api_key": "key"})


async def test_clay_alone_is_asked_for_both_as_ever(make_bench: MakeBench) -> None:
    bench = make_bench(deployment=(CLAY,))

    assert await bench.accounts.of(WORKSPACE) == Plan(contacts=("clay",), verify=("clay",))
    shown = (await bench.http.get(f"/sources/{WORKSPACE}")).json()
    assert shown == {
        "workspace_id": str(WORKSPACE),
        "contacts": None,
        "verify": None,
        "stop_when": "found",
        "training": False,
        "is_default": True,
        "asked": {"contacts": ["clay"], "verify": ["clay"]},
        "without_key": [],
        "updated_at": None,
    }


async def test_they_are_asked_in_the_workspaces_own_order(make_bench: MakeBench) -> None:
    bench = make_bench(deployment=(CLAY, HUNTER))

    set_ = await bench.put_sources(
        contacts=[PDL, "clay_compat"], verify=["hunter"], stop_when="verified"
    )

    assert await bench.accounts.of(WORKSPACE) == Plan(
        contacts=(PDL, "clay"), verify=("hunter",), stop_when=StopWhen.VERIFIED
    )
    # It stays in the list: leads wait for its key, and are not asked about elsewhere behind anybody's back.
    assert set_.json()["without_key"] == [PDL]
    assert (await bench.http.get("/sources")).json()["items"] == [set_.json()]
    elsewhere = await bench.http.get("/sources", params={"workspace_id": str(OTHER)})
    assert elsewhere.json()["items"] == []
    assert set_.json()["contacts"] == [PDL, "clay"]


async def test_what_is_left_out_stays_and_null_is_the_deployments(make_bench: MakeBench) -> None:
    bench = make_bench(deployment=(CLAY, HUNTER))
    await bench.put_sources(contacts=[PDL], verify=[], stop_when="verified")
    before = await bench.audit()

    same = (await bench.put_sources(stop_when="verified")).json()

    assert (same["contacts"], same["verify"], same["stop_when"]) == ([PDL], [], "verified")
    assert await bench.audit() == before
    changed = (await bench.put_sources(contacts=None)).json()
    assert (changed["contacts"], changed["verify"]) == (None, [])
    assert changed["asked"] == {"contacts": ["clay"], "verify": []}
    (*_, row) = await bench.audit()
    assert (row["action"], row["workspace_id"]) == ("sources.set", WORKSPACE)


async def test_training_leaves_out_who_has_no_sandbox(make_bench: MakeBench) -> None:
    bench = make_bench(deployment=(CLAY, HUNTER))
    refused = await bench.put_sources(training=True)
    assert refused.status_code == 422
    assert "people_data_labs has" in refused.json()["error"]["message"]

    await bench.put_sources(contacts=["clay", PDL], verify=["hunter"], training=True)

    assert await bench.accounts.of(WORKSPACE) == Plan(contacts=(PDL,), verify=(), training=True)
    assert await bench.accounts.find("clay", WORKSPACE, training=True) is None


async def test_leads_that_wait_for_a_key_look_at_a_new_plan(bench: Bench) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    async with bench.database.transaction() as tx:
        scope = f"provider:hunter:{WORKSPACE}"
        await add_pause(tx, scope, reason="credential_missing", actor="worker", until=until)

    await bench.put_sources(verify=[])

    assert await active_pauses(bench.database) == []


async def test_what_makes_no_plan_is_refused(bench: Bench) -> None:
    wrong: list[tuple[dict[str, Any], str, str]] = [
        ({"contacts": ["hunter"]}, "contacts", "hunter belongs into verify, not into contacts"),
        ({"contacts": []}, "contacts", "at least 1"),
        ({"stop_when": "never"}, "stop_when", "verified"),
        ({"intent": ["g2"]}, "intent", "not permitted"),
    ]
    for body, field, words in wrong:
        answer = await bench.put_sources(**body)

        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == field
        assert words in answer.json()["error"]["message"]
    assert (await bench.http.get(f"/sources/{WORKSPACE}")).json()["is_default"]

"""Whom Resend sends nothing to is the same for all workspaces; who unsubscribed did so from one."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from delivery.adapters.alerts import SQL as ALERTS
from delivery.adapters.digests import SQL as DIGESTS
from delivery.adapters.endings import SQL as DELIVERIES
from delivery.adapters.notices import SQL as NOTICES
from delivery.adapters.recipients import SQL as RECIPIENTS
from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    OTHER_WORKSPACE,
    WORKSPACE,
    a_lead,
    add_recipient,
    announce,
)
from integration.delivery.machine import Machine, running
from integration.delivery.test_fates import SECRET, a_body, taken
from leadstream.api.server import ApiServer
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.providers.resend.events import Kind
from support.waiting import eventually

OPS = "ops@acme.example"
ALL, ACME = "t" * 32, "a" * 32


@pytest.fixture
async def machine(database: Database, make_settings: MakeSettings) -> AsyncIterator[Machine]:
    tokens = [_token("olivia", ALL), _token("ann", ACME, workspace=str(WORKSPACE))]
    settings = make_settings(
        admin_tokens=orjson.dumps(tokens).decode(), resend_webhook_secret=SECRET
    )
    async with running(SERVICE, settings, database) as machine:
        machine.http.headers["authorization"] = f"Bearer {ALL}"
        yield machine


def _token(name: str, token: str, **scope: str) -> dict[str, str]:
    digest = hashlib.sha256(token.encode()).hexdigest()
    return {"name": name, "sha256": digest, "role": "admin", **scope}


def as_acme() -> dict[str, str]:
    return {"authorization": f"Bearer {ACME}"}


async def suppress(
    machine: Machine, reason: str, workspace: UUID = WORKSPACE, **options: Any
) -> Any:
    body = {"workspace_id": str(workspace), "email": OPS, "reason": reason}
    answer = await machine.http.post("/api/admin/suppressions", json=body, **options)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def lift(machine: Machine, found: Any, **options: Any) -> httpx.Response:
    return await machine.http.delete(f"/api/admin/suppressions/{found['id']}", **options)


async def tell_both(machine: Machine) -> None:
    for workspace in (WORKSPACE, OTHER_WORKSPACE):
        await announce(machine, a_lead(workspace=workspace))
    await machine.finish()


@pytest.fixture
async def both(machine: Machine) -> None:
    for workspace in (WORKSPACE, OTHER_WORKSPACE):
        await add_recipient(machine, OPS, workspace_id=str(workspace))


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    ("reason", "told"),
    [("bounced", 0), ("complained", 0), ("unsubscribed", 1), ("manual", 1)],
)
async def test_only_what_is_true_of_the_address_is_true_for_all(
    machine: Machine, sandbox: Sandbox, reason: str, told: int
) -> None:
    made = await suppress(machine, reason)

    await tell_both(machine)

    assert len(sandbox.ledger.emails()) == told
    assert made["everywhere"] == (None if told else reason)
    rows = (await machine.http.get("/api/admin/recipients")).json()["items"]
    shown = {row["workspace_id"]: row["suppressed"] for row in rows}
    assert shown == {
        str(WORKSPACE): reason,
        str(OTHER_WORKSPACE): None if told else reason,
    }


@pytest.mark.usefixtures("both")
async def test_what_was_planned_before_it_bounced_elsewhere_is_not_sent(
    machine: Machine, sandbox: Sandbox
) -> None:
    await machine.http.post("/api/admin/pauses", json={"scope": "all", "reason": "test"})
    await machine.board.refresh()
    await announce(machine, a_lead(workspace=OTHER_WORKSPACE))
    await suppress(machine, "bounced")
    for pause in (await machine.http.get("/api/admin/pauses")).json()["items"]:
        await machine.http.delete(f"/api/admin/pauses/{pause['id']}")
    await machine.board.refresh()
    await machine.finish()

    assert sandbox.ledger.emails() == {}
    rows = (await machine.http.get("/api/admin/deliveries")).json()["items"]
    assert [(row["status"], row["error"]) for row in rows] == [
        ("cancelled", "the address is suppressed: bounced")
    ]


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize("reasons", [("unsubscribed", "bounced"), ("bounced", "unsubscribed")])
async def test_a_bounce_and_an_unsubscription_are_both_learned_and_each_keeps_its_own(
    machine: Machine, sandbox: Sandbox, reasons: tuple[str, str]
) -> None:
    first, second = [await suppress(machine, reason) for reason in reasons]

    await tell_both(machine)
    assert sandbox.ledger.emails() == {}
    assert (second["id"], second["reason"], second["everywhere"]) == (
        first["id"],
        "unsubscribed",
        "bounced",
    )

    other = await suppress(machine, "bounced", OTHER_WORKSPACE)
    lifted = (await lift(machine, other)).json()
    await tell_both(machine)
    assert (lifted["lifted"], lifted["resend"]) == (2, "not_suppressed")
    assert [about[1] for about in sandbox.ledger.emails()] == [OPS]
    rows = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    assert [(row["reason"], row["everywhere"]) for row in rows] == [("unsubscribed", None)]


@pytest.mark.usefixtures("both")
async def test_one_workspaces_operator_decides_for_none_but_it(
    machine: Machine, sandbox: Sandbox
) -> None:
    made = await suppress(machine, "bounced", headers=as_acme())

    await tell_both(machine)

    assert made["everywhere"] is None
    assert len(sandbox.ledger.emails()) == 1


async def test_one_workspaces_operator_lifts_at_resend_nothing_that_they_have_made_up(
    machine: Machine, sandbox: Sandbox
) -> None:
    await list_at_resend(sandbox)
    made = await suppress(machine, "bounced", headers=as_acme())

    lifted = (await lift(machine, made, headers=as_acme())).json()

    assert (lifted["lifted"], lifted["resend"]) == (1, "not_asked")
    assert len(await listed_at_resend(sandbox)) == 1


@pytest.mark.usefixtures("both")
async def test_what_is_lifted_here_is_lifted_at_resend(machine: Machine, sandbox: Sandbox) -> None:
    await list_at_resend(sandbox)
    ours = await suppress(machine, "bounced")
    await suppress(machine, "complained", OTHER_WORKSPACE)

    answer = await lift(machine, ours)

    assert (answer.status_code, answer.json()["resend"], answer.json()["lifted"]) == (
        200,
        "lifted",
        2,
    )
    assert await listed_at_resend(sandbox) == []
    await tell_both(machine)
    assert len(sandbox.ledger.emails()) == 2
    rows = await machine.database.pool.fetch(
        "SELECT workspace_id, after FROM audit_log WHERE action = 'suppression.deleted'"
    )
    assert {row["workspace_id"] for row in rows} == {WORKSPACE, OTHER_WORKSPACE}
    assert all(row["after"] == {"resend": "lifted"} for row in rows)


@pytest.mark.parametrize("reason", ["unsubscribed", "manual"])
async def test_what_is_the_workspaces_is_no_matter_of_resend(
    machine: Machine, sandbox: Sandbox, reason: str
) -> None:
    await list_at_resend(sandbox)
    made = await suppress(machine, reason)

    lifted = (await lift(machine, made)).json()

    assert lifted["resend"] == "not_asked"
    assert len(await listed_at_resend(sandbox)) == 1


@pytest.mark.usefixtures("both")
async def test_one_workspaces_operator_does_not_lift_what_bounced_for_another(
    machine: Machine, sandbox: Sandbox
) -> None:
    await list_at_resend(sandbox)
    ours = await suppress(machine, "bounced")
    await suppress(machine, "bounced", OTHER_WORKSPACE)

    lifted = (await lift(machine, ours, headers=as_acme())).json()

    assert (lifted["lifted"], lifted["resend"]) == (1, "not_asked")
    assert "another workspace" in lifted["note"]
    assert len(await listed_at_resend(sandbox)) == 1
    await tell_both(machine)
    assert sandbox.ledger.emails() == {}


async def test_a_key_that_may_only_send_lifts_it_here_and_says_so(
    machine: Machine, sandbox: Sandbox
) -> None:
    await sandbox.control.options("resend", sending_only=["sandbox-key"])
    made = await suppress(machine, "bounced")

    lifted = await lift(machine, made)

    assert (lifted.status_code, lifted.json()["resend"]) == (200, "not_allowed")
    assert "dashboard" in lifted.json()["note"]
    assert (await machine.http.get("/api/admin/suppressions")).json()["items"] == []


@pytest.mark.parametrize(
    "trouble",
    [
        {"errors": {"status": 500}},
        {"errors": {"status": 502, "body": "<html>"}},
        {"errors": {"status": 404, "body": "<html>no such page</html>"}},
        {"errors": {"status": 422}},
        {"errors": {"status": 429}},
        {"drop": 1.0},
        {"lose": 1.0},
    ],
)
async def test_without_an_answer_of_resend_nothing_is_lifted(
    machine: Machine, sandbox: Sandbox, trouble: dict[str, Any]
) -> None:
    made = await suppress(machine, "bounced")
    await sandbox.control.behave("resend", operation="lift", **trouble)

    answer = await lift(machine, made)

    assert answer.status_code == 503
    assert "nothing was lifted" in answer.json()["error"]["message"]
    assert len((await machine.http.get("/api/admin/suppressions")).json()["items"]) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        (404, "not_found", "The requested endpoint does not exist."),
        (405, "method_not_allowed", "This endpoint does not support this method."),
        (403, "restricted_api_key", "Suppressions are in private beta."),
    ],
)
async def test_where_resend_has_not_opened_its_list_it_is_said_so(
    machine: Machine, sandbox: Sandbox, refusal: tuple[int, str, str]
) -> None:
    status, name, message = refusal
    body = orjson.dumps({"statusCode": status, "name": name, "message": message}).decode()
    await sandbox.control.behave(
        "resend", operation="lift", errors={"status": status, "body": body}
    )
    made = await suppress(machine, "bounced")

    lifted = await lift(machine, made)

    assert (lifted.status_code, lifted.json()["resend"]) == (200, "not_allowed")


@pytest.mark.usefixtures("both")
async def test_who_lifts_an_unsubscription_hears_that_it_bounced_elsewhere(
    machine: Machine, sandbox: Sandbox
) -> None:
    await list_at_resend(sandbox)
    ours = await suppress(machine, "unsubscribed")
    await suppress(machine, "bounced", OTHER_WORKSPACE)

    lifted = (await lift(machine, ours)).json()

    assert (lifted["lifted"], lifted["resend"]) == (1, "not_asked")
    assert "another workspace" in lifted["note"]
    assert len(await listed_at_resend(sandbox)) == 1
    await tell_both(machine)
    assert sandbox.ledger.emails() == {}


@pytest.mark.usefixtures("both")
@pytest.mark.parametrize(
    ("kind", "bounce", "everywhere"),
    [
        ("email.bounced", "Permanent", "bounced"),
        ("email.bounced", "Transient", None),
        ("email.bounced", "Undetermined", None),
        ("email.complained", None, "complained"),
        ("email.suppressed", None, "bounced"),
        ("email.delivery_delayed", None, None),
        ("email.failed", None, None),
    ],
)
@pytest.mark.parametrize("is_unsubscribed", [False, True])
async def test_what_resend_tells_of_an_address_is_learned_for_all(
    machine: Machine,
    sandbox: Sandbox,
    kind: Kind,
    bounce: str | None,
    everywhere: str | None,
    is_unsubscribed: bool,
) -> None:
    if is_unsubscribed:
        await suppress(machine, "unsubscribed")
    changes: dict[str, Any] = {"bounce": {"type": bounce}} if bounce else {}
    assert await taken(machine, a_body(kind, **changes)) == "taken"

    found = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    first = "unsubscribed" if is_unsubscribed else everywhere
    wanted = [(str(WORKSPACE), first, everywhere)] if first else []
    assert [(row["workspace_id"], row["reason"], row["everywhere"]) for row in found] == wanted
    await tell_both(machine)
    told = (0 if first else 1) + (0 if everywhere else 1)
    assert len(sandbox.ledger.emails()) == told


@pytest.mark.usefixtures("both")
async def test_whoever_subscribes_again_does_not_undo_a_bounce(
    machine: Machine, sandbox: Sandbox
) -> None:
    await suppress(machine, "unsubscribed")
    await suppress(machine, "bounced")
    token = await machine.database.pool.fetchval(
        "SELECT unsubscribe_token FROM recipients WHERE workspace_id = $1", WORKSPACE
    )

    for _ in range(2):
        assert (await machine.http.post(f"/u/{token}?do=resume")).status_code == 303

    found = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    assert [(row["reason"], row["everywhere"]) for row in found] == [("bounced", "bounced")]
    assert "administrator" in (await machine.http.get(f"/u/{token}")).text
    await tell_both(machine)
    assert sandbox.ledger.emails() == {}


@pytest.mark.usefixtures("both")
async def test_what_bounced_at_resend_is_tried_for_nobody_until_it_is_lifted_at_both(
    machine: Machine, sandbox: Sandbox
) -> None:
    transport: Any = machine.http._transport
    server = ApiServer(transport.app, host="127.0.0.1", port=0)
    url = f"http://127.0.0.1:{await server.start()}/webhooks/resend"
    await sandbox.control.options(
        "resend",
        webhooks=[{"url": url, "secrets": [SECRET]}],
        telling={"events": {OPS: ["email.sent", "email.bounced"]}},
    )
    await announce(machine, a_lead())

    async def has_bounced() -> bool:
        rows = (await machine.http.get("/api/admin/suppressions")).json()["items"]
        return [row["everywhere"] for row in rows] == ["bounced"]

    await eventually(has_bounced, "the bounce is not known")
    assert await listed_at_resend(sandbox) == [OPS]
    await announce(machine, a_lead(workspace=OTHER_WORKSPACE))
    await machine.finish()
    assert len(sandbox.ledger.emails()) == 1

    [found] = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    lifted = (await lift(machine, found)).json()
    assert (lifted["resend"], await listed_at_resend(sandbox)) == ("lifted", [])
    await sandbox.control.options("resend", telling={})
    await announce(machine, a_lead(workspace=OTHER_WORKSPACE))
    await machine.finish()
    assert len(sandbox.ledger.emails()) == 2
    await server.stop()


async def take_in(machine: Machine, rows: list[dict[str, Any]], **options: Any) -> Any:
    body = {"workspace_id": str(WORKSPACE), "rows": rows}
    answer = await machine.http.post("/api/admin/suppressions/import", json=body, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_wrong_line_is_named_and_keeps_no_other_back(machine: Machine) -> None:
    rows = [
        {"line": 2, "email": " Ann@Acme.example "},
        {"line": 3, "email": "nobody"},
        {"line": 4, "email": "ben@acme.example", "reason": "bounce"},
        {"line": 5, "email": "cy@acme.example", "reason": "did not like us"},
        {"line": 6, "email": "ann@acme.example", "reason": "complained"},
        {"line": 7, "email": ""},
        {"line": 9, "email": "eve@acme.example", "reason": "Unsubscribed"},
    ]

    first = await take_in(machine, rows)
    again = await take_in(machine, rows)

    assert (first["added"], first["known"]) == (3, 1)
    assert [each["line"] for each in first["rejected"]] == [3, 5, 7]
    assert (again["added"], again["known"]) == (0, 4)
    rows = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    assert {(row["email"], row["reason"], row["everywhere"]) for row in rows} == {
        ("ann@acme.example", "manual", None),
        ("ben@acme.example", "bounced", "bounced"),
        ("eve@acme.example", "unsubscribed", None),
    }
    audited = await machine.database.pool.fetch(
        "SELECT after FROM audit_log WHERE action = 'suppressions.imported'"
    )
    assert [row["after"] for row in audited] == [{"added": 3}]


async def test_who_was_erased_is_not_written_down_again(machine: Machine) -> None:
    erased = await machine.http.post(
        "/api/admin/erasures", json={"email": "ann@acme.example", "reason": "asked"}
    )
    assert erased.is_success, erased.text

    taken = await take_in(
        machine,
        [{"line": 1, "email": "ann@acme.example"}, {"line": 2, "email": "ben@acme.example"}],
    )

    assert taken["added"] == 1
    assert [each["line"] for each in taken["rejected"]] == [1]


async def test_what_one_workspace_brings_is_its_own(machine: Machine) -> None:
    rows = [{"line": 1, "email": OPS, "reason": "bounced"}]

    await take_in(machine, rows, headers=as_acme())
    body = {"workspace_id": str(OTHER_WORKSPACE), "rows": rows}
    refused = await machine.http.post(
        "/api/admin/suppressions/import", json=body, headers=as_acme()
    )

    assert refused.status_code == 404
    found = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    assert [(row["workspace_id"], row["everywhere"]) for row in found] == [(str(WORKSPACE), None)]


async def test_an_address_is_looked_up_by_an_index_however_many_there_are(
    machine: Machine,
) -> None:
    pool = machine.database.pool
    await add_recipient(machine, OPS)
    await pool.execute(
        """
        INSERT INTO suppressions (id, workspace_id, email, reason, everywhere)
        SELECT gen_random_uuid(), gen_random_uuid(), n || '@acme.example', 'bounced', 'bounced'
          FROM generate_series(1, 50000) AS n
        """
    )
    await pool.execute("ANALYZE suppressions")

    for statement, arguments in (
        (ALERTS.destinations, [[WORKSPACE]]),
        (DELIVERIES.load_deliveries, [[uuid4()]]),
        (DIGESTS.load_digests, [[uuid4()]]),
        (NOTICES.admins, [[WORKSPACE], 20]),
        (NOTICES.load_notice, [uuid4()]),
        (RECIPIENTS.get_recipient, [uuid4(), None]),
        (RECIPIENTS.list_recipients, [WORKSPACE, None, 50, None, None]),
        (RECIPIENTS.recipient_of_token, ["token"]),
        (RECIPIENTS.resubscribe, [WORKSPACE, OPS]),
        (RECIPIENTS.everywhere_besides, [OPS, uuid4()]),
    ):
        rows = await pool.fetch(f"EXPLAIN {statement}", *arguments)
        plan = "\n".join(row[0] for row in rows)
        assert "Seq Scan on suppressions" not in plan, plan
        assert "on suppressions" in plan, plan


async def list_at_resend(sandbox: Sandbox) -> None:
    async with resend(sandbox) as client:
        assert (await client.post("/resend/suppressions", json={"email": OPS})).is_success


async def listed_at_resend(sandbox: Sandbox) -> list[str]:
    async with resend(sandbox) as client:
        found = (await client.get("/resend/suppressions")).json()["data"]
    return [each["email"] for each in found]


def resend(sandbox: Sandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=sandbox.url, headers={"authorization": "Bearer sandbox-other"}
    )

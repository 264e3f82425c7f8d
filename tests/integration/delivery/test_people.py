"""A person who objects is in no message any more; and who has got them is known."""

from typing import Any
from uuid import UUID

from integration.delivery.leads import (
    OTHER_WORKSPACE,
    WORKSPACE,
    a_lead,
    add_recipient,
    add_slack,
    announce,
)
from integration.delivery.machine import Machine
from integration.delivery.test_erasure import JOHN, john_and_jane
from leadstream_dev.sandbox import Sandbox
from support.person import object_to, show, shows_all_that_would_be_erased

ADMIN = "/api/admin"


async def hold(machine: Machine) -> None:
    await machine.http.post(f"{ADMIN}/pauses", json={"scope": "all", "reason": "test"})
    await machine.board.refresh()


async def let_go(machine: Machine) -> None:
    for pause in (await machine.http.get(f"{ADMIN}/pauses")).json()["items"]:
        await machine.http.delete(f"{ADMIN}/pauses/{pause['id']}")
    await machine.board.refresh()
    await machine.finish()


async def test_what_waits_is_sent_without_who_has_objected(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_slack(machine, sandbox)
    await hold(machine)
    await announce(machine, john_and_jane())

    objected = await object_to(machine.http, JOHN, under=ADMIN)
    await announce(machine, john_and_jane())
    await let_go(machine)

    assert (objected["removed"]["alerts"], objected["removed"]["outbox"]) == (1, 1)
    sent = sandbox.ledger.entries(provider="slack")
    assert len(sent) == 2
    for each in sent:
        assert "Jane Doe" in str(each.body)
        assert "John" not in str(each.body)
    for upload in await machine.events("lead.upload"):
        assert [c["full_name"] for c in upload["lead"]["contacts"]] == ["Jane Doe"]


async def test_a_recipient_who_objects_gets_nothing_and_is_kept(
    machine: Machine, sandbox: Sandbox
) -> None:
    ops = "ops@acme.example"
    await add_recipient(machine, ops)

    objected = await object_to(machine.http, ops, under=ADMIN)
    await announce(machine, a_lead())
    await machine.finish()

    assert objected["removed"]["recipients"] == 1
    assert sandbox.ledger.entries(provider="resend") == []
    stores = {each["store"] for each in await show(machine.http, ops, under=ADMIN)}
    assert {"recipients", "suppressions"} <= stores


async def test_all_that_an_erasure_would_find_is_shown(machine: Machine, sandbox: Sandbox) -> None:
    await add_slack(machine, sandbox)
    await add_recipient(machine, JOHN)
    await machine.http.post(
        f"{ADMIN}/suppressions", json={"workspace_id": str(WORKSPACE), "email": JOHN}
    )
    await hold(machine)
    await announce(machine, john_and_jane())
    await machine.database.pool.execute("UPDATE deliveries SET error = 'no ' || $1::text", JOHN)

    found = await shows_all_that_would_be_erased(machine.http, JOHN, under=ADMIN)
    there = await show(machine.http, JOHN, under=ADMIN, workspace_id=str(OTHER_WORKSPACE))

    assert found == {"alerts", "deliveries", "outbox", "recipients", "suppressions", "audit_log"}
    assert there == []


async def test_who_got_a_lead_is_told_by_revision(machine: Machine, sandbox: Sandbox) -> None:
    await add_slack(machine, sandbox)
    await add_recipient(machine, "ops@acme.example")
    lead = john_and_jane()
    await announce(machine, lead)
    await announce(machine, {**lead, "revision": 2})
    await machine.finish()
    known = {"lead_id": lead["lead_id"]}

    first = await disclosures(machine, {**known, "revision": 1})
    # Known twice is got once.
    every = await disclosures(machine, known, known)
    elsewhere = await disclosures(machine, known, workspace_id=str(OTHER_WORKSPACE))
    unknown = await disclosures(machine, {"lead_id": str(UUID(int=7))})

    assert sorted(each["channel"] for each in first) == ["email", "slack"]
    assert {each["status"] for each in first} == {"delivered"}
    assert {each["destination"] for each in first if each["channel"] == "email"} == {
        "ops@acme.example"
    }
    assert sorted(each["revision"] for each in every) == [1, 1, 2, 2]
    assert elsewhere == unknown == []


async def disclosures(machine: Machine, *leads: dict[str, Any], **more: Any) -> list[Any]:
    body = {"leads": list(leads), **more}
    answer = await machine.http.post(f"{ADMIN}/people/disclosures", json=body)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found

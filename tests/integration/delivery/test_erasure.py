"""A person is erased from alerts that are still to be sent, or as somebody who gets alerts."""

from typing import Any

import pytest

from delivery.adapters.erasure import SWEEPS
from integration.delivery.leads import WORKSPACE, a_lead, add_recipient, add_slack, announce
from integration.delivery.machine import Machine
from integration.delivery.test_outcomes import hold
from integration.delivery.test_senders import sent, verify
from leadstream.erasure import Erasures
from leadstream_dev.sandbox import Sandbox
from support.erased import hashed, search, teach
from support.person import show
from support.traces import tables_with

JOHN = "john@acme.com"


async def erase(machine: Machine, email: str, **more: Any) -> dict[str, Any]:
    body = {"email": email, "reason": "asked", **more}
    answer = await machine.http.post("/api/admin/erasures", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def john_and_jane() -> dict[str, Any]:
    lead = a_lead()
    john = lead["enrichment"]["contacts"][0]
    jane = {**john, "id": "c2", "full_name": "Jane Doe", "email": "jane@acme.com"}
    lead["enrichment"] |= {"contacts": [john, jane], "total_contacts": 2}
    return lead


async def test_an_alert_that_waits_is_sent_without_the_person(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_slack(machine, sandbox)
    await machine.http.post("/api/admin/pauses", json={"scope": "all", "reason": "test"})
    await machine.board.refresh()
    await announce(machine, john_and_jane())

    erased = await erase(machine, JOHN)
    left = await tables_with(machine.database, JOHN)
    (pause,) = (await machine.http.get("/api/admin/pauses")).json()["items"]
    await machine.http.delete(f"/api/admin/pauses/{pause['id']}")
    await machine.board.refresh()
    await machine.finish()

    assert (erased["removed"]["alerts"], erased["removed"]["outbox"]) == (1, 1)
    assert left == {}
    (sent,) = sandbox.ledger.entries(provider="slack")
    assert "Jane Doe" in str(sent.body)
    assert "John" not in str(sent.body)
    (upload,) = await machine.events("lead.upload")
    assert [c["full_name"] for c in upload["lead"]["contacts"]] == ["Jane Doe"]
    assert upload["lead"]["primary_contact"]["full_name"] == "Jane Doe"


async def test_a_record_that_comes_later_brings_nobody_back(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_slack(machine, sandbox)
    await erase(machine, JOHN)

    await announce(machine, john_and_jane())

    assert await tables_with(machine.database, JOHN) == {}
    await machine.finish()


async def test_a_recipient_is_erased_and_not_added_again(machine: Machine) -> None:
    ops = "ops@acme.example"
    await add_recipient(machine, ops, full_name="Olivia Ops")
    await machine.http.post(
        "/api/admin/suppressions", json={"workspace_id": str(WORKSPACE), "email": ops}
    )

    erased = await erase(machine, ops)
    again = await machine.http.post(
        "/api/admin/recipients", json={"workspace_id": str(WORKSPACE), "email": ops}
    )

    assert (erased["removed"]["recipients"], erased["removed"]["suppressions"]) == (1, 1)
    assert erased["removed"]["audit_log"] == 2
    assert again.status_code == 409
    assert await tables_with(machine.database, ops) == {}
    assert await tables_with(machine.database, "olivia ops") == {}


async def test_who_is_known_by_a_hash_only_is_found_wherever_they_are(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_slack(machine, sandbox)
    await add_recipient(machine, "ops@acme.example")
    await machine.http.post("/api/admin/pauses", json={"scope": "all", "reason": "test"})
    await machine.board.refresh()
    await announce(machine, john_and_jane())
    await teach(machine.http, hashed(JOHN), hashed("ops@acme.example"), under="/api/admin")

    found = await search(machine.http, under="/api/admin")
    erasures = Erasures(machine.database, SWEEPS)
    for row in await machine.database.pool.fetch("SELECT id FROM erasures"):
        assert await erasures.go_on(row["id"], seconds=30)

    assert found["found"] == 2
    assert await tables_with(machine.database, JOHN) == {}
    assert await tables_with(machine.database, "ops@acme.example") == {}


@pytest.mark.parametrize("asked", ["Olga@Müller.example", "olga@xn--mller-kva.example"])
async def test_an_address_is_erased_however_its_domain_is_written(
    machine: Machine, sandbox: Sandbox, asked: str
) -> None:
    """Recipients are kept in ASCII, and contacts as their source writes them."""
    await add_slack(machine, sandbox)
    await hold(machine, "all")
    await add_recipient(machine, "olga@müller.example", full_name="Olga")
    lead = john_and_jane()
    lead["enrichment"]["contacts"][1]["email"] = "Olga@müller.example"
    await announce(machine, lead)

    tried = await erase(machine, asked, dry_run=True)
    erased = await erase(machine, asked)
    again = await erase(machine, asked)
    added = await machine.http.post(
        "/api/admin/recipients",
        json={"workspace_id": str(WORKSPACE), "email": "olga@müller.example"},
    )
    await announce(machine, john_and_jane() | {"enrichment": lead["enrichment"]})

    assert tried["removed"] == erased["removed"]
    assert (erased["removed"]["recipients"], erased["removed"]["alerts"]) == (1, 1)
    assert (tried["known"], erased["known"], again["known"]) == (False, False, True)
    assert added.status_code == 409
    assert await tables_with(machine.database, "olga") == {}


async def test_nobody_writes_in_the_name_of_who_was_erased(
    machine: Machine, sandbox: Sandbox
) -> None:
    """Also not with what was written before, and has not gone out."""
    olivia = "olivia@acme.example"
    told = {"from_address": "Olivia <Olivia@acme.example>", "reply_to": olivia, "footer": "Main St"}
    await verify(sandbox, acme="verified")
    await machine.http.put(f"/api/admin/senders/{WORKSPACE}", json=told)
    await add_recipient(machine)
    await verify(sandbox, acme="failed")
    await announce(machine, a_lead())
    await machine.settle()

    shown = await show(machine.http, olivia, under="/api/admin")
    erased = await erase(machine, olivia)
    left = await tables_with(machine.database, olivia)
    await machine.finish()

    assert {each["store"] for each in shown} == {"audit_log", "senders"}
    assert (erased["removed"]["senders"], erased["removed"]["audit_log"]) == (1, 1)
    assert left == {}
    (mail,) = sent(sandbox)
    assert mail["from"] == "Leadstream <alerts@leadstream.example>"
    assert "reply_to" not in mail
    assert "Main St" in mail["text"]

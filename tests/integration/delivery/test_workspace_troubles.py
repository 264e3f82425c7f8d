"""What other services say of a workspace's troubles is told to its admins: once each, and to who wants it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from integration.delivery.leads import OTHER_WORKSPACE, WORKSPACE, add_recipient
from integration.delivery.machine import Machine
from leadstream_dev.sandbox import Sandbox

SUBJECTS = {
    ("connection_refused", "began"): "Connection to “tech-platform” is refused",
    ("connection_refused", "ended"): "Connection to “tech-platform” works again",
    ("connection_misconfigured", "began"): "Connection to “tech-platform” is not set up right",
    ("connection_misconfigured", "ended"): "Connection to “tech-platform” works again",
    ("query_failing", "began"): "Query “tech-platform” has failed for three nights",
    ("query_failing", "ended"): "Query “tech-platform” finds companies again",
    ("budget_spent", "began"): "The budget for data providers is spent",
    ("budget_spent", "ended"): "There is budget for data providers again",
}


def a_trouble(
    cause: str = "connection_refused",
    state: str = "began",
    *,
    workspace: UUID = WORKSPACE,
    trouble: UUID | None = None,
    **changes: Any,
) -> dict[str, Any]:
    return {
        "trouble_id": str(trouble or uuid4()),
        "workspace_id": str(workspace),
        "cause": cause,
        "state": state,
        "subject_id": str(uuid4()),
        "name": "tech-platform",
        "detail": "HubSpot answered 401",
        "began_at": "2026-01-22T02:21:31Z",
        "at": "2026-01-22T02:21:31Z",
    } | changes


async def hear(machine: Machine, *events: dict[str, Any]) -> None:
    await machine.take_in("workspace.trouble", *(orjson.dumps(event) for event in events))
    await machine.finish()


def told(sandbox: Sandbox) -> list[tuple[str, str]]:
    return sorted(
        (entry.body["to"][0], entry.body["subject"])
        for entry in sandbox.ledger.entries(provider="resend", operation="send")
        if entry.outcome == "accepted"
    )


@pytest.mark.parametrize(("cause", "state"), SUBJECTS)
async def test_each_cause_has_its_words(
    machine: Machine, sandbox: Sandbox, cause: str, state: str
) -> None:
    await add_recipient(machine)

    await hear(machine, a_trouble(cause, state))

    assert told(sandbox) == [("ops@acme.example", SUBJECTS[cause, state])]
    [entry] = sandbox.ledger.entries(provider="resend")
    for text in (entry.body["text"], entry.body["html"]):
        assert "HubSpot answered 401" in text
        assert "22 Jan 2026, 02:21 UTC" in text
        assert ("WHAT TO DO" in text) is (state == "began")
    assert entry.body["headers"]["Auto-Submitted"] == "auto-generated"


async def test_doubles_and_replays_are_told_once(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine, "ann@acme.example", admin=True)
    await add_recipient(machine, "bob@acme.example", admin=True)
    await add_recipient(machine, "cid@acme.example")
    trouble = uuid4()
    began, ended = (a_trouble(state=state, trouble=trouble) for state in ("began", "ended"))

    await hear(machine, began, began)
    await hear(machine, began)
    await hear(machine, ended)
    await hear(machine, began, ended)

    assert told(sandbox) == [
        (address, SUBJECTS["connection_refused", state])
        for address in ("ann@acme.example", "bob@acme.example")
        for state in ("began", "ended")
    ]


async def test_the_next_trouble_of_the_same_thing_is_news(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)

    await hear(machine, a_trouble())
    await hear(machine, a_trouble(began_at="2026-02-01T00:00:00Z"))

    assert len(told(sandbox)) == 2


async def no_admins(machine: Machine) -> None:
    await add_recipient(machine, "bob@other.example", workspace_id=str(OTHER_WORKSPACE))


async def opted_out(machine: Machine) -> None:
    await add_recipient(machine, enabled=False)


async def unsubscribed(machine: Machine) -> None:
    await add_recipient(machine)
    body = {"workspace_id": str(WORKSPACE), "email": "ops@acme.example", "reason": "unsubscribed"}
    assert (await machine.http.post("/api/admin/suppressions", json=body)).status_code == 201


async def erased(machine: Machine) -> None:
    await add_recipient(machine)
    body = {"email": "ops@acme.example", "reason": "asked for it"}
    assert (await machine.http.post("/api/admin/erasures", json=body)).is_success


@pytest.mark.parametrize("nobody", [no_admins, opted_out, unsubscribed, erased])
async def test_who_does_not_want_it_is_told_nothing(
    machine: Machine, sandbox: Sandbox, nobody: Any
) -> None:
    await nobody(machine)

    await hear(machine, a_trouble())

    assert told(sandbox) == []


async def test_who_opts_out_before_it_is_sent_gets_nothing(
    machine: Machine, sandbox: Sandbox
) -> None:
    row = await add_recipient(machine)
    pause = {"scope": "provider:resend", "reason": "moving house"}
    made = (await machine.http.post("/api/admin/pauses", json=pause)).json()
    await machine.take_in("workspace.trouble", orjson.dumps(a_trouble()))

    await machine.http.patch(f"/api/admin/recipients/{row['id']}", json={"enabled": False})
    await machine.http.delete(f"/api/admin/pauses/{made['id']}")
    await machine.finish()

    assert told(sandbox) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"cause": "weather"}, "invalid"),
        ({"state": "maybe"}, "invalid"),
        ({"workspace_id": "acme"}, "invalid"),
        ({"name": ""}, "invalid"),
        ({"detail": "x\u0000y"}, "invalid"),
    ],
)
async def test_what_is_no_trouble_is_set_aside(
    machine: Machine, sandbox: Sandbox, changes: dict[str, Any], reason: str
) -> None:
    await add_recipient(machine)

    await hear(machine, a_trouble() | changes, a_trouble())

    letters: Sequence[Any] = await machine.database.pool.fetch("SELECT reason FROM dead_letters")
    assert len(letters) == 1
    assert len(told(sandbox)) == 1

"""An e-mail of which no event came is asked for: seldom, a few at a time, and not for ever."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from delivery.bootstrap import SERVICE
from delivery.domain.fate import ASKED_AFTER, Fate
from delivery.entrypoints.asking import MOST, Asking
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import a_lead, add_recipient, announce
from integration.delivery.machine import Machine, running
from integration.delivery.test_fates import a_body, accepted, deliveries, said, taken, told
from leadstream.clock import SystemClock
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox

__all__ = ["told"]

HOUR = timedelta(hours=1)
FIRST, SECOND, LAST = ASKED_AFTER
OPS = "ops@acme.example"
RESTRICTED = {
    "statusCode": 401,
    "name": "restricted_api_key",
    "message": "This API key is restricted to only send emails",
}


async def age(machine: Machine, by: timedelta) -> None:
    """Let so much time go by for what was accepted."""
    await machine.database.pool.execute(
        "UPDATE deliveries SET delivered_at = delivered_at - $1::interval, ask_at = ask_at - $1::interval",
        by,
    )


async def ask(machine: Machine) -> int:
    """Look once for what is due, and wait until it was asked for; return how many that were."""
    asking = Asking(machine.database, SystemClock(), wake=machine.worker.wake)
    found = await asking.take()
    await machine.settle()
    return found


async def asked(sandbox: Sandbox) -> int:
    return len(sandbox.ledger.entries(provider="resend", operation="get"))


async def became(machine: Machine, **wanted: Any) -> list[tuple[str, str | None]]:
    return sorted((each["status"], each["fate"]) for each in await deliveries(machine, **wanted))


@pytest.mark.parametrize(
    ("last_event", "becomes"),
    [
        ("delivered", ("delivered", "delivered")),
        ("opened", ("delivered", "delivered")),
        ("clicked", ("delivered", "delivered")),
        ("complained", ("delivered", "complained")),
        ("bounced", ("failed", "bounced")),
        ("failed", ("failed", "failed")),
        ("suppressed", ("failed", "suppressed")),
        ("delivery_delayed", ("delivered", "delayed")),
        ("sent", ("delivered", "accepted")),
        ("queued", ("delivered", "accepted")),
        ("scheduled", ("delivered", "accepted")),
        ("canceled", ("delivered", "accepted")),
        ("teleported", ("delivered", "accepted")),
        ("", ("delivered", "accepted")),
    ],
)
async def test_what_resend_says_last_is_what_an_event_would_have_said(
    machine: Machine, sandbox: Sandbox, last_event: str, becomes: tuple[str, str]
) -> None:
    await sandbox.control.options("resend", last_events={OPS: last_event})
    await accepted(machine)
    await age(machine, FIRST)

    assert await ask(machine) == 1

    assert await became(machine) == [becomes]
    status, fate = becomes
    heard = Fate(fate).decides is not None
    assert (await said(machine))[1:] == ([(status, [becomes])] if heard else [])
    suppressed = (await machine.http.get("/api/admin/suppressions")).json()["items"]
    assert [each["reason"] for each in suppressed] == {
        "complained": ["complained"],
        "suppressed": ["bounced"],
    }.get(fate, [])


async def test_it_is_asked_for_three_times_and_never_again(
    machine: Machine, sandbox: Sandbox
) -> None:
    await sandbox.control.options("resend", last_events={OPS: "sent"})
    await accepted(machine)
    times = []

    for hour in range(1, 101):
        # And a little: no two times are the same moment for the jobs.
        await age(machine, HOUR + timedelta(milliseconds=1))
        if await ask(machine):
            times.append(hour * HOUR)

    assert times == list(ASKED_AFTER)
    assert await asked(sandbox) == 3
    assert await machine.jobs() == {"succeeded": 4}


async def test_after_a_long_time_down_it_is_asked_for_once(
    machine: Machine, sandbox: Sandbox
) -> None:
    await sandbox.control.options("resend", last_events={OPS: "sent"})
    await accepted(machine)

    await age(machine, LAST + HOUR)

    assert [await ask(machine) for _ in range(3)] == [1, 0, 0]


async def test_of_what_was_told_nothing_is_asked(told: Machine, sandbox: Sandbox) -> None:
    first, second = await accepted(told, "ann@acme.example", "ben@acme.example")
    await taken(told, a_body("email.delivered", first))
    await taken(told, a_body("email.delivery_delayed", second))

    await age(told, FIRST)

    # A delay decides nothing.
    assert await ask(told) == 1
    [entry] = sandbox.ledger.entries(provider="resend", operation="get")
    assert entry["path"].endswith(second["receipt"])


async def test_what_is_found_moves_a_fate_forward_only(told: Machine, sandbox: Sandbox) -> None:
    """An event that comes while the answer is under way counts for more."""
    await sandbox.control.options("resend", last_events={OPS: "delivered"})
    [email] = await accepted(told)
    await age(told, FIRST)
    await sandbox.control.behave("resend", "get", latency={"seconds": 0.5, "jitter": 0})

    asking = asyncio.ensure_future(ask(told))
    while not (await told.jobs()).get("running"):  # noqa: ASYNC110 - only the table knows
        await asyncio.sleep(0.01)
    await taken(told, a_body("email.bounced", email))
    await asking

    assert await became(told) == [("failed", "bounced")]
    assert len(await said(told)) == 2


async def test_email_that_told_of_many_leads_is_asked_for_once(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await announce(machine, a_lead(), a_lead(), a_lead())
    await machine.settle()
    [receipt, *_] = [each["receipt"] for each in await deliveries(machine)]
    await machine.database.pool.execute("UPDATE deliveries SET receipt = $1", receipt)
    await age(machine, FIRST)

    assert await ask(machine) == 1

    assert await asked(sandbox) == 1
    assert await became(machine) == [("delivered", "delivered")] * 3
    assert await ask(machine) == 0


async def test_forgotten_one_is_not_asked_for_again(machine: Machine, sandbox: Sandbox) -> None:
    await accepted(machine)
    await sandbox.control.options("resend", history=0)
    await age(machine, FIRST)
    assert await ask(machine) == 1

    await age(machine, LAST)

    assert await ask(machine) == 0
    assert await became(machine) == [("delivered", "accepted")]
    assert (await machine.http.get("/api/admin/pauses")).json()["items"] == []


async def test_few_at_a_time_and_the_newest_first(machine: Machine, sandbox: Sandbox) -> None:
    """Without a webhook as with one: what there is no turn for within a day is given up."""
    await add_recipient(machine)
    await announce(machine, *(a_lead() for _ in range(MOST + 5)))
    await machine.settle()
    await age(machine, FIRST)
    await machine.database.pool.execute(
        "UPDATE deliveries SET ask_at = ask_at - interval '25 hours' WHERE id IN (SELECT id FROM deliveries LIMIT 5)"
    )

    assert await ask(machine) == MOST
    [give_up] = [each for each in machine.parts.retention if each.table == "deliveries.ask_at"]
    given_up = await machine.database.pool.fetchval(give_up.statement, give_up.keep, 100)

    assert given_up == 5
    assert await ask(machine) == 0
    assert await asked(sandbox) == MOST


async def test_replicas_ask_once(machine: Machine, sandbox: Sandbox) -> None:
    await sandbox.control.options("resend", last_events={OPS: "sent"})
    await add_recipient(machine)
    await announce(machine, *(a_lead() for _ in range(10)))
    await machine.settle()
    await age(machine, FIRST)

    await asyncio.gather(*(ask(machine) for _ in range(5)))

    assert await asked(sandbox) == 10


async def test_key_that_may_only_send_sends_on_and_asks_no_more(
    machine: Machine, sandbox: Sandbox
) -> None:
    await sandbox.control.options("resend", sending_only=["sandbox-key"])
    await add_recipient(machine)
    await announce(machine, *(a_lead() for _ in range(3)))
    await machine.settle()
    await age(machine, FIRST)

    assert await ask(machine) == 3
    await announce(machine, a_lead())
    await machine.settle()
    await age(machine, FIRST)

    assert await ask(machine) == 0
    assert await became(machine) == [("delivered", "accepted")] * 4
    assert await asked(sandbox) == 1
    [pause] = (await machine.http.get("/api/admin/pauses")).json()["items"]
    assert (pause["scope"], pause["reason"]) == ("kind:ask-fate", "sending_only")
    until = datetime.fromisoformat(pause["until"]) - datetime.now(UTC)
    assert timedelta(hours=23) < until <= timedelta(days=1)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ({"errors": {"status": 500}}, None),
        ({"errors": {"status": 502, "body": "<html>"}}, None),
        ({"errors": {"status": 200, "body": "<html>log in</html>"}}, None),
        ({"errors": {"status": 404, "body": "<html>no such page</html>"}}, None),
        ({"errors": {"status": 200, "body": []}}, None),
        ({"errors": {"status": 200, "body": {"last_event": ["bounced"], "to": {"a": 1}}}}, None),
        ({"drop": 1.0}, None),
        ({"half": 1.0}, None),
        ({"errors": {"status": 429, "headers": {"retry-after": "60"}}}, "rate_limited"),
        ({"errors": {"status": 403, "body": {"name": "invalid_api_key"}}}, "credential_refused"),
    ],
)
async def test_whatever_is_answered_no_email_waits_for_it(
    machine: Machine, sandbox: Sandbox, trouble: dict[str, Any], reason: str | None
) -> None:
    await add_recipient(machine)
    await announce(machine, *(a_lead() for _ in range(7)))
    await machine.settle()
    await age(machine, FIRST)
    await sandbox.control.behave("resend", "get", **trouble)

    assert await ask(machine) == 7
    await announce(machine, a_lead())
    await machine.settle()

    assert await became(machine) == [("delivered", "accepted")] * 8
    held = (await machine.http.get("/api/admin/pauses")).json()["items"]
    assert [(each["scope"], each["reason"]) for each in held] == (
        [("kind:ask-fate", reason)] if reason else []
    )


@pytest.mark.parametrize("scope", ["all", "provider:resend", "kind:ask-fate"])
async def test_nobody_is_asked_while_somebody_holds_that_back(machine: Machine, scope: str) -> None:
    await accepted(machine)
    await age(machine, FIRST)
    body = {"scope": scope, "reason": "maintenance"}
    assert (await machine.http.post("/api/admin/pauses", json=body)).is_success

    assert await ask(machine) == 0


async def test_email_that_an_operator_sends_again_is_another_one(
    machine: Machine, sandbox: Sandbox
) -> None:
    """What an earlier release has sent beside this one's schema is not asked for, and nothing breaks."""
    await accepted(machine)
    await machine.database.pool.execute("UPDATE deliveries SET ask_at = NULL")

    await age(machine, FIRST)

    assert await ask(machine) == 0


@pytest.mark.parametrize(
    ("fate", "found"), [("accepted", 1), ("delivered", 1), ("bounced", 1), ("complained", 0)]
)
async def test_deliveries_are_listed_by_fate(told: Machine, fate: str, found: int) -> None:
    emails = await accepted(told, "ann@acme.example", "ben@acme.example", "cem@acme.example")
    await taken(told, a_body("email.delivered", emails[0]))
    await taken(told, a_body("email.bounced", emails[1]))

    assert [each["fate"] for each in await deliveries(told, fate=fate)] == [fate] * found


async def test_fate_that_is_none_is_named(machine: Machine) -> None:
    answer = await machine.http.get("/api/admin/deliveries", params={"fate": "lost"})

    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["field"] == "fate"
    assert "bounced" in error["message"]


async def test_what_was_asked_for_does_not_hide_that_the_webhook_is_silent(told: Machine) -> None:
    await accepted(told)
    await age(told, FIRST)
    await told.database.pool.execute(
        "UPDATE deliveries SET created_at = created_at - interval '2 hours'"
    )
    await ask(told)

    found = (await told.http.get("/api/admin/resend-webhook")).json()

    assert (found["accepted"], found["heard"]) == (1, 0)


async def test_b_killed_while_it_asks_learns_the_same_again(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database) as machine:
        await accepted(machine)
        await age(machine, FIRST)
        assert await ask(machine) == 1
        await database.pool.execute(
            "UPDATE jobs SET state = 'ready', finished_at = NULL WHERE kind = 'ask-fate'"
        )
        machine.worker.wake()
        await machine.settle()

        assert await became(machine) == [("delivered", "delivered")]
        assert len(await said(machine)) == 2

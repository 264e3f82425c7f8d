"""A lead waits for no destination that is held, whatever holds it."""

import asyncio
from typing import Any

import pytest

from delivery.bootstrap import SERVICE
from delivery.entrypoints.loops import Holding
from integration.delivery.conftest import MakeSettings
from integration.delivery.gone import announced, deliveries, of_channel
from integration.delivery.leads import (
    WORKSPACE,
    a_lead,
    add_recipient,
    add_slack,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from integration.delivery.test_outcomes import hold, let_go, verdicts
from leadstream.clock import SystemClock
from leadstream.observability.metrics import LEADS_DELIVERED_TOTAL, REGISTRY
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually


@pytest.fixture
async def quiet(
    database: Database, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """A machine that looks at what is held only when the test does."""

    async def run(self: Holding, stop: asyncio.Event) -> None:
        await stop.wait()

    monkeypatch.setattr(Holding, "run", run)
    async with running(SERVICE, make_settings(), database) as machine:
        yield machine


async def look(machine: Machine) -> int:
    return await Holding(machine.database, SystemClock()).take()


async def minutes_pass(machine: Machine) -> None:
    await machine.database.pool.execute(
        "UPDATE pauses SET created_at = created_at - interval '2 minutes'"
    )


async def has(machine: Machine, channel: str, status: str) -> None:
    async def is_so() -> bool:
        rows = await machine.database.pool.fetch(
            "SELECT status FROM deliveries WHERE channel = $1", channel
        )
        return {row["status"] for row in rows} == {status}

    await eventually(is_so, f"{channel} is not {status}", within=40)


def scopes(made: Any) -> list[str]:
    return ["kind:deliver-webhook", f"destination:{made['id']}"]


@pytest.mark.parametrize("which", [0, 1])
async def test_the_others_end_is_announced_once_a_pause_has_lasted(
    quiet: Machine, sandbox: Sandbox, which: int
) -> None:
    await add_recipient(quiet)
    made = await add_webhook(quiet, sandbox)
    scope = scopes(made)[which]
    await hold(quiet, scope)
    await announce(quiet, a_lead())
    await has(quiet, "email", "delivered")

    # A pause that is over soon is nobody's news.
    assert await look(quiet) == 0
    assert await verdicts(quiet) == []
    await minutes_pass(quiet)
    assert await look(quiet) == 1
    assert await look(quiet) == 0

    [event] = await quiet.events("lead.delivered")
    assert event["status"] == "partial"
    held = of_channel(event, made)
    assert (held["status"], held["error"], held["attempts"]) == ("held", "test", 0)
    [listed] = await deliveries(quiet, status="held")
    assert (listed["held_by"], listed["error"]) == (["test"], "test")

    await let_go(quiet, scope)
    await quiet.finish()
    first, second = await quiet.events("lead.delivered")
    assert second["status"] == "delivered"
    assert second["delivered_at"] > first["delivered_at"]
    assert await deliveries(quiet, status="held") == []


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ("provider:resend", {"email"}),
        ("kind:deliver-email", {"email"}),
        ("kind:deliver-slack", {"slack"}),
        (f"workspace:{WORKSPACE}", {"email", "slack", "webhook"}),
        ("all", {"email", "slack", "webhook"}),
        ("provider:clay", set()),
        ("topic:lead.enriched", set()),
    ],
)
async def test_what_a_pause_holds_is_what_the_worker_does_not_claim(
    quiet: Machine, sandbox: Sandbox, scope: str, held: set[str]
) -> None:
    await add_recipient(quiet)
    await add_slack(quiet, sandbox)
    await add_webhook(quiet, sandbox)
    await hold(quiet, scope)
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    for channel in {"email", "slack", "webhook"} - held:
        await has(quiet, channel, "delivered")

    assert await look(quiet) == len(held)

    assert {each["channel"] for each in await deliveries(quiet, status="held")} == held
    assert await verdicts(quiet) == (["partial"] if held else ["delivered"])


async def test_a_pause_of_another_workspace_or_one_that_is_over_holds_nothing(
    quiet: Machine, sandbox: Sandbox
) -> None:
    made = await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await announce(quiet, a_lead())
    await hold(quiet, "workspace:5f0c1d1e-0000-4000-8000-000000000009")
    await hold(quiet, f"destination:{made['id']}")
    await minutes_pass(quiet)
    await quiet.database.pool.execute(
        "UPDATE pauses SET until = now() - interval '1 s'"
        " WHERE scope LIKE 'destination:%' OR scope LIKE 'kind:%'"
    )

    assert await look(quiet) == 0


async def test_an_open_circuit_is_waited_for_a_minute_and_no_longer(
    quiet: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(quiet)
    await add_webhook(quiet, sandbox)
    await sandbox.control.behave("hooks", errors={"status": 503})
    await announce(quiet, *(a_lead() for _ in range(5)))

    async def is_open() -> bool:
        return bool(await quiet.database.pool.fetchval("SELECT count(*) FROM pauses"))

    await eventually(is_open, "no circuit opened", within=40)
    await has(quiet, "email", "delivered")
    await quiet.settle()
    assert await look(quiet) == 0
    await minutes_pass(quiet)

    async def all_held() -> bool:
        await look(quiet)
        return await verdicts(quiet) == ["partial"] * 5

    # The one that is tried at the moment is not held.
    await eventually(all_held, "not all were announced", within=40)
    await sandbox.control.clear()
    await quiet.finish(seconds=120)
    assert await verdicts(quiet) == [*["partial"] * 5, *["delivered"] * 5]


async def test_of_two_that_are_held_each_end_is_told(quiet: Machine, sandbox: Sandbox) -> None:
    one, two = await add_webhook(quiet, sandbox, "one"), await add_webhook(quiet, sandbox, "two")
    for made in (one, two):
        await hold(quiet, f"destination:{made['id']}")
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    assert await look(quiet) == 2

    await let_go(quiet, f"destination:{one['id']}")
    await announced(quiet, "partial", "partial")
    await let_go(quiet, f"destination:{two['id']}")
    events = await announced(quiet, "partial", "partial", "delivered")

    told = [(of_channel(each, one)["status"], of_channel(each, two)["status"]) for each in events]
    assert told == [("held", "held"), ("delivered", "held"), ("delivered", "delivered")]


async def test_what_is_held_and_then_fails_for_good_is_told_too(
    quiet: Machine, sandbox: Sandbox
) -> None:
    await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    await look(quiet)
    await sandbox.control.behave("hooks", errors={"status": 400})

    await let_go(quiet, "kind:deliver-webhook")
    await quiet.finish()

    assert await verdicts(quiet) == ["partial", "failed"]
    assert len(await quiet.events("lead.failed")) == 1


async def test_replicas_that_look_at_once_announce_once(quiet: Machine, sandbox: Sandbox) -> None:
    await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await minutes_pass(quiet)
    await announce(quiet, *(a_lead() for _ in range(40)))

    await asyncio.gather(*(look(quiet) for _ in range(4)))

    assert await verdicts(quiet) == ["partial"] * 40


async def test_nobody_counts_as_told_while_all_is_held(quiet: Machine, sandbox: Sandbox) -> None:
    def told() -> tuple[float, ...]:
        name = "leadstream_lead_told_seconds_count"
        labels = {"score": "hot", "outcome": "delivered"}
        seen = REGISTRY.get_sample_value(name, labels) or 0.0
        return seen, *(
            LEADS_DELIVERED_TOTAL.labels(v)._value.get() for v in ("partial", "delivered")
        )

    before = told()
    await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    await look(quiet)
    assert told() == before

    await let_go(quiet, "kind:deliver-webhook")
    await quiet.finish()
    assert [now - then for now, then in zip(told(), before, strict=True)] == [1, 0, 1]


async def test_what_is_held_is_not_forgotten_however_long(quiet: Machine, sandbox: Sandbox) -> None:
    await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    await look(quiet)

    rows = await quiet.database.pool.fetch("SELECT ended_at, content FROM alerts")

    assert [(row["ended_at"], row["content"] is not None) for row in rows] == [(None, True)]

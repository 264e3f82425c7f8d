"""Cancelled jobs end their deliveries, and their leads."""

from typing import Any

from integration.delivery.gone import announced, deliveries
from integration.delivery.leads import a_lead, add_slack, add_webhook, announce
from integration.delivery.machine import Machine
from integration.delivery.test_held import look, minutes_pass, quiet
from integration.delivery.test_outcomes import hold, let_go, verdicts
from leadstream_dev.sandbox import Sandbox

__all__ = ["quiet"]


async def ask(machine: Machine, what: str) -> None:
    """Cancel, or run again, every job there is."""
    for row in await machine.database.pool.fetch("SELECT id FROM jobs ORDER BY id"):
        answer = await machine.http.post(f"/api/admin/jobs/{row['id']}/{what}")
        assert answer.is_success, answer.text


async def test_many_one_after_the_other(machine: Machine, sandbox: Sandbox) -> None:
    await add_webhook(machine, sandbox)
    await add_slack(machine, sandbox)
    for kind in ("webhook", "slack"):
        await hold(machine, f"kind:deliver-{kind}")
    await announce(machine, *(a_lead() for _ in range(40)))

    await ask(machine, "cancel")

    assert await verdicts(machine) == ["no_channel"] * 40
    assert {row["status"] for row in await deliveries(machine)} == {"cancelled"}


async def test_one_that_is_held_ends_too(quiet: Machine, sandbox: Sandbox) -> None:
    await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    await look(quiet)

    await ask(quiet, "cancel")

    await announced(quiet, "partial", "no_channel")


async def test_one_of_a_gone_destination_ends_and_the_others_wait_on(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_webhook(machine, sandbox)
    await sandbox.control.behave("hooks", errors={"status": 410})
    await announce(machine, a_lead())
    await machine.settle()
    await announced(machine, "partial")
    [job] = await deliveries(machine)
    await announce(machine, a_lead())

    answer: Any = await machine.http.post(f"/api/admin/jobs/{job['job_id']}/cancel")

    assert answer.is_success
    await announced(machine, "partial", "no_channel", "partial")
    assert sorted(row["status"] for row in await deliveries(machine)) == ["cancelled", "held"]


async def test_cancelled_and_run_again_more_than_once(machine: Machine, sandbox: Sandbox) -> None:
    await add_webhook(machine, sandbox)
    await hold(machine, "kind:deliver-webhook")
    await announce(machine, a_lead())

    for _ in range(2):
        await ask(machine, "cancel")
        # To be cancelled once more is no news.
        assert await verdicts(machine) == ["no_channel"]
        await ask(machine, "retry")
    await let_go(machine, "kind:deliver-webhook")

    await announced(machine, "no_channel", "delivered")

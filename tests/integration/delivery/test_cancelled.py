"""Cancelled jobs end their deliveries, and their leads."""

from typing import Any
from uuid import UUID

from delivery.bootstrap import SERVICE
from delivery.entrypoints.loops import BATCH, Cancellations
from integration.delivery.conftest import MakeSettings
from integration.delivery.gone import announced
from integration.delivery.leads import a_lead, add_webhook, announce
from integration.delivery.machine import Machine, running
from integration.delivery.test_held import look, minutes_pass, quiet
from integration.delivery.test_outcomes import hold, let_go, statuses, verdicts
from leadstream.clock import SystemClock
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

__all__ = ["quiet"]
CANCEL = "UPDATE jobs SET state = 'cancelled', finished_at = now() WHERE state = 'ready'"


async def test_many_at_once(machine: Machine, sandbox: Sandbox) -> None:
    await add_webhook(machine, sandbox)
    await hold(machine, "kind:deliver-webhook")
    count = BATCH + 100
    await announce(machine, *(a_lead() for _ in range(count)))

    await machine.database.pool.execute(CANCEL)

    async def all_ended() -> bool:
        return await verdicts(machine) == ["no_channel"] * count

    await eventually(all_ended, "not all leads have ended", within=60)


async def test_one_that_is_held_ends_too(quiet: Machine, sandbox: Sandbox) -> None:
    await add_webhook(quiet, sandbox)
    await hold(quiet, "kind:deliver-webhook")
    await minutes_pass(quiet)
    await announce(quiet, a_lead())
    await look(quiet)

    await quiet.database.pool.execute(CANCEL)

    await announced(quiet, "partial", "no_channel")


async def test_one_that_is_run_again_before_anybody_looked_goes_on(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as still:
        await add_webhook(still, sandbox)
        await announce(still, a_lead())
        job = await _job(still)
        for what in ("cancel", "retry"):
            answer = await still.http.post(f"/api/admin/jobs/{job}/{what}")
            assert answer.is_success

        assert await Cancellations(database, SystemClock()).take() == 0
        assert await statuses(still) == {"webhook": "pending"}


async def test_one_that_is_being_run_again_is_not_looked_at(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as still:
        await add_webhook(still, sandbox)
        await announce(still, a_lead())
        await database.pool.execute(CANCEL)
        async with database.transaction() as tx:
            await tx.execute("UPDATE jobs SET state = 'ready', finished_at = NULL")
            assert await Cancellations(database, SystemClock()).take() == 0

        assert await statuses(still) == {"webhook": "pending"}
        assert await verdicts(still) == []


async def test_cancelled_and_run_again_more_than_once(machine: Machine, sandbox: Sandbox) -> None:
    await add_webhook(machine, sandbox)
    await hold(machine, "kind:deliver-webhook")
    await announce(machine, a_lead())
    job = await _job(machine)

    for _ in range(2):
        assert (await machine.http.post(f"/api/admin/jobs/{job}/cancel")).is_success
        await announced(machine, "no_channel")
        assert (await machine.http.post(f"/api/admin/jobs/{job}/retry")).is_success
    await let_go(machine, "kind:deliver-webhook")

    await announced(machine, "no_channel", "delivered")


async def _job(machine: Machine) -> UUID:
    found: Any = await machine.database.pool.fetchval("SELECT id FROM jobs")
    return UUID(str(found))

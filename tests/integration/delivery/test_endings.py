"""What several attempts mean that end in one transaction, or in two at the same time."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from delivery.adapters import endings
from delivery.adapters.endings import Written, write_progress
from delivery.application.deliver import Answer, Tried
from delivery.domain.delivery import Status
from delivery.domain.progress import Progress
from delivery.entrypoints.recorder import DeliveryRecorder
from integration.delivery.leads import a_lead, add_recipient, add_webhook, announce
from integration.delivery.machine import Machine
from integration.delivery.test_outcomes import hold
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Failed, JobState, Outcome, Priority, Problem, Settled, Succeeded
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

NOW = datetime(2026, 1, 22, 3, tzinfo=UTC)
TRIED = Succeeded(result=Tried(answer=Answer(), doubted_before=False))


def delivered(delivery_id: UUID) -> Progress:
    return Progress(delivery_id=delivery_id, at=NOW, status=Status.DELIVERED, tried=True)


async def test_of_the_last_two_the_one_that_commits_last_announces_the_end(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await add_webhook(machine, sandbox)
    await hold(machine, "all")
    await announce(machine, a_lead())
    rows = await machine.database.pool.fetch("SELECT id FROM deliveries")
    first, last = (row["id"] for row in rows)

    async def end_the_last() -> Written:
        async with machine.database.transaction(hot=True) as tx:
            return await write_progress(tx, [delivered(last)])

    async with machine.database.transaction(hot=True) as tx:
        before = await write_progress(tx, [delivered(first)])
        other = asyncio.create_task(end_the_last())
        await eventually(lambda: is_waiting(machine), "the other one does not wait")
    after = await other

    assert before.events == []
    assert [event.topic for event in after.events] == ["lead.delivered"]


async def test_what_is_held_is_taken_in_the_order_of_the_attempts_that_begin(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await add_webhook(machine, sandbox)
    await hold(machine, "all")
    await announce(machine, a_lead())
    rows = await machine.database.pool.fetch("SELECT id FROM deliveries ORDER BY id")
    first, last = (row["id"] for row in rows)
    lock = "SELECT id FROM deliveries WHERE id = $1 FOR UPDATE NOWAIT"

    async def hold_back() -> None:
        async with machine.database.transaction() as tx:
            await endings.hold(tx, {last: "held", first: "held"}, now=NOW)

    async with machine.database.transaction() as tx:
        await tx.fetch(lock, first)
        other = asyncio.create_task(hold_back())
        await eventually(lambda: is_waiting(machine), "the other one does not wait")
        taken = await tx.fetch(lock, last)
    await other

    assert [row["id"] for row in taken] == [last]


async def is_waiting(machine: Machine) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    return bool(await machine.database.pool.fetchval(waiting))


async def test_an_outage_that_is_over_by_the_time_it_is_written_down_is_no_trouble(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_webhook(machine, sandbox)
    await hold(machine, "all")
    await announce(machine, a_lead(), a_lead())
    outage = Failed(problem=Problem(error_class="outage", message="not answered for 4 h"))
    given_up, accepted = await settled(machine, outage, TRIED)

    async with machine.database.transaction(hot=True) as tx:
        await DeliveryRecorder()(tx, [given_up, accepted])

    assert await machine.database.pool.fetch("SELECT * FROM troubles") == []


async def settled(machine: Machine, *outcomes: Outcome) -> list[Settled]:
    """One attempt after the other, each at a job of its own."""
    (row,) = await machine.database.pool.fetch("SELECT kind, lane FROM jobs LIMIT 1")
    ledger = Ledger(machine.database, lease=timedelta(minutes=1))
    jobs = await ledger.claim(row["kind"], [(Priority.HOT, row["lane"], len(outcomes))])
    return [
        Settled(
            job=job,
            outcome=outcome,
            state=JobState.SUCCEEDED if isinstance(outcome, Succeeded) else JobState.FAILED,
            attempts=1,
            started_at=NOW + timedelta(seconds=number),
            finished_at=NOW + timedelta(minutes=1),
        )
        for number, (job, outcome) in enumerate(zip(jobs, outcomes, strict=True))
    ]

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import asyncpg
import pytest

from leadstream.backoff import Backoff
from leadstream.ids import new_id
from leadstream.jobs.kinds import JobKind, Recorder
from leadstream.jobs.ledger import MAX_LOST, Ledger
from leadstream.jobs.model import (
    Failed,
    Held,
    Job,
    JobState,
    Outcome,
    Priority,
    Problem,
    Retry,
    Settled,
    Succeeded,
)
from leadstream.outbox import OutboxEvent
from leadstream.pauses import active_pauses
from leadstream.postgres import Database, Tx, after_commit
from support.ledger import a_job, an_idle_worker, put, states, until, working

PROBLEM = Problem(error_class="provider_5xx", message="the provider said 500", status_code=500)
AT_ONCE = Backoff(base=timedelta(0))


def an_event(job: Job) -> OutboxEvent:
    return OutboxEvent(
        id=new_id(),
        topic="t",
        key=str(job.id).encode(),
        payload=b"{}",
        type="t.v1",
        aggregate_id=str(job.id),
    )


async def announce_all(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
    return [an_event(each.job) for each in settled]


def a_kind(outcome: Outcome, *, recorder: Recorder = announce_all) -> JobKind:
    async def handler(job: Job) -> Outcome:
        return outcome

    return JobKind(name="work", handler=handler, recorder=recorder, backoff=AT_ONCE)


async def attempts(database: Database) -> list[tuple[int, str, int | None]]:
    rows = await database.pool.fetch(
        "SELECT number, outcome, status_code FROM job_attempts ORDER BY job_id, number"
    )
    return [tuple(row) for row in rows]


async def test_success_commits_job_attempt_and_event_together(database: Database) -> None:
    await put(database, [a_job() for _ in range(20)])

    async with working(database, a_kind(Succeeded(status_code=200))):
        await until(lambda: _all_ended(database))

    assert await states(database) == {"succeeded": 20}
    assert await attempts(database) == [(1, "succeeded", 200)] * 20
    assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 20


async def test_b17_a_passing_error_is_tried_three_times_and_then_failed(database: Database) -> None:
    await put(database, [a_job()])

    async with working(database, a_kind(Retry(problem=PROBLEM))):
        await until(lambda: _all_ended(database))

    assert await states(database) == {"failed": 1}
    assert await attempts(database) == [(n, "retry", 500) for n in (1, 2, 3)]


async def test_b17_a_permanent_error_is_tried_once(database: Database) -> None:
    await put(database, [a_job()])

    async with working(database, a_kind(Failed(problem=PROBLEM))):
        await until(lambda: _all_ended(database))

    assert await attempts(database) == [(1, "failed", 500)]


async def test_b11_holding_a_scope_burns_no_attempt(database: Database) -> None:
    await put(database, [a_job()])
    held = Held(scope="provider:clay", reason="rate_limited", problem=PROBLEM)

    async with working(database, a_kind(held)):
        await until(lambda: active_pauses(database))

    job = await database.pool.fetchrow("SELECT state, attempts FROM jobs")
    assert job is not None
    assert (job["state"], job["attempts"]) == ("ready", 0)
    [pause] = await active_pauses(database)
    assert (pause.scope, pause.detail) == ("provider:clay", PROBLEM.message)


async def test_a_handler_that_raises_is_a_failed_attempt(database: Database) -> None:
    async def broken(job: Job) -> Outcome:
        raise ZeroDivisionError

    await put(database, [a_job()])

    async with working(database, JobKind(name="work", handler=broken, backoff=AT_ONCE)):
        await until(lambda: _all_ended(database))

    errors = await database.pool.fetch("SELECT error_class, error FROM job_attempts")
    assert [tuple(row) for row in errors] == [("internal_error", "ZeroDivisionError")] * 3


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SELECT $1::smallint"])
async def test_an_outcome_that_cannot_be_written_does_not_hold_up_its_neighbours(
    database: Database, statement: str
) -> None:
    poison = a_job(number=1)
    await put(database, [poison, *(a_job() for _ in range(30))])

    async def refuse_one(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        if any(each.job.id == poison.id for each in settled):
            # Postgres refuses the first, asyncpg the second.
            await tx.execute(statement, *([10**9] if "$1" in statement else []))
        return [an_event(each.job) for each in settled]

    async with working(database, a_kind(Succeeded(), recorder=refuse_one)):
        await until(lambda: _count(database, "succeeded", 30))

    assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 30
    last_error = await database.pool.fetchval(
        "SELECT last_error FROM jobs WHERE id = $1", poison.id
    )
    assert last_error == "the outcome could not be recorded"


async def test_b44_what_a_worker_brings_after_its_lease_is_lost_does_not_count(
    database: Database, ledger: Ledger
) -> None:
    await put(database, [a_job()])
    short = Ledger(database, lease=timedelta(0))
    (late,) = await short.claim("work", [(Priority.WARM, "workspace:a", 1)])
    await ledger.reclaim([])
    (mine,) = await ledger.claim("work", [(Priority.WARM, "workspace:a", 1)])

    async with database.transaction() as tx:
        from_late = await ledger.settle(tx, [_finished(late)])
        from_mine = await ledger.settle(tx, [_finished(mine)])

    assert from_late == []
    assert [each.state for each in from_mine] == [JobState.SUCCEEDED]
    assert mine.lost == 1


async def test_of_two_attempts_written_down_together_the_one_under_the_lost_lease_is_not_noted(
    database: Database, ledger: Ledger
) -> None:
    await put(database, [a_job()])
    (late,) = await Ledger(database, lease=timedelta(0)).claim(
        "work", [(Priority.WARM, "workspace:a", 1)]
    )
    await ledger.reclaim([])
    (mine,) = await ledger.claim("work", [(Priority.WARM, "workspace:a", 1)])

    async with database.transaction() as tx:
        counted = await ledger.settle(tx, [_finished(late), _finished(mine)])

    assert [each.job for each in counted] == [mine]
    noted = await database.pool.fetch("SELECT number, outcome, started_at FROM job_attempts")
    assert [tuple(row) for row in noted] == [(1, "succeeded", counted[0].started_at)]


async def test_b44_a_worker_that_lives_keeps_its_lease_however_long_it_takes_to_settle(
    database: Database,
) -> None:
    lease = timedelta(seconds=6)
    away = True

    async def postgres_is_away(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        if away:
            raise ConnectionError
        return []

    kind = a_kind(Succeeded(), recorder=postgres_is_away)
    ledger = Ledger(database, lease=lease)
    await put(database, [a_job()])

    async def is_renewed() -> bool:
        await ledger.reclaim([])
        return bool(await database.pool.fetchval("SELECT leased_until > $1 FROM jobs", first))

    async with working(database, kind, lease=lease):
        await until(lambda: _count(database, "running", 1))
        first = await database.pool.fetchval("SELECT leased_until FROM jobs")
        await until(is_renewed)
        away = False
        await until(lambda: _all_ended(database))

    assert await states(database) == {"succeeded": 1}
    assert await database.pool.fetchval("SELECT lost FROM jobs") == 0


async def test_leases_are_renewed_while_other_jobs_are_settled(
    database: Database, ledger: Ledger
) -> None:
    """However long that takes: a lease that waits for it may run out meanwhile, and its job be taken back."""
    await put(database, [a_job() for _ in range(3)])
    jobs = await Ledger(database, lease=timedelta(0)).claim(
        "work", [(Priority.WARM, "workspace:a", 3)]
    )
    first, second, third = sorted(jobs, key=lambda job: job.id)

    async def settle() -> list[Settled]:
        async with database.transaction(hot=True) as tx:
            return await ledger.settle(tx, [_finished(second), _finished(first)])

    async with database.transaction() as tx:
        await tx.execute("SELECT FROM jobs WHERE id = $1 FOR UPDATE", second.id)
        settling = asyncio.create_task(settle())
        await until(lambda: _count_of_waiting(database, 1))
        await ledger.renew(jobs)
        waiting, _ = await ledger.reclaim([])

    assert third not in waiting
    assert [each.job for each in await settling] == [second, first]
    assert await states(database) == {"succeeded": 2, "running": 1}


async def test_what_is_settled_at_the_second_try_is_counted_once(database: Database) -> None:
    counted: list[UUID] = []
    tries = 0

    async def cut_off_at_first(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        nonlocal tries
        tries += 1
        after_commit(lambda: counted.extend(each.job.id for each in settled))
        if tries == 1:
            raise ConnectionError
        return []

    await put(database, [job := a_job()])
    async with working(database, a_kind(Succeeded(), recorder=cut_off_at_first)):
        await until(lambda: _all_ended(database))

    assert tries == 2
    assert counted == [job.id]


class LookedAt(Ledger):
    """Counts how often a janitor has looked."""

    looks = 0

    async def owners_gone(self) -> set[int]:
        self.looks += 1
        return await super().owners_gone()

    async def more_looks(self, count: int) -> None:
        wanted = self.looks + count
        await until(lambda: self.looks >= wanted)


async def test_b44_after_an_outage_workers_that_live_come_before_the_janitor(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits from the first answer on, not from the last look that got none."""
    now = 0.0
    lease = timedelta(seconds=1)
    patience = lease.total_seconds() / 2

    class AwayAtFourth(LookedAt):
        async def owners_gone(self) -> set[int]:
            gone = await super().owners_gone()
            if self.looks == 4:
                raise ConnectionError
            return gone

    monkeypatch.setattr("leadstream.jobs.janitor.time", SimpleNamespace(monotonic=lambda: now))
    ledger = AwayAtFourth(database, lease=lease)
    await put(database, [a_job()])
    await Ledger(database, lease=timedelta(0)).claim("work", [(Priority.WARM, "workspace:a", 1)])
    worker = an_idle_worker(database, a_kind(Succeeded()), ledger=ledger, lease=lease)
    janitor = worker.janitor()
    stop = asyncio.Event()
    running = asyncio.create_task(janitor.run(stop))

    await until(lambda: ledger.looks == 3)
    at_start = await states(database)
    await until(lambda: ledger.looks == 4)
    now += 60
    await ledger.more_looks(2)
    after_outage = await states(database)
    now += patience
    await until(lambda: _count(database, "ready", 1))

    stop.set()
    await running
    assert at_start == {"running": 1}
    assert after_outage == {"running": 1}


async def test_b44_after_a_time_without_writes_workers_that_live_come_before_the_janitor(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read-only, or with a full disk, Postgres answers all the time: that it is read from proves nothing."""
    now = 0.0
    lease = timedelta(seconds=2)

    class TakesNothing(LookedAt):
        is_full = False

        async def reclaim(self, gone: Collection[int]) -> tuple[list[Job], list[Job]]:
            self._refuse()
            return await super().reclaim(gone)

        async def put_off_expiry(self, by: timedelta) -> None:
            self._refuse()
            await super().put_off_expiry(by)

        def _refuse(self) -> None:
            if self.is_full:
                raise asyncpg.DiskFullError

    monkeypatch.setattr("leadstream.jobs.janitor.time", SimpleNamespace(monotonic=lambda: now))
    ledger = TakesNothing(database, lease=lease)
    worker = an_idle_worker(database, a_kind(Succeeded()), ledger=ledger, lease=lease)
    await put(database, [a_job()])
    (job,) = await ledger.claim("work", [(Priority.WARM, "workspace:a", 1)])
    stop = asyncio.Event()
    running = asyncio.create_task(worker.janitor().run(stop))

    await ledger.more_looks(2)
    ledger.is_full = True
    now += 60
    await ledger.more_looks(3)
    now += 60
    await until(lambda: _is_over(database))
    ledger.is_full = False
    # As a worker that lives does within half a second.
    await ledger.more_looks(1)
    await ledger.renew([job])
    now += 60
    await ledger.more_looks(2)
    after_outage = await states(database)
    # Nobody renews it any more.
    await until(lambda: _count(database, "ready", 1))

    stop.set()
    await running
    assert after_outage == {"running": 1}


async def _is_over(database: Database) -> bool:
    return bool(await database.pool.fetchval("SELECT bool_and(leased_until < now()) FROM jobs"))


async def test_b44_a_lost_lease_is_no_attempt_but_a_job_that_kills_every_worker_ends(
    database: Database,
) -> None:
    await put(database, [a_job()])
    ledger = Ledger(database, lease=timedelta(0))

    for _ in range(MAX_LOST - 1):
        await ledger.claim("work", [(Priority.WARM, "workspace:a", 1)])
        await ledger.reclaim([])
    before = await states(database)
    await ledger.claim("work", [(Priority.WARM, "workspace:a", 1)])
    async with working(database, a_kind(Succeeded())) as worker:
        await worker.janitor().reclaim()
        await until(lambda: _all_ended(database))

    assert before == {"ready": 1}
    assert await states(database) == {"failed": 1}
    assert await database.pool.fetchval("SELECT attempts FROM jobs") == 0
    assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 1


def _finished(job: Job) -> Settled:
    now = datetime.now(UTC)
    return a_kind(Succeeded()).settle(job, Succeeded(), began=now, ended=now)


async def _all_ended(database: Database) -> bool:
    return not {"ready", "running"} & set(await states(database))


async def _count(database: Database, state: str, count: int) -> bool:
    return (await states(database)).get(state) == count


async def _count_of_waiting(database: Database, count: int) -> bool:
    waiting = await database.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(waiting == count)

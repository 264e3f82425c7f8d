import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from leadstream.ids import derived_id
from leadstream.jobs.claimer import Claimer
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, Outcome, Priority, Succeeded
from leadstream.pauses import PauseBoard, add_pause
from leadstream.postgres import Database
from support.ledger import LEASE, a_job, put, states

WORKSPACE = UUID("6b0c1d1e-0000-4000-8000-000000000001")


async def nothing(job: Job) -> Outcome:
    return Succeeded()


def claimer(database: Database, *, provider: str | None = None) -> Claimer:
    kind = JobKind(name="work", handler=nothing, provider=provider)
    return Claimer(database, Ledger(database, lease=LEASE), PauseBoard(database), kind)


async def claim(database: Database, slots: int, *, provider: str | None = None) -> list[Job]:
    batches, _ = await claimer(database, provider=provider).claim(slots)
    return [job for batch in batches for job in batch.jobs]


async def test_b18_the_same_job_twice_is_one_job(database: Database) -> None:
    await put(database, [a_job(number=1), a_job(number=1), a_job(number=2)])
    await put(database, [a_job(number=1)])

    assert await states(database) == {"ready": 2}


async def test_two_claims_never_share_a_job(database: Database) -> None:
    await put(database, [a_job(lane=f"workspace:{n % 7}") for n in range(400)])
    claimers = [claimer(database) for _ in range(4)]

    async def drain(one: Claimer) -> list[UUID]:
        mine: list[UUID] = []
        while batches := (await one.claim(17))[0]:
            mine += [job.id for batch in batches for job in batch.jobs]
        return mine

    claimed = [job for mine in await asyncio.gather(*map(drain, claimers)) for job in mine]

    assert len(claimed) == len(set(claimed)) == 400


async def test_hot_goes_before_warm_before_cold(database: Database) -> None:
    priorities = [Priority.COLD, Priority.WARM, Priority.HOT] * 10
    await put(database, [a_job(priority=priority) for priority in priorities])

    claimed = [await claim(database, 10) for _ in range(3)]

    assert [{job.priority for job in jobs} for jobs in claimed] == [
        {Priority.HOT},
        {Priority.WARM},
        {Priority.COLD},
    ]


async def test_a_small_lane_is_not_delayed_by_a_large_one(database: Database) -> None:
    await put(database, [a_job(lane="workspace:large") for _ in range(1000)])
    await put(database, [a_job(lane="workspace:small") for _ in range(10)])

    claimed = Counter(job.lane for job in await claim(database, 20))

    assert claimed["workspace:small"] == 10


async def test_lanes_take_turns_when_there_are_more_than_slots(database: Database) -> None:
    await put(database, [a_job(lane=f"workspace:{n % 9}") for n in range(90)])
    one = claimer(database)

    served = Counter[str]()
    for _ in range(9):
        batches, _ = await one.claim(2)
        served.update(job.lane for batch in batches for job in batch.jobs)

    assert set(served.values()) == {2}


async def test_a_job_is_not_claimed_before_its_time(database: Database) -> None:
    await put(database, [a_job()])
    await database.pool.execute("UPDATE jobs SET run_at = now() + interval '1 hour'")

    assert await claim(database, 10) == []


@pytest.mark.parametrize(
    "scope",
    [
        "all",
        "kind:work",
        "provider:clay",
        "workspace:6b0c1d1e-0000-4000-8000-000000000001",
        "destination:x",
    ],
)
async def test_a_pause_holds_its_scope_and_no_other(database: Database, scope: str) -> None:
    held = a_job(lane="destination:x", workspace_id=WORKSPACE)
    free = a_job(lane="destination:y", workspace_id=derived_id("other"))
    await put(database, [held, free])
    async with database.transaction() as tx:
        await add_pause(tx, scope, reason="test", actor="tester")

    claimed = {job.id for job in await claim(database, 10, provider="clay")}

    broad = scope in ("all", "kind:work", "provider:clay")
    assert claimed == (set() if broad else {free.id})


async def test_a_pause_ends_by_itself(database: Database) -> None:
    await put(database, [a_job()])
    async with database.transaction() as tx:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await add_pause(tx, "all", reason="test", actor="tester", until=past)

    assert len(await claim(database, 10)) == 1


async def test_the_cost_of_a_claim_does_not_depend_on_history(database: Database) -> None:
    async def pages_read() -> int:
        await database.pool.execute("ANALYZE jobs")
        async with database.transaction() as tx:
            await tx.execute("SET LOCAL enable_seqscan = off")
            plan = await tx.fetchval(
                """EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
                   SELECT id FROM jobs WHERE kind = 'work' AND state = 'ready' AND priority = 1
                     AND lane = 'workspace:a' AND run_at <= now() ORDER BY run_at LIMIT 50
                     FOR UPDATE SKIP LOCKED"""
            )
        top = plan[0]["Plan"]
        return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])

    await put(database, [a_job() for _ in range(50)])
    alone = await pages_read()
    await database.pool.execute(
        """INSERT INTO jobs (id, kind, state, priority, lane, payload, finished_at)
           SELECT gen_random_uuid(), 'work', 'succeeded', 1, 'workspace:a', '{}', now()
             FROM generate_series(1, 30000)"""
    )

    assert await pages_read() <= alone * 1.25 + 2

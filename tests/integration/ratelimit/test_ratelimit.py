import asyncio
import itertools
import time
from collections import defaultdict
from datetime import timedelta

import asyncpg
import pytest

from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Job, Outcome, Succeeded
from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter, take_turns
from support.ledger import a_job, put, states, until, working


async def test_i12_replicas_together_take_what_the_rate_gives_and_no_more(
    database: Database,
) -> None:
    limit = RateLimit(name="clay", per_second=50, burst=500)
    limiters = [RateLimiter(database, limit) for _ in range(4)]
    # From an empty bucket on; large enough that none of what follows runs over.
    assert await limiters[0].take(500) == 500
    began = await _bucket(database)
    taken = 0
    end = time.monotonic() + 2

    async def spend(limiter: RateLimiter) -> None:
        nonlocal taken
        while time.monotonic() < end:
            count = await limiter.take(5)
            taken += count
            await asyncio.sleep(0.005)

    await asyncio.gather(*map(spend, limiters))

    ended = await _bucket(database)
    seconds = (ended["updated_at"] - began["updated_at"]).total_seconds()
    assert taken + ended["tokens"] == pytest.approx(began["tokens"] + 50 * seconds, abs=0.01)
    assert ended["tokens"] >= 0


async def test_what_was_not_used_is_given_back(database: Database) -> None:
    limiter = RateLimiter(database, RateLimit(name="clay", per_second=0.001, burst=10))

    first = await limiter.take(10)
    nothing = await limiter.take(10)
    await limiter.give_back(4)

    assert (first, nothing, await limiter.take(10)) == (10, 0, 4)


@pytest.mark.parametrize("hours", [-1000, -1, 1, 1000])
async def test_a_clock_that_jumps_neither_freezes_the_bucket_nor_overfills_it(
    database: Database, hours: int
) -> None:
    limiter = RateLimiter(database, RateLimit(name="clay", per_second=20, burst=10))
    assert await limiter.take(10) == 10

    # As if the server's clock had been put by so much.
    await database.pool.execute(
        "UPDATE rate_limits SET updated_at = updated_at - $1::interval", timedelta(hours=hours)
    )
    taken = await limiter.take(1000)
    started = time.monotonic()
    while await limiter.take(1) == 0:  # noqa: ASYNC110 - nobody tells when there is one
        await asyncio.sleep(0.01)

    assert taken <= 10
    assert time.monotonic() - started < 30
    assert (await _bucket(database))["tokens"] <= 10


async def test_a_clock_that_goes_to_and_fro_gives_no_more_than_the_burst_at_a_time(
    database: Database,
) -> None:
    limiter = RateLimiter(database, RateLimit(name="clay", per_second=1, burst=5))
    await limiter.take(5)

    for _ in range(5):
        for hours in (-3, 3):
            await database.pool.execute(
                "UPDATE rate_limits SET updated_at = updated_at - $1::interval",
                timedelta(hours=hours),
            )
            assert await limiter.take(100) <= 5


async def _bucket(database: Database) -> asyncpg.Record:
    row: asyncpg.Record | None = await database.pool.fetchrow(
        "SELECT tokens, updated_at FROM rate_limits"
    )
    assert row is not None
    return row


async def test_a_lane_has_one_turn_in_its_interval_whoever_of_the_replicas_asks(
    database: Database,
) -> None:
    starts: dict[str, list[float]] = defaultdict(list)

    async def handler(job: Job) -> Outcome:
        starts[job.lane].append(asyncio.get_running_loop().time())
        return Succeeded()

    kind = JobKind(name="work", handler=handler, lane_interval=timedelta(seconds=0.5))
    lanes = ["destination:a", "destination:b"]
    await put(database, [a_job(lane=lane) for lane in lanes for _ in range(5)])

    async with working(database, kind), working(database, kind), working(database, kind):
        await until(lambda: _succeeded(database, 10))

    gaps = [b - a for each in starts.values() for a, b in itertools.pairwise(each)]
    assert len(gaps) == 8
    # Starts may come closer together than turns were given, on a busy machine.
    assert sum(gaps) >= 8 * 0.5 * 0.9


async def test_a_clock_that_was_set_back_stops_no_lane(database: Database) -> None:
    second = timedelta(seconds=1)
    first = await take_turns(database, ["destination:a"], second)
    again = await take_turns(database, ["destination:a"], second)
    await database.pool.execute("UPDATE rate_limits SET updated_at = now() + interval '1 hour'")

    assert (first, again) == (["destination:a"], [])
    assert await take_turns(database, ["destination:a"], second) == ["destination:a"]


async def _succeeded(database: Database, count: int) -> bool:
    return await states(database) == {"succeeded": count}

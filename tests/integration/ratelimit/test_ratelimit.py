import asyncio
import time
from datetime import timedelta

import asyncpg
import pytest

from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit, RateLimiter


async def test_i12_replicas_together_take_what_the_rate_gives_and_no_more(
    database: Database,
) -> None:
    # So slow that nothing is taken ahead, and every token can be accounted for.
    limit = RateLimit(name="clay", per_second=4, burst=500)
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
    assert taken + ended["tokens"] == pytest.approx(began["tokens"] + 4 * seconds, abs=0.01)
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
    limiter = RateLimiter(database, RateLimit(name="clay", per_second=4, burst=10))
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


async def test_all_is_taken_or_nothing(database: Database) -> None:
    limiter = RateLimiter(database, RateLimit(name="shop", per_second=0.001, burst=10))

    first = await limiter.take_whole(7)
    second = await limiter.take_whole(7)

    assert first == 0
    assert second == pytest.approx(4, abs=0.1)
    assert await limiter.take_whole(3) == 0


async def test_what_a_call_did_not_cost_is_settled(database: Database) -> None:
    limiter = RateLimiter(database, RateLimit(name="shop", per_second=0.001, burst=10))
    await limiter.take_whole(10)

    await limiter.settle(6, most=10)

    assert await limiter.take(10) == 6


@pytest.mark.parametrize("most", [3, 0, -2])
async def test_there_is_no_more_than_the_other_side_says(database: Database, most: int) -> None:
    limiter = RateLimiter(database, RateLimit(name="shop", per_second=0.001, burst=10))
    await limiter.take_whole(1)

    await limiter.settle(0, most=most)

    assert await limiter.take(10) == max(0, most)


async def test_what_came_back_meanwhile_counts_as_there(database: Database) -> None:
    limiter = RateLimiter(database, RateLimit(name="shop", per_second=10, burst=1000))
    await limiter.take_whole(1000)
    # As if the row had not been looked at for a minute.
    await database.pool.execute(
        "UPDATE rate_limits SET updated_at = updated_at - interval '60 seconds'"
    )

    await limiter.settle(0, most=50)

    assert await limiter.take(1000) == pytest.approx(50, abs=5)

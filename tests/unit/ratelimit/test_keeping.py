"""Tokens are taken ahead, and the other side is asked no faster for it (I12)."""

import random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from leadstream.ratelimit import RateLimit, RateLimiter

LIMITS = [(50, 50), (50, 10), (20, 10), (100, 3), (2, 2), (1000, 1000)]


class Bucket:
    """What `take_tokens` does, with a clock of its own."""

    def __init__(self, burst: int) -> None:
        self.now = 0.0
        self.asks = 0
        self._tokens = float(burst)
        self._at = 0.0

    async def fetchval(
        self, query: str, name: str, per_second: float, wanted: float, burst: float
    ) -> int:
        self.asks += 1
        self._tokens = min(burst, self._tokens + (self.now - self._at) * per_second)
        self._at = self.now
        taken = int(min(self._tokens, wanted))
        self._tokens -= taken
        return taken


def replicas(bucket: Bucket, per_second: float, burst: int, count: int) -> list[RateLimiter]:
    database = cast("Any", SimpleNamespace(hot=bucket))
    limit = RateLimit(name="clay", per_second=per_second, burst=burst)
    return [RateLimiter(database, limit, clock=lambda: bucket.now) for _ in range(count)]


@pytest.mark.parametrize(("per_second", "burst"), LIMITS)
@pytest.mark.parametrize("seed", range(5))
async def test_i12_no_second_has_more_calls_than_the_rate_and_the_burst(
    per_second: float, burst: int, seed: int
) -> None:
    chance, bucket, calls = random.Random(seed), Bucket(burst), list[float]()  # noqa: S311 - nothing secret
    limiters = replicas(bucket, per_second, burst, 4)

    while bucket.now < 60:
        # Now and then nobody calls for so long that the bucket is full, and some keep what they have.
        bucket.now += chance.choice([0.0, 0.001, 0.003, 0.01, 0.05, 0.19, chance.random() * 2])
        taken = await chance.choice(limiters).take(chance.choice([1, 1, 1, 2, 5, 50]))
        calls += [bucket.now] * taken

    most = max(sum(at <= each < at + 1 for each in calls) for at in calls)
    assert most <= per_second + burst


async def test_what_is_kept_and_all_that_the_bucket_has_are_no_more_either() -> None:
    bucket = Bucket(50)
    keeper, other = replicas(bucket, 50, 50, 2)
    for _ in range(2):
        bucket.now += 0.01
        await keeper.take(1)

    # The oldest that may still be used, with a bucket that has been refilled meanwhile.
    bucket.now += 0.19
    calls = await keeper.take(10) + await other.take(100)
    for _ in range(100):
        bucket.now += 0.01
        calls += await other.take(100)

    assert calls <= 50 + 50


async def test_a_steady_pace_asks_the_bucket_a_few_times_a_second() -> None:
    bucket = Bucket(1000)
    (limiter,) = replicas(bucket, 1000, 1000, 1)

    for _ in range(500):
        bucket.now += 0.02
        assert await limiter.take(1) == 1

    assert bucket.asks <= 10 * 10


async def test_what_was_kept_for_too_long_is_used_no_more() -> None:
    bucket = Bucket(100)
    (limiter,) = replicas(bucket, 100, 100, 1)
    for _ in range(3):
        bucket.now += 0.01
        await limiter.take(1)
    assert limiter.take_kept(1)

    bucket.now += 0.2

    assert not limiter.take_kept(1)


async def test_a_slow_provider_is_not_asked_ahead_of_others() -> None:
    bucket = Bucket(2)
    one, other = replicas(bucket, 2, 2, 2)

    assert await one.take(1) == 1
    bucket.now += 0.01
    assert await one.take(1) == 1
    bucket.now += 0.5
    assert await other.take(1) == 1

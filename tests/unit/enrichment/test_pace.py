import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from enrichment.adapters.pace import SharedPace
from leadstream.ratelimit import RateLimiter


@dataclass(slots=True)
class FakeLimiter:
    tokens: int
    refill: int = 0
    wanted: list[int] = field(default_factory=list)
    broken: bool = False
    seconds_per_token: float = 0.001

    async def take(self, wanted: int) -> int:
        if self.broken:
            raise OSError("away")
        self.wanted.append(wanted)
        taken = min(wanted, self.tokens)
        self.tokens += self.refill - taken
        return taken

    def take_kept(self, wanted: int) -> bool:
        return False

    async def give_back(self, count: int) -> None:
        if self.broken:
            raise OSError("away")
        self.tokens += count


def a_pace(limiter: FakeLimiter, *, patience: float = 5) -> SharedPace:
    # A double with the methods of the real one, which is a class and no port.
    real = cast("RateLimiter", cast("Any", limiter))
    return SharedPace(real, patience=timedelta(seconds=patience))


async def test_those_who_wait_together_take_together() -> None:
    limiter = FakeLimiter(tokens=100)
    pace = a_pace(limiter)

    taken = await asyncio.gather(*(pace.take() for _ in range(20)))

    assert taken == [True] * 20
    assert limiter.tokens == 80
    assert len(limiter.wanted) <= 2


async def test_no_more_get_through_than_there_are_tokens() -> None:
    limiter = FakeLimiter(tokens=3)

    taken = await asyncio.gather(*(a_pace(limiter).take() for _ in range(1)))
    pace = a_pace(limiter, patience=0.5)
    taken += await asyncio.gather(*(pace.take() for _ in range(10)))

    assert sum(taken) == 3
    assert limiter.tokens == 0


async def test_whoever_waits_gets_the_next_token() -> None:
    limiter = FakeLimiter(tokens=0, refill=1)

    assert await a_pace(limiter).take()


async def test_a_token_that_comes_as_patience_ends_is_not_lost() -> None:
    limiter = FakeLimiter(tokens=1)

    # The loop hands the token out, and ends the waiting before the one who waits has run.
    assert await a_pace(limiter, patience=0).take()
    assert limiter.tokens == 0


async def test_a_right_that_is_returned_can_be_taken_again() -> None:
    limiter = FakeLimiter(tokens=1)
    pace = a_pace(limiter, patience=0.5)

    first, second = await pace.take(), await pace.take()
    await pace.give_back()
    third = await pace.take()

    assert (first, second, third) == (True, False, True)


async def test_while_the_bucket_is_out_of_reach_no_call_is_made() -> None:
    limiter = FakeLimiter(tokens=9, broken=True)
    pace = a_pace(limiter, patience=0.5)

    assert not await pace.take()
    await pace.give_back()
    limiter.broken = False
    assert await pace.take()

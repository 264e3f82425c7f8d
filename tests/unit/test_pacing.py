"""Waiting for whichever comes first, and how busy it is."""

import asyncio
import time
from pathlib import Path

import pytest

from leadstream.pacing import LOOK, Busyness, first_of

# Longer than any test may take: who waits for so long has not been woken.
LONG = 600.0


@pytest.mark.parametrize("which", [0, 1])
async def test_whichever_event_comes_first_ends_the_wait(which: int) -> None:
    events = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(first_of(*events, timeout=LONG))
    await asyncio.sleep(0)

    events[which].set()
    await waiting

    assert events[which].is_set()
    assert not events[1 - which].is_set()


async def test_what_has_happened_is_not_waited_for_but_others_get_their_turn() -> None:
    happened = asyncio.Event()
    happened.set()
    turns: list[str] = []
    asyncio.get_running_loop().call_soon(turns.append, "another")

    await first_of(happened, asyncio.Event())

    assert turns == ["another"]


async def test_it_ends_with_the_time() -> None:
    never = asyncio.Event()

    await first_of(never, timeout=0.001)

    assert not never.is_set()


async def test_several_may_wait_for_the_same_event() -> None:
    stop = asyncio.Event()
    waiting = [asyncio.create_task(first_of(asyncio.Event(), stop)) for _ in range(3)]
    plainly = asyncio.create_task(stop.wait())
    await asyncio.sleep(0)

    stop.set()

    await asyncio.gather(*waiting, plainly)


async def test_a_wait_that_is_cancelled_or_over_leaves_nothing_at_the_events() -> None:
    stop, more = asyncio.Event(), asyncio.Event()
    cancelled = asyncio.create_task(first_of(more, stop))
    await asyncio.sleep(0)

    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    await first_of(more, stop, timeout=0.001)

    assert not stop._waiters
    assert not more._waiters


async def test_both_at_once_are_one_waking() -> None:
    stop, more = asyncio.Event(), asyncio.Event()
    waiting = asyncio.create_task(first_of(more, stop))
    await asyncio.sleep(0)

    more.set()
    stop.set()

    await waiting


class FakeClock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_busy_is_who_runs_or_waits_for_a_processor(tmp_path: Path) -> None:
    schedule, clock = tmp_path / "schedstat", FakeClock()
    busyness = Busyness(schedule, clock=clock)
    schedule.write_text("7000000000 1000000000 12\n")
    busyness.share()
    shares = []
    for ran, waited in [(0.25, 0.0), (0.0, 0.25), (0.5, 0.25), (0.0, 0.0), (1.5, 1.5)]:
        before_ran, before_waited, _ = map(int, schedule.read_bytes().split())
        schedule.write_text(f"{before_ran + ran * 1e9:.0f} {before_waited + waited * 1e9:.0f} 13\n")
        clock.now += 1.0
        shares.append(busyness.share())

    assert shares == [0.25, 0.25, 0.75, 0.0, 1.0]


def test_it_is_looked_at_now_and_then_only(tmp_path: Path) -> None:
    schedule, clock = tmp_path / "schedstat", FakeClock()
    busyness = Busyness(schedule, clock=clock)
    schedule.write_text("0 0 1")
    before = busyness.share()

    schedule.write_text("100000000 0 2")
    clock.now += LOOK / 2
    meanwhile = busyness.share()
    clock.now += LOOK / 2

    assert meanwhile == before == 0.0
    assert busyness.share() == pytest.approx(0.1 / LOOK)


@pytest.mark.parametrize("text", [None, "", "x y z\n", "1 2\n"])
def test_where_nobody_says_what_waits_it_is_what_runs(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "schedstat").write_text(text)
    # This process has had more of a processor than it takes to be busy between two looks.
    assert time.process_time() > LOOK

    assert Busyness(tmp_path / "schedstat", clock=FakeClock()).share() == 1.0

"""Waiting for whichever comes first."""

import asyncio

import pytest

from leadstream.pacing import first_of

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

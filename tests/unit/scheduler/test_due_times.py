from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.domain.schedule import (
    CatchUp,
    Schedule,
    due_times,
    earliest_of_interest,
    settled,
)

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
NIGHTS = [NOW - timedelta(days=n) for n in (2, 1, 0)]


def a_schedule(catch_up: CatchUp = CatchUp.LATEST, *, settled_until: datetime = NOW) -> Schedule:
    return Schedule(
        name="nightly",
        cron="0 2 * * *",
        timezone="UTC",
        catch_up=catch_up,
        enabled=True,
        params={},
        pause_reason=None,
        settled_until=settled_until,
        next_at=None,
    )


@pytest.mark.parametrize("catch_up", CatchUp)
def test_nothing_has_passed(catch_up: CatchUp) -> None:
    assert due_times([], now=NOW, catch_up=catch_up) == []


@pytest.mark.parametrize("catch_up", CatchUp)
def test_a_time_that_comes_now_gets_its_tick(catch_up: CatchUp) -> None:
    assert due_times([NOW], now=NOW, catch_up=catch_up) == [NOW]


@pytest.mark.parametrize("catch_up", CatchUp)
def test_a_time_to_come_gets_none(catch_up: CatchUp) -> None:
    assert due_times([NOW + timedelta(seconds=1)], now=NOW, catch_up=catch_up) == []


def test_i7_three_nights_off() -> None:
    now = NOW + timedelta(hours=1)

    assert due_times(NIGHTS, now=now, catch_up=CatchUp.ALL) == NIGHTS
    assert due_times(NIGHTS, now=now, catch_up=CatchUp.LATEST) == [NOW]
    assert due_times(NIGHTS, now=now, catch_up=CatchUp.NONE) == []


@pytest.mark.parametrize(
    ("catch_up", "window"),
    [
        (CatchUp.NONE, timedelta(minutes=1)),
        (CatchUp.LATEST, timedelta(hours=22)),
        (CatchUp.ALL, timedelta(days=31)),
    ],
)
def test_a_time_is_let_go_when_its_window_closes(catch_up: CatchUp, window: timedelta) -> None:
    in_time, too_late = NOW + window - timedelta(microseconds=1), NOW + window

    assert due_times([NOW], now=in_time, catch_up=catch_up) == [NOW]
    assert due_times([NOW], now=too_late, catch_up=catch_up) == []


@pytest.mark.parametrize("catch_up", CatchUp)
def test_the_search_begins_where_the_window_or_the_settled_times_end(catch_up: CatchUp) -> None:
    long_ago = a_schedule(catch_up, settled_until=NOW - timedelta(days=365))
    just_now = a_schedule(catch_up, settled_until=NOW - timedelta(seconds=1))

    assert earliest_of_interest(long_ago, now=NOW) == NOW - catch_up.window
    assert earliest_of_interest(just_now, now=NOW) == NOW - timedelta(seconds=1)


def test_a_clock_that_was_set_back_takes_nothing_back() -> None:
    schedule = settled(a_schedule(), until=NOW - timedelta(hours=1), next_at=None)

    assert schedule.settled_until == NOW


def test_a_schedule_runs_unless_it_is_paused_or_off() -> None:
    assert a_schedule().runs
    assert not replace(a_schedule(), enabled=False).runs
    assert not replace(a_schedule(), pause_reason="quarter end").runs

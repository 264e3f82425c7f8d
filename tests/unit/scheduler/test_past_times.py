"""The last times of a schedule, of any cron."""

from datetime import UTC, datetime, timedelta

import pytest

from scheduler.adapters.cron import CronsimCron
from scheduler.application.past_times import Emitted, past_times
from scheduler.domain.schedule import CatchUp, Schedule

NOW = datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)


def a_schedule(cron: str, *, paused: bool = False, settled: datetime = NOW) -> Schedule:
    return Schedule(
        name="x",
        cron=cron,
        timezone="Europe/Berlin",
        catch_up=CatchUp.LATEST,
        enabled=True,
        params={},
        pause_reason="x" if paused else None,
        settled_until=settled,
        next_at=None,
    )


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("* * * * *", 0.002),
        ("* * * * *", 9),
        ("0 2 * * *", 9),
        ("0 2 * * *", 800),
        ("30 2 * * 0", 800),
        ("0 0 1 1 *", 800),
        ("*/7 3 1-7 * 1", 800),
    ],
)
def test_they_are_the_last_of_all_there_were(cron: str, days: float) -> None:
    since = NOW - timedelta(days=days)
    schedule = a_schedule(cron)
    all_of_them = CronsimCron().times(
        cron, schedule.timezone, after=since, until=NOW, limit=10_000_000
    )

    found = past_times(CronsimCron(), schedule, {}, since=since, now=NOW, count=10)

    assert found == [(time, None) for time in all_of_them[-10:]]


def test_ticks_have_their_place_among_them() -> None:
    early, by_hand = NOW - timedelta(days=9), NOW - timedelta(minutes=1)
    ticks = {time: Emitted("id", time, manual=True) for time in (early, by_hand)}

    found = past_times(
        CronsimCron(),
        a_schedule("0 2 * * *"),
        ticks,
        since=NOW - timedelta(days=1),
        now=NOW,
        count=10,
    )

    due = datetime(2026, 11, 29, 1, 0, tzinfo=UTC)
    assert found == [(early, ticks[early]), (due, None), (by_hand, ticks[by_hand])]


def test_while_it_is_paused_nothing_is_due_that_is_not_settled() -> None:
    settled = NOW - timedelta(days=2)
    schedule = a_schedule("0 2 * * *", paused=True, settled=settled)

    found = past_times(
        CronsimCron(), schedule, {}, since=NOW - timedelta(days=4), now=NOW, count=10
    )

    assert [time.day for time, _ in found] == [26, 27]

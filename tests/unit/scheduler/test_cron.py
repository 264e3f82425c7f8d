"""CronsimCron against what Debian's cron(8) says of clock changes of less than three hours."""

from bisect import bisect_right
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scheduler.adapters.cron import CronsimCron
from scheduler.application.errors import InvalidScheduleError

CRON = CronsimCron()
YEAR = (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 12, 31, 23, 59, tzinfo=UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on(cron: str, zone: str, day: str) -> list[datetime]:
    """The ticks of one local day, in UTC."""
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    end = start + timedelta(days=1)
    return CRON.times(
        cron,
        zone,
        after=start.astimezone(UTC) - timedelta(seconds=1),
        until=end.astimezone(UTC) - timedelta(seconds=1),
        limit=2000,
    )


@pytest.mark.parametrize(
    ("zone", "day", "cron", "expected"),
    [
        # "Skipped jobs run immediately after the change": the first minute there is.
        ("Europe/Berlin", "2026-03-29", "30 2 * * *", "2026-03-29T01:00"),
        ("America/New_York", "2026-03-08", "30 2 * * *", "2026-03-08T07:00"),
        ("Australia/Sydney", "2026-10-04", "30 2 * * *", "2026-10-03T16:00"),
        ("America/St_Johns", "2026-03-08", "30 2 * * *", "2026-03-08T05:30"),
        # The clock goes on by half an hour only.
        ("Australia/Lord_Howe", "2026-10-04", "15 2 * * *", "2026-10-03T15:30"),
        # The day begins at 01:00.
        ("Africa/Cairo", "2026-04-24", "0 0 * * *", "2026-04-23T22:00"),
        ("America/Santiago", "2026-09-06", "30 0 * * *", "2026-09-06T04:00"),
    ],
)
def test_b38_a_time_in_the_spring_gap_comes_right_after_it(
    zone: str, day: str, cron: str, expected: str
) -> None:
    assert on(cron, zone, day) == [utc(expected)]


@pytest.mark.parametrize(
    ("zone", "day", "cron", "expected"),
    [
        ("Europe/Berlin", "2026-10-25", "30 2 * * *", "2026-10-25T00:30"),
        ("America/New_York", "2026-11-01", "30 1 * * *", "2026-11-01T05:30"),
        ("America/New_York", "2026-11-01", "30 2 * * *", "2026-11-01T07:30"),
        ("Australia/Sydney", "2026-04-05", "30 2 * * *", "2026-04-04T15:30"),
        ("Australia/Lord_Howe", "2026-04-05", "45 1 * * *", "2026-04-04T14:45"),
        ("Africa/Cairo", "2026-10-29", "30 23 * * *", "2026-10-29T20:30"),
    ],
)
def test_b38_a_time_in_the_autumn_repeat_comes_the_first_time_only(
    zone: str, day: str, cron: str, expected: str
) -> None:
    assert on(cron, zone, day) == [utc(expected)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_every_hour_follows_the_clock_of_the_world(day: str, hours: int) -> None:
    times = on("30 * * * *", "Europe/Berlin", day)

    assert len(times) == hours
    assert {b - a for a, b in pairwise(times)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    "cron", ["0 0 * * *", "15 0 * * *", "30 1 * * *", "30 2 * * *", "45 2 * * *", "30 23 * * *"]
)
@pytest.mark.parametrize(
    "zone",
    [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "America/Santiago",
    ],
)
def test_i6_a_year_has_one_tick_a_day_in_every_zone(zone: str, cron: str) -> None:
    first = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(minutes=1)
    last = datetime(2027, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC) - timedelta(minutes=1)

    times = CRON.times(cron, zone, after=first, until=last, limit=2000)

    days = Counter(time.astimezone(ZoneInfo(zone)).date() for time in times)
    assert days == {date(2026, 1, 1) + timedelta(days=n): 1 for n in range(365)}


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Africa/Cairo", "2026-10-29"),
    ],
)
@pytest.mark.parametrize("cron", ["30 2 * * *", "0,30 1,2 * * *", "*/20 * * * *", "45 23 * * *"])
def test_a_restart_at_any_minute_of_a_change_neither_repeats_nor_skips(
    zone: str, day: str, cron: str
) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(days=1)
    times = CRON.times(cron, zone, after=start, until=start + timedelta(days=4), limit=2000)

    for minute in range(0, 3 * 24 * 60, 5):
        after = start + timedelta(minutes=minute)
        [found] = CRON.next_times(cron, zone, after=after, count=1)
        assert found == times[bisect_right(times, after)]


def test_times_are_after_the_one_and_up_to_the_other_and_no_more_than_asked_for() -> None:
    night = utc("2026-01-02T02:00")

    def times(after: datetime, until: datetime, limit: int = 10) -> list[datetime]:
        return CRON.times("0 2 * * *", "UTC", after=after, until=until, limit=limit)

    assert times(night - timedelta(microseconds=1), night) == [night]
    assert times(night, night + timedelta(hours=23)) == []
    assert len(times(*YEAR, limit=3)) == 3


@pytest.mark.parametrize(
    ("cron", "zone", "field"),
    [
        ("0 2 * *", "UTC", "cron"),
        ("0 0 2 * * *", "UTC", "cron"),
        ("@daily", "UTC", "cron"),
        ("60 2 * * *", "UTC", "cron"),
        ("0 0 31 2 *", "UTC", "cron"),
        ("0 2 * * *", "Mars/Olympus", "timezone"),
        ("0 2 * * *", "../../etc/passwd", "timezone"),
        ("0 2 * * *", "America", "timezone"),
        ("0 2 * * *", "", "timezone"),
    ],
)
def test_what_is_wrong_is_named(cron: str, zone: str, field: str) -> None:
    with pytest.raises(InvalidScheduleError) as caught:
        CRON.check(cron, zone)

    assert caught.value.field == field


@given(cron=st.text("0123456789*/,-#LW? MONSUN²", max_size=30), zone=st.text(max_size=20))
@example(cron="*/99999999999999999999 * * * *", zone="Europe/Berlin")
@example(cron="0 0 29 2 */6", zone="Europe/Berlin")
def test_any_text_is_taken_or_refused(cron: str, zone: str) -> None:
    for timezone in ("Europe/Berlin", zone):
        with suppress(InvalidScheduleError):
            CRON.check(cron, timezone)
            # What was taken can be reckoned with.
            assert CRON.next_times(cron, timezone, after=YEAR[0], count=1)

"""How a schedule has kept its times, as bars and in words."""

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.strip import HEIGHT, Kept, Time, marks, summary

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def a_time(hours: float, late: timedelta | None, *, manual: bool = False) -> Time:
    at = NOW - timedelta(hours=hours)
    return Time(at, None if late is None else "id", None if late is None else at + late, manual)


@pytest.mark.parametrize(
    ("late", "manual", "settled_hours_ago", "kept"),
    [
        (timedelta(seconds=0), False, 0, Kept.ON_TIME),
        (timedelta(seconds=60), False, 0, Kept.ON_TIME),
        (timedelta(seconds=61), False, 0, Kept.LATE),
        (timedelta(days=9), True, 0, Kept.BY_HAND),
        (None, False, 0, Kept.MISSING),
        (None, False, 2, Kept.DUE),
    ],
)
def test_a_time_is_kept_in_one_of_five_ways(
    late: timedelta | None, manual: bool, settled_hours_ago: float, kept: Kept
) -> None:
    settled = NOW - timedelta(hours=settled_hours_ago)

    [mark] = marks([a_time(1, late, manual=manual)], settled_until=settled)

    assert mark.kept is kept


def test_the_later_the_higher_and_never_out_of_the_strip() -> None:
    lates = [timedelta(seconds=1), timedelta(minutes=2), timedelta(hours=1), timedelta(days=40)]

    strip = marks([a_time(n, late) for n, late in enumerate(lates)], settled_until=NOW)

    heights = [mark.height for mark in strip]
    assert heights == sorted(set(heights))
    assert heights[-1] == HEIGHT
    assert all(mark.y + mark.height == HEIGHT and mark.y >= 0 for mark in strip)
    assert [mark.x for mark in strip] == [0, 12, 24, 36]


def test_the_strip_in_words() -> None:
    times = [
        a_time(5, timedelta(seconds=1)),
        a_time(4, timedelta(seconds=1)),
        a_time(3, timedelta(minutes=7)),
        a_time(2, None),
        a_time(1, timedelta(days=9), manual=True),
    ]

    assert summary(marks(times, settled_until=NOW)) == (
        "The last 5 times: 2 on time, 1 late, 1 by hand, 1 no tick; at most 7 min late."
    )
    assert summary(marks(times[:1], settled_until=NOW)) == "The last 1 time: 1 on time."
    assert summary([]) == "No time has come yet."

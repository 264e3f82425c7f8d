from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.domain.trends import Direction, compare, finished_week


@pytest.mark.parametrize(
    ("previous", "volume", "percent", "direction"),
    [
        (100, 111, "11.0", Direction.UP),
        (100, 110, "10.0", Direction.STABLE),
        (100, 89, "-11.0", Direction.DOWN),
        (100, 90, "-10.0", Direction.STABLE),
        (0, 40, None, Direction.UP),
        (5, 80, "1500.0", Direction.UP),
        (0, 0, "0.0", Direction.STABLE),
        (40, 0, "-100.0", Direction.DOWN),
        (3, 4, "33.3", Direction.UP),
        (6, 5, "-16.7", Direction.DOWN),
        # What is shown as 10.0 is never called up.
        (10_000, 11_004, "10.0", Direction.STABLE),
        (10_000, 11_005, "10.1", Direction.UP),
    ],
)
def test_b40_change_and_direction(
    previous: int, volume: int, percent: str | None, direction: Direction
) -> None:
    change = compare(volume, previous)

    assert change.percent == (None if percent is None else Decimal(percent))
    assert change.direction is direction


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 25, 3, 0, tzinfo=UTC),  # the Sunday of the tick
        datetime(2026, 1, 25, 0, 0, tzinfo=UTC),
        datetime(2026, 1, 28, 15, 0, tzinfo=UTC),  # a Wednesday: run by hand
        datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
        datetime(2026, 1, 24, 22, 0, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_b40_the_week_is_the_one_that_has_just_finished(moment: datetime) -> None:
    week = finished_week(moment)

    assert (week.start, week.end) == (date(2026, 1, 18), date(2026, 1, 24))
    assert week.begins_at == datetime(2026, 1, 18, tzinfo=UTC)
    assert week.ends_at == datetime(2026, 1, 25, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 12, 31)))  # noqa: DTZ001 - hypothesis wants them naive
def test_b40_weeks_run_from_sunday_and_are_over(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)

    week = finished_week(moment)

    assert week.start.isoweekday() == 7
    assert week.ends_at <= moment < week.ends_at + timedelta(days=7)
    assert week.before.ends_at == week.begins_at

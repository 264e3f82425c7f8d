import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.reading import moment

DAY = datetime(2026, 11, 29, tzinfo=UTC)
TEN = DAY + timedelta(hours=10)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-29T10:00:00Z", TEN),
        ("2026-11-29t10:00:00z", TEN),
        ("2026-11-29T12:00:00+02:00", TEN),
        ("2026-11-29T12:00:00 +0200", TEN),
        ("2026-11-29T10:00:00.000000000Z", TEN),
        # Without a zone it is UTC.
        ("2026-11-29T10:00:00", TEN),
        ("2026-11-29 10:00", TEN),
        ("2026-11-29 10:00:00 UTC", TEN),
        ("2026-11-29", DAY),
        (" 2026-11-29\n", DAY),
        ("20261129", DAY),
        (20261129, DAY),
        ("2026/11/29", DAY),
        ("2026-W48-7", DAY),
        ("29.11.2026", DAY),
        ("29.11.2026 10:00", TEN),
        ("Nov 29, 2026", DAY),
        ("November 29th, 2026", DAY),
        ("29 Nov 2026", DAY),
        ("29 november 2026 10:00", TEN),
        ("Sun, 29 Nov 2026 10:00:00 GMT", TEN),
        ("Sunday, 29-Nov-26 10:00:00 GMT", TEN),
        ("Sun Nov 29 10:00:00 2026", TEN),
        (int(TEN.timestamp()), TEN),
        (TEN.timestamp() * 1000, TEN),
        (str(int(TEN.timestamp())), TEN),
        (f"{int(TEN.timestamp())}.250", TEN),
        (int(TEN.timestamp()) * 10**6, TEN),
        (int(TEN.timestamp()) * 10**9, TEN),
    ],
)
def test_times_are_read_as_people_and_machines_write_them(written: Any, read: datetime) -> None:
    assert moment(written) == read


@pytest.mark.parametrize(
    "written",
    [
        *(None, True, 0, 5, -1, math.nan, math.inf, 10**400, [], {}),
        *("", "yesterday", "0000-00-00", "2026-13-01", "2026-02-30", "2026-11-29T25:00:00Z"),
        *("9999-12-31", "0001-01-01T00:00:00+14:00", "99999999999999999999", "2026", "x" * 100),
        # Two days.
        *("11/12/2026", "29/11/26"),
    ],
)
def test_nonsense_is_left_out(written: Any) -> None:
    assert moment(written) is None


@given(
    st.integers(1901, 2998).flatmap(
        lambda year: st.datetimes().map(
            lambda at: at.replace(year=year, day=min(at.day, 28), tzinfo=UTC)
        )
    )
)
def test_every_moment_is_read_in_each_of_its_forms(when: datetime) -> None:
    seconds = when.replace(microsecond=0)

    assert moment(when.isoformat()) == when
    assert moment(when.strftime("%Y-%m-%d %H:%M:%S.%f UTC")) == when
    assert moment(seconds.strftime("%a, %d %b %Y %H:%M:%S GMT")) == seconds
    assert moment(seconds.strftime("%d.%m.%Y %H:%M:%S")) == seconds


@given(
    st.text() | st.floats() | st.integers() | st.from_regex(r"\d{0,4}[-/. ]\w{0,4}[-/. ,]\d{0,20}")
)
def test_no_value_raises(value: Any) -> None:
    read = moment(value)

    assert read is None or (read.tzinfo is UTC and 1900 <= read.year <= 2999)

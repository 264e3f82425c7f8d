from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.reading import parse_retry_after

NOW = datetime(2026, 10, 21, 7, 0, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("1.5", timedelta(seconds=1.5)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", timedelta(minutes=28)),
        ("Wednesday, 21-Oct-26 07:28:00 GMT", timedelta(minutes=28)),
        ("Wed, 21 Oct 2026 07:28:00 -0000", timedelta(minutes=28)),
        ("Wed Oct 21 07:28:00 2026", timedelta(minutes=28)),
        ("30s", timedelta(seconds=30)),
        ("30 seconds", timedelta(seconds=30)),
        ("1m30s", timedelta(seconds=90)),
        ("1500ms", timedelta(seconds=1.5)),
        ("2026-10-21T07:28:00Z", timedelta(minutes=28)),
        # Unix time, as `x-ratelimit-reset` often has it.
        ("1792567680", timedelta(minutes=28)),
        ("1792567680000", timedelta(minutes=28)),
        # A header that came twice.
        ("5, 30", timedelta(seconds=30)),
    ],
)
def test_both_forms_are_read(value: str, wait: timedelta) -> None:
    assert parse_retry_after(value, now=NOW) == wait


@pytest.mark.parametrize("value", ["0", "-5", "0.001", "500ms", "Tue, 20 Oct 2026 07:28:00 GMT"])
def test_never_shorter_than_a_second(value: str) -> None:
    assert parse_retry_after(value, now=NOW) == SECOND


@pytest.mark.parametrize("value", ["86401", "9" * 5000, "25h", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_never_longer_than_a_day(value: str) -> None:
    assert parse_retry_after(value, now=NOW) == DAY


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            "",
            "soon",
            "nan",
            "inf",
            "-inf",
            "Infinity",
            "1e9",
            "1e999",
            "1_000",
            "0x10",
            "5 6",
        ),
        *("Wed, 99 Oct 2026 07:28:00 GMT", "Wed, 21 Oct", "\x00", "٣:", "5 apples", ","),
    ],
)
def test_what_cannot_be_read_is_none(value: str | None) -> None:
    assert parse_retry_after(value, now=NOW) is None


@given(st.text() | st.from_regex(r"\w{3}, \d+ \w{3} \d+ \d+:\d+:\d+ [-+\w]*"))
def test_no_value_raises_or_leaves_the_bounds(value: str) -> None:
    wait = parse_retry_after(value, now=NOW)

    assert wait is None or SECOND <= wait <= DAY

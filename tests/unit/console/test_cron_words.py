"""Cron in words: the usual shapes, and for any expression no wrong ones."""

from datetime import UTC, datetime
from itertools import islice

import pytest
from cronsim import CronSim, CronSimError
from hypothesis import example, given
from hypothesis import strategies as st

from console.domain.cron_words import NoCronError, in_words

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("0 2 * * *", "every day at 02:00"),
        ("0 0 * * *", "every day at 00:00"),
        ("0 3 * * 0", "on Sundays at 03:00"),
        ("0 3 * * 7", "on Sundays at 03:00"),
        ("0 3 * * sun", "on Sundays at 03:00"),
        ("30 6 * * 1-5", "on Mondays to Fridays at 06:30"),
        ("30 6 * * 6,0", "on Saturdays and Sundays at 06:30"),
        ("30 6 * * mon,wed,fri", "on Mondays, Wednesdays and Fridays at 06:30"),
        ("0 9,17 * * *", "every day at 09:00 and 17:00"),
        ("0,30 9 * * *", "every day at 09:00 and 09:30"),
        ("* * * * *", "every minute"),
        ("*/15 * * * *", "every 15 minutes"),
        ("5/15 * * * *", "every 15 minutes from 00:05"),
        ("*/15 9-17 * * *", "every 15 minutes from 09:00 to 17:45"),
        ("*/20 8-10,14 * * *", "every 20 minutes from 08:00 to 10:40 and from 14:00 to 14:40"),
        ("* 9 * * *", "every minute from 09:00 to 09:59"),
        ("0 * * * *", "every hour"),
        ("7 * * * *", "every hour at 7 minutes past"),
        ("0 */2 * * *", "every 2 hours from 00:00"),
        ("15 1-23/2 * * *", "every 2 hours from 01:15"),
        ("0 */12 * * *", "every day at 00:00 and 12:00"),
        ("10 8-18 * * 1-5", "on Mondays to Fridays every hour from 08:10 to 18:10"),
        # Not evenly: from 56 to the full hour it is four minutes.
        ("*/14 * * * *", "at the minutes 0, 14, 28, 42 and 56 of every hour"),
        ("1,2,9 8-10,20 * * *", "at the minutes 1, 2 and 9 of the hours 8 to 10 and 20"),
        ("0 0 1 * *", "on the 1st of the month at 00:00"),
        ("0 0 1,15 * *", "on the 1st and 15th of the month at 00:00"),
        ("0 0 1-7,22,23 * *", "on the 1st to 7th, 22nd and 23rd of the month at 00:00"),
        ("0 0 L * *", "on the last day of the month at 00:00"),
        ("0 0 LW * *", "on the last day from Monday to Friday of the month at 00:00"),
        ("0 0 * * 5L", "on the last Friday of the month at 00:00"),
        ("0 0 * * MON#2", "on the second Monday of the month at 00:00"),
        # Either, where neither field begins with a star; both, where one does.
        ("0 0 13 * 5", "on the 13th of the month, and also on Fridays, at 00:00"),
        ("0 0 */10 * 1", "on Mondays that are the 1st, 11th, 21st or 31st of the month at 00:00"),
        ("0 0 1-31 * 1", "every day at 00:00"),
        ("0 0 * * 0-7", "every day at 00:00"),
        ("0 2 * 1 *", "every day at 02:00, only in January"),
        ("*/10 * * jun-aug,12 *", "every 10 minutes, only in June to August and December"),
        ("0 0 29 2 *", "on the 29th of the month at 00:00, only in February"),
    ],
)  # fmt: skip
def test_the_usual_ones(cron: str, words: str) -> None:
    assert in_words(cron) == words


@pytest.mark.parametrize(
    "cron",
    [
        *("", "0 2 * *", "0 2 * * * *"),
        *("60 * * * *", "a * * * *", "5-1 * * * *", "*/0 * * * *", "1, * * * *", "-1 * * * *"),
        *("0 0 0 * *", "0 0 L/0 * *", "0 0 * 13 *"),
        *("0 0 * * 8", "0 0 * * 1#6", "0 0 * * L", "0 0 * * MONL", "0 0 * * \u00b2L"),
    ],
)
def test_what_is_no_cron_has_no_words(cron: str) -> None:
    with pytest.raises(NoCronError):
        in_words(cron)


def _field(low: int, high: int, *extra: str) -> st.SearchStrategy[str]:
    number = st.integers(low, high).map(str)
    span = st.tuples(st.integers(low, high), st.integers(low, high)).map(
        lambda two: f"{min(two)}-{max(two)}"
    )
    step = st.tuples(st.just("*") | number | span, st.integers(1, high + 1)).map(
        lambda two: f"{two[0]}/{two[1]}"
    )
    term = st.one_of(number, span, step, st.sampled_from(["*", *extra]))
    return st.just("*") | st.lists(term, min_size=1, max_size=3).map(",".join)


DATES = _field(1, 31, "L", "LW", "L/2")
WEEKDAYS = _field(0, 7, "5L", "0L", "7L", "1#1", "SUN#5", "7#2", "MON-FRI")
MONTHS = _field(1, 12, "JAN", "feb-may")
CRONS = st.tuples(_field(0, 59), _field(0, 23), DATES, MONTHS, WEEKDAYS).map(" ".join)


def the_sets(cron: str) -> object:
    """What cronsim makes of it; None: it refuses it."""
    try:
        parsed = CronSim(cron, START)
    except CronSimError:
        return None
    days = [parsed.match_day(START.replace(year=year, month=month, day=day))
            for year in (2026, 2027, 2028) for month in (1, 2, 4) for day in range(1, 29)]  # fmt: skip
    return parsed.minutes, parsed.hours, parsed.months, days


@given(CRONS, CRONS)
def test_other_times_have_other_words(one: str, other: str) -> None:
    if the_sets(one) is None or the_sets(other) is None:
        return
    if in_words(one) == in_words(other):
        assert the_sets(one) == the_sets(other)


SMALL = st.tuples(
    st.sampled_from(["*", "0", "30", "*/30", "0,30", "*/20", "5/15"]),
    st.sampled_from(["*", "0", "*/12", "0,12", "0-11", "1-23/2", "9-17"]),
    st.sampled_from(["*", "1", "*/2", "1-31", "L", "LW", "1,L", "13"]),
    st.sampled_from(["*", "1", "1-12", "2,3", "2-4"]),
    st.sampled_from(["*", "0", "7", "1-5", "*/2", "5L", "1#1", "0-6", "5"]),
).map(" ".join)


@given(SMALL, SMALL)
def test_other_times_have_other_words_among_few(one: str, other: str) -> None:
    """Of few choices, words that are the same are found."""
    if in_words(one) == in_words(other):
        assert the_sets(one) == the_sets(other)
        assert list(islice(CronSim(one, START), 5)) == list(islice(CronSim(other, START), 5))


@given(CRONS)
@example("0 0 31 2 *")
def test_whatever_the_scheduler_takes_has_words(cron: str) -> None:
    if the_sets(cron) is not None:
        assert in_words(cron)


@given(st.text(alphabet="0123456789*/-,#LWMONFRI ", max_size=25))
def test_any_text_has_words_or_is_refused(text: str) -> None:
    try:
        in_words(text)
    except NoCronError:
        if len(text.split()) == 5:
            assert the_sets(text) is None

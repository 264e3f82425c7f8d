"""When people may be told, around everything that clocks and calendars do."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from delivery.domain.moments import allowed_at, breaks_through, day_of, due_at, instant
from delivery.domain.preferences import PreferenceError, Preferences, QuietHours, Rhythm
from delivery.domain.score import Score

NIGHT = QuietHours(start=time(22), end=time(7))


def rhythms(rhythm: Rhythm) -> dict[Score, Rhythm]:
    return dict.fromkeys(Score, rhythm)


def local(text: str, zone: str, *, fold: int = 0) -> datetime:
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return at.astimezone(UTC)


@pytest.mark.parametrize(
    ("rhythm", "now", "zone", "due"),
    [
        (Rhythm.AT_ONCE, "2026-03-28 12:00", "Europe/Berlin", "2026-03-28 12:00"),
        (Rhythm.HOURLY, "2026-03-28 12:00", "Europe/Berlin", "2026-03-28 13:00"),
        (Rhythm.HOURLY, "2026-03-28 12:59:59", "Europe/Berlin", "2026-03-28 13:00"),
        # By UTC's hours, whatever the zone's quarter is.
        (Rhythm.HOURLY, "2026-03-28 12:00", "Asia/Kathmandu", "2026-03-28 12:45"),
        (Rhythm.DAILY, "2026-03-28 07:59", "Europe/Berlin", "2026-03-28 08:00"),
        (Rhythm.DAILY, "2026-03-28 08:00", "Europe/Berlin", "2026-03-29 08:00"),
        (Rhythm.DAILY, "2026-10-24 20:00", "Europe/Berlin", "2026-10-25 08:00"),
        (Rhythm.WEEKLY, "2026-03-28 12:00", "America/New_York", "2026-03-30 08:00"),
        (Rhythm.WEEKLY, "2026-03-30 08:00", "America/New_York", "2026-04-06 08:00"),
        # A day that was not there has no morning.
        (Rhythm.DAILY, "2011-12-29 09:00", "Pacific/Apia", "2011-12-31 08:00"),
    ],
)
def test_window_ends_by_its_rhythm(rhythm: Rhythm, now: str, zone: str, due: str) -> None:
    wanted = Preferences(rhythm=rhythms(rhythm), zone=zone)

    assert due_at(wanted, Score.WARM, local(now, zone)) == local(due, zone)


@pytest.mark.parametrize(
    ("start", "end", "zone", "moment", "allowed"),
    [
        # Over midnight, and its edges.
        ("22:00", "07:00", "Europe/Berlin", "2026-01-22 21:59:59", "2026-01-22 21:59:59"),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-22 22:00", "2026-01-23 07:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-23 00:00", "2026-01-23 07:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-23 06:59:59", "2026-01-23 07:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-01-23 07:00", "2026-01-23 07:00"),
        # Within a day, from and to midnight.
        ("12:00", "13:30", "Asia/Kathmandu", "2026-01-22 12:30", "2026-01-22 13:30"),
        ("00:00", "06:00", "Asia/Kathmandu", "2026-01-22 00:00", "2026-01-22 06:00"),
        ("18:00", "00:00", "Asia/Kathmandu", "2026-01-22 23:59", "2026-01-23 00:00"),
        # The night that is an hour short, the one that is an hour long, and half an hour at Lord Howe.
        ("22:00", "07:00", "Europe/Berlin", "2026-03-29 01:30", "2026-03-29 07:00"),
        ("22:00", "07:00", "Europe/Berlin", "2026-10-25 01:30", "2026-10-25 07:00"),
        ("22:00", "07:00", "Australia/Lord_Howe", "2026-10-03 23:00", "2026-10-04 07:00"),
        # Clocks skip the end, and the start: it is then when they do so.
        ("22:00", "02:30", "Europe/Berlin", "2026-03-29 01:30", "2026-03-29 03:00"),
        ("02:30", "05:00", "Europe/Berlin", "2026-03-29 03:00", "2026-03-29 05:00"),
        ("02:10", "02:40", "Europe/Berlin", "2026-03-29 03:00", "2026-03-29 03:00"),
        ("22:00", "00:30", "America/Sao_Paulo", "2018-11-03 23:30", "2018-11-04 01:00"),
        # The day that Samoa left out: its night goes on in the first hours of the next.
        ("22:00", "07:00", "Pacific/Apia", "2011-12-29 23:00", "2011-12-31 07:00"),
    ],
)
def test_quiet_hours_are_waited_out(
    start: str, end: str, zone: str, moment: str, allowed: str
) -> None:
    quiet = QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))
    wanted = Preferences(quiet_hours=quiet, zone=zone)

    found = allowed_at(wanted, local(moment, zone))

    assert found == local(allowed, zone)


@pytest.mark.parametrize("fold", [0, 1])
def test_hour_that_comes_twice_is_quiet_both_times(fold: int) -> None:
    quiet = QuietHours(start=time(22), end=time(2, 30))
    wanted = Preferences(quiet_hours=quiet, zone="Europe/Berlin")

    found = allowed_at(wanted, local("2026-10-25 02:29", "Europe/Berlin", fold=fold))

    assert found == local("2026-10-25 02:30", "Europe/Berlin", fold=1)


@pytest.mark.parametrize(
    ("zone", "skipped", "shown"),
    [
        ("Europe/Berlin", "2026-03-29 02:00", "2026-03-29 03:00"),
        ("Europe/Berlin", "2026-03-29 02:59:59", "2026-03-29 03:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-04 02:30"),
        ("America/Sao_Paulo", "2018-11-04 00:00", "2018-11-04 01:00"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-31 00:00"),
    ],
)
def test_skipped_time_is_when_clocks_skip_it(zone: str, skipped: str, shown: str) -> None:
    at = datetime.fromisoformat(skipped)

    for last in (False, True):
        assert instant(ZoneInfo(zone), at.date(), at.time(), last=last) == local(shown, zone)


@pytest.mark.parametrize(
    ("zone", "now", "tomorrow"),
    [
        ("Europe/Berlin", "2026-03-28 23:59", "2026-03-29 00:00"),
        ("America/Sao_Paulo", "2018-11-03 12:00", "2018-11-04 01:00"),
        ("Pacific/Apia", "2011-12-29 12:00", "2011-12-31 00:00"),
    ],
)
def test_spent_day_waits_for_the_next(zone: str, now: str, tomorrow: str) -> None:
    wanted = Preferences(daily_cap=3, zone=zone)
    moment = local(now, zone)

    assert due_at(wanted, Score.HOT, moment, sent_today=2) == moment
    assert due_at(wanted, Score.HOT, moment, sent_today=3) == local(tomorrow, zone)
    assert day_of(wanted, moment) == datetime.fromisoformat(now).date()


def test_spent_day_and_quiet_hours_are_both_waited_for() -> None:
    wanted = Preferences(daily_cap=1, quiet_hours=NIGHT, zone="Europe/Berlin")
    noon = local("2026-01-22 12:00", "Europe/Berlin")

    assert allowed_at(wanted, noon, sent_today=1) == local("2026-01-23 07:00", "Europe/Berlin")


def test_hot_ones_break_through_by_choice_where_they_are_told_at_once() -> None:
    midnight = local("2026-01-22 00:00", "Europe/Berlin")
    wanted = Preferences(
        quiet_hours=NIGHT, zone="Europe/Berlin", daily_cap=1, hot_breaks_through=True
    )
    daily = Preferences(rhythm=rhythms(Rhythm.DAILY), zone="Europe/Berlin", hot_breaks_through=True)

    assert due_at(wanted, Score.HOT, midnight, sent_today=9) == midnight
    assert due_at(wanted, Score.WARM, midnight) > midnight
    assert due_at(daily, Score.HOT, midnight) > midnight
    assert not breaks_through(daily, Score.HOT)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("zone", {"zone": "Europe/Atlantis"}),
        ("zone", {"zone": "../../etc/passwd"}),
        ("zone", {"zone": ""}),
        ("zone", {"quiet_hours": NIGHT}),
        ("zone", {"daily_cap": 3}),
        ("zone", {"rhythm": rhythms(Rhythm.DAILY)}),
        ("zone", {"rhythm": rhythms(Rhythm.AT_ONCE) | {Score.COLD: Rhythm.WEEKLY}}),
        ("daily_cap", {"daily_cap": 0, "zone": "UTC"}),
        ("daily_cap", {"daily_cap": -1, "zone": "UTC"}),
        ("rhythm", {"rhythm": {Score.HOT: Rhythm.AT_ONCE}}),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(field: str, values: dict[str, object]) -> None:
    with pytest.raises(PreferenceError) as refused:
        Preferences(**values)  # type: ignore[arg-type]  # any of the fields

    assert refused.value.field == field


def test_equal_hours_are_refused() -> None:
    with pytest.raises(PreferenceError, match="equal"):
        QuietHours(start=time(7), end=time(7))


def test_nothing_chosen_is_everything_at_once() -> None:
    now = datetime(2026, 1, 22, 2, 20, tzinfo=UTC)

    assert {due_at(Preferences(), score, now) for score in Score} == {now}


def test_hours_that_leave_one_minute_are_waited_out() -> None:
    quiet = QuietHours(start=time(2, 30), end=time(2, 29))
    wanted = Preferences(quiet_hours=quiet, zone="Europe/Berlin")
    moment = local("2026-03-28 02:30", "Europe/Berlin")

    # Clocks skip the one minute of the 29th.
    assert allowed_at(wanted, moment) - moment > timedelta(days=1, hours=22)

"""When a recipient may be told: by their rhythm, their quiet hours and their cap, on their own clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from delivery.domain.preferences import Preferences, QuietHours, Rhythm
from delivery.domain.score import Score

# When people come to work; a week's digest comes on the first day of it.
MORNING = time(8)
MONDAY = 0
DAY = timedelta(days=1)


def due_at(
    preferences: Preferences, score: Score, now: datetime, *, sent_today: int = 0
) -> datetime:
    """When a lead may be told of that is known `now`: at once, or at the end of the window that it waits for.

    `sent_today` counts the e-mails of the recipient's day.
    """
    if breaks_through(preferences, score):
        return now
    end = _window_end(preferences, preferences.rhythm[score], now)
    return allowed_at(preferences, end, sent_today=sent_today)


def allowed_at(preferences: Preferences, moment: datetime, *, sent_today: int = 0) -> datetime:
    """The first moment, from this one on, that is neither in quiet hours nor on a day that has had its e-mails."""
    zone = preferences.clock
    if zone is None:
        return moment
    if preferences.daily_cap is not None and sent_today >= preferences.daily_cap:
        moment = instant(zone, moment.astimezone(zone).date() + DAY, time())
    if preferences.quiet_hours is None:
        return moment
    while (end := quiet_until(preferences.quiet_hours, zone, moment)) is not None:
        moment = end
    return moment


def breaks_through(preferences: Preferences, score: Score) -> bool:
    """Whether it is told at once whatever the hour, and beside the cap."""
    at_once = preferences.rhythm[score] is Rhythm.AT_ONCE
    return at_once and score is Score.HOT and preferences.hot_breaks_through


def day_of(preferences: Preferences, now: datetime) -> date | None:
    """The recipient's date, where they have a cap."""
    if preferences.daily_cap is None or preferences.clock is None:
        return None
    return now.astimezone(preferences.clock).date()


def quiet_until(quiet: QuietHours, zone: ZoneInfo, moment: datetime) -> datetime | None:
    """The end of the quiet hours that the moment is in, if it is in any.

    Where the clock is put back they last from the first time it shows the start to the last time it shows the end.
    """
    today = moment.astimezone(zone).date()
    overnight = DAY if quiet.end < quiet.start else timedelta(0)
    for first in (today - DAY, today):
        end = instant(zone, first + overnight, quiet.end, last=True)
        if instant(zone, first, quiet.start) <= moment < end:
            return end
    return None


def instant(zone: ZoneInfo, day: date, at: time, *, last: bool = False) -> datetime:
    """When clocks in the zone show this for the first time, or the last; where they skip it, when they do so."""
    early, late = (datetime.combine(day, at.replace(fold=fold), zone) for fold in (0, 1))
    found = (late if last else early).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == early.replace(tzinfo=None, fold=0):
        return found
    # Skipped: read with the offset of before it is after the change, and the other way round.
    return _change(zone, after=late.astimezone(UTC), until=early.astimezone(UTC))


def _change(zone: ZoneInfo, *, after: datetime, until: datetime) -> datetime:
    """The second at which the offset changes; offsets do so at whole ones."""
    new = until.astimezone(zone).utcoffset()
    low, high = int(after.timestamp()), int(until.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == new:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)


def _window_end(preferences: Preferences, rhythm: Rhythm, now: datetime) -> datetime:
    match rhythm:
        case Rhythm.AT_ONCE:
            return now
        case Rhythm.HOURLY:
            # Of UTC, which knows no change: nobody minds whether it is a quarter to by their clock.
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case Rhythm.DAILY | Rhythm.WEEKLY:
            zone = preferences.clock
            assert zone is not None  # noqa: S101 - preferences with such a rhythm have a zone
            return _next_morning(zone, now, weekly=rhythm is Rhythm.WEEKLY)


def _next_morning(zone: ZoneInfo, now: datetime, *, weekly: bool) -> datetime:
    day = now.astimezone(zone).date()
    while True:
        morning = instant(zone, day, MORNING)
        # A zone that changes sides of the date line leaves a day out.
        is_there = morning.astimezone(zone).date() == day
        if morning > now and is_there and (not weekly or day.weekday() == MONDAY):
            return morning
        day += DAY

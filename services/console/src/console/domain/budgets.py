"""How far a day's budget goes at the present pace, in words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from console.domain.words import lasted, number


@dataclass(frozen=True, slots=True)
class Outlook:
    words: str
    # When nothing is left; None: not before the day ends, or nobody can tell.
    ends_at: datetime | None = None
    is_spent: bool = False


def outlook(
    *, limit: int | None, used: int, recent: int, pace: timedelta, day: date, now: datetime
) -> Outlook:
    """`recent` calls within `pace` up to now; the day is UTC's, and begins anew at midnight."""
    if limit is None:
        return Outlook("no limit")
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    left = max(0, limit - used)
    if not left:
        wait = lasted(float(round((midnight - now).total_seconds())))
        return Outlook(f"spent: the rest waits until 00:00 UTC, in {wait}", now, is_spent=True)
    if not recent:
        return Outlook(f"{number(left)} left; no call counted against it in the last hour")
    ends_at = now + pace * (left / recent)
    rate = f"{number(recent)} in the last hour"
    if ends_at >= midnight:
        return Outlook(f"lasts until 00:00 UTC at the present pace ({rate})")
    return Outlook(f"runs out at about {ends_at:%H:%M} UTC at the present pace ({rate})", ends_at)

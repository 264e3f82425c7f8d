from datetime import UTC, date, datetime, time, timedelta


def day_of(moment: datetime) -> date:
    """The day, in UTC, that credits and budgets count a moment to."""
    return moment.astimezone(UTC).date()


def start_of_next_day(now: datetime) -> datetime:
    return datetime.combine(day_of(now) + timedelta(days=1), time(), UTC)

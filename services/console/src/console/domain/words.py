"""Numbers, moments and durations in words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

_STEPS = ((60, "s"), (60, "min"), (24, "h"))


def number(value: float | Decimal | None) -> str:
    """Grouped by thin no-break spaces, as 12 345; – where there is none."""
    if value is None:
        return "–"
    return plain_number(f"{value:,}")


def plain_number(grouped: str) -> str:
    """As everywhere here, of one with commas."""
    return grouped.replace(",", "\u202f")


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 job`, `2 jobs`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def lasted(duration: timedelta | float | None) -> str:
    """A duration in its two largest units at most; milliseconds below a second."""
    if duration is None:
        return "–"
    seconds = duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    left = round(seconds)
    parts: list[str] = []
    for size, unit in _STEPS:
        left, rest = divmod(left, size)
        parts.append(f"{rest} {unit}")
        if not left:
            break
    else:
        parts.append(f"{number(left)} d")
    largest = [part for part in reversed(parts) if not part.startswith("0 ")][:2]
    return " ".join(largest)


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, or in how long, roughly."""
    if moment is None:
        return "–"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    rough = lasted(float(round(abs(seconds)))).split(" ")
    text = " ".join(rough[:2]).replace(".0", "")
    return f"{text} ago" if seconds > 0 else f"in {text}"

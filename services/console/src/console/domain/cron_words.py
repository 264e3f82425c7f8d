"""A cron expression in words, as the scheduler reads it: five fields, as Debian's cron and cronsim do.

The words say exactly when: two expressions with other times have other words. What has no usual shape is named field by
field.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth")
# Times of a day that are written one by one.
_MOST_TIMES: Final = 6
# The last day of a month, and the last of its days from Monday to Friday.
_LAST: Final = -1
_LAST_WEEKDAY: Final = -2


class NoCronError(ValueError):
    """Not five fields that a cron knows."""


@dataclass(frozen=True, slots=True)
class _Field:
    low: int
    high: int
    names: tuple[str, ...] = ()
    # What the first name stands for.
    begin: int = 0

    def number(self, text: str) -> int:
        if text in self.names:
            return self.names.index(text) + self.begin
        if not (text.isascii() and text.isdigit()) or not self.low <= int(text) <= self.high:
            raise NoCronError(text)
        return int(text)


_MINUTE: Final = _Field(0, 59)
_HOUR: Final = _Field(0, 23)
_DATE: Final = _Field(1, 31)
_MONTH: Final = _Field(1, 12, tuple(name[:3].upper() for name in _MONTHS), 1)
_DAY: Final = _Field(0, 7, tuple(name[:3].upper() for name in _DAYS))


@dataclass(frozen=True, slots=True)
class _Cron:
    minutes: set[int]
    hours: set[int]
    # Days of the month; _LAST and _LAST_WEEKDAY among them.
    dates: set[int]
    months: set[int]
    # Of the week, Monday is 1 and Sunday 7; and the how manieth of which: (5, -1) is the last Friday.
    days: set[int]
    nth_days: set[tuple[int, int]]
    # Both must hold, where one of the two fields begins with a star; else either.
    both: bool


def in_words(expression: str) -> str:
    """`every day at 02:00`. Raises NoCronError."""
    cron = _read(expression)
    days, times = _which_days(cron), _times(cron.minutes, cron.hours)
    if not days and times.startswith("at") and ":" in times:
        days = "every day"
    words = " ".join(part for part in (days, times) if part)
    if len(cron.months) == 12:
        return words
    months = [_span(first, last, _MONTHS, 1) for first, last in _spans(cron.months)]
    return f"{words}, only in {_listed(_flat(months))}"


# Reading


def _read(expression: str) -> _Cron:
    fields = expression.upper().split()
    if len(fields) != 5:
        raise NoCronError(expression)
    minute, hour, date, month, day = fields
    days, nth_days = _read_days(day)
    return _Cron(
        minutes=_values(_MINUTE, minute),
        hours=_values(_HOUR, hour),
        dates=_values(_DATE, date),
        months=_values(_MONTH, month),
        days=days,
        nth_days=nth_days,
        both=date.startswith("*") or day.startswith("*"),
    )


def _read_days(text: str) -> tuple[set[int], set[tuple[int, int]]]:
    days: set[int] = set()
    nth_days: set[tuple[int, int]] = set()
    for term in text.split(","):
        name, hash_, nth = term.partition("#")
        if term.endswith("L") and term[:-1].isdigit():
            nth_days.add((_DAY.number(term[:-1]) or 7, -1))
        elif hash_:
            if nth not in {"1", "2", "3", "4", "5"}:
                raise NoCronError(term)
            nth_days.add((_DAY.number(name) or 7, int(nth)))
        else:
            days |= {day or 7 for day in _term(_DAY, term)}
    return days, nth_days


def _values(field: _Field, text: str) -> set[int]:
    return set().union(*(_term(field, term) for term in text.split(",")))


def _term(field: _Field, text: str) -> set[int]:
    base, slash, step_text = text.partition("/")
    if field is _DATE and base in {"L", "LW"}:
        values = [_LAST if base == "L" else _LAST_WEEKDAY]
    elif base == "*":
        values = list(range(field.low, field.high + 1))
    elif "-" in base:
        first, _, last = base.partition("-")
        values = list(range(field.number(first), field.number(last) + 1))
    else:
        values = [field.number(base)]
    if not slash:
        if not values:
            raise NoCronError(text)
        return set(values)
    if not (step_text.isascii() and step_text.isdigit()) or not int(step_text) or not values:
        raise NoCronError(text)
    # Of one value: from there to the end.
    if len(values) == 1 and values[0] >= 0:
        values = list(range(values[0], field.high + 1))
    return set(values[:: int(step_text)])


# Times


def _times(minutes: set[int], hours: set[int]) -> str:
    every_hour = len(hours) == 24
    step = _step(minutes, 60)
    if len(minutes) * len(hours) <= _MOST_TIMES:
        clock = [_clock(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]
        return f"at {_listed(clock)}"
    if step:
        return _every(f"every {step} minutes" if step > 1 else "every minute", minutes, hours)
    if len(minutes) == 1:
        [minute] = minutes
        if every_hour:
            return "every hour" if minute == 0 else f"every hour at {minute} minutes past"
        step = _step(hours, 24)
        if step:
            return f"every {step} hours from {_clock(min(hours), minute)}"
        return _every("every hour", minutes, hours)
    named = "every hour" if every_hour else f"the hours {_listed(_numbers(hours))}"
    return f"at the minutes {_listed(_numbers(minutes))} of {named}"


def _step(values: set[int], size: int) -> int | None:
    """The step of values that come round evenly, as 5, 20, 35, 50 of 60 do."""
    if len(values) < 2 or size % len(values):
        return None
    step = size // len(values)
    first = min(values)
    return step if values == set(range(first, size, step)) else None


def _every(words: str, minutes: set[int], hours: set[int]) -> str:
    first, last = min(minutes), max(minutes)
    if len(hours) == 24:
        return words if first == 0 else f"{words} from {_clock(0, first)}"
    spans = [f"from {_clock(a, first)} to {_clock(b, last)}" for a, b in _spans(hours)]
    return f"{words} {_listed(spans)}"


def _clock(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def _numbers(values: set[int]) -> list[str]:
    return _flat(_span(first, last) for first, last in _spans(values))


# Days


def _which_days(cron: _Cron) -> str:
    """Which days; empty: every one."""
    every_date = set(range(1, 32)) <= cron.dates
    every_day = len(cron.days) == 7
    if (every_date and every_day) or (not cron.both and (every_date or every_day)):
        return ""
    if every_date:
        return f"on {_weekdays(cron, 'and')}"
    if every_day:
        return f"on {_dates(cron, 'and')}"
    if cron.both:
        return f"on {_weekdays(cron, 'and')} that are {_dates(cron, 'or')}"
    return f"on {_dates(cron, 'and')}, and also on {_weekdays(cron, 'and')},"


def _dates(cron: _Cron, word: str) -> str:
    names = _flat(
        _span(first, last, _ORDINAL_DATES, 1)
        for first, last in _spans(day for day in cron.dates if day > 0)
    )
    if _LAST in cron.dates:
        names.append("last day")
    if _LAST_WEEKDAY in cron.dates:
        names.append("last day from Monday to Friday")
    return f"the {_listed(names, word)} of the month"


def _weekdays(cron: _Cron, word: str) -> str:
    plural = [f"{_DAYS[day % 7]}s" for day in range(8)]
    names = _flat(_span(first, last, plural, 0) for first, last in _spans(cron.days))
    names += [
        f"the {'last' if nth < 0 else _ORDINALS[nth - 1]} {_DAYS[day % 7]} of the month"
        for day, nth in sorted(cron.nth_days)
    ]
    return _listed(names, word)


def _ordinal(number: int) -> str:
    ending = "th" if number in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_ORDINAL_DATES: Final = [_ordinal(number) for number in range(1, 32)]


# Lists


def _spans(values: Iterable[int]) -> list[tuple[int, int]]:
    """Runs of values that follow each other."""
    spans: list[tuple[int, int]] = []
    for value in sorted(values):
        if spans and spans[-1][1] == value - 1:
            spans[-1] = (spans[-1][0], value)
        else:
            spans.append((value, value))
    return spans


def _span(first: int, last: int, names: Sequence[str] | None = None, begin: int = 0) -> list[str]:
    """Three and more as a range, fewer one by one."""

    def name(value: int) -> str:
        return str(value) if names is None else names[value - begin]

    if last - first > 1:
        return [f"{name(first)} to {name(last)}"]
    return [name(value) for value in range(first, last + 1)]


def _flat(lists: Iterable[list[str]]) -> list[str]:
    return [each for names in lists for each in names]


def _listed(names: Collection[str], word: str = "and") -> str:
    *most, last = names
    return f"{', '.join(most)} {word} {last}" if most else last

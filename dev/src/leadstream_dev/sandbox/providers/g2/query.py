"""What a call asks G2 for: dimensions, measures, filters, an order and a page."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadstream_dev.sandbox.exchange import JsonObject

DIMENSIONS = (
    "company_name",
    "company_domain",
    "company_country",
    "company_state",
    "company_employees",
    "company_industry",
    "signal_type",
    "day",
    "company_intent_score",
)
MEASURES = ("total_activity", "visitor_count", "last_seen_at", "company_count")
MOST_ROWS = 250
ROWS = 25
_FILTER = re.compile(r"dimension_filters\[(?P<name>[a-z_]+)\]")
_NUMBERS = frozenset({"company_employees", "company_intent_score"})
Compare = Callable[[Any, Any], bool]
# The longer names first: `_not_eq` ends in `_eq`, too.
_COMPARISONS: Mapping[str, Compare] = {
    "_not_eq": lambda told, wanted: bool(told != wanted),
    "_not_cont": lambda told, wanted: str(wanted).lower() not in str(told).lower(),
    "_present": lambda told, wanted: told not in (None, ""),
    "_empty": lambda told, wanted: told in (None, ""),
    "_cont": lambda told, wanted: str(wanted).lower() in str(told).lower(),
    "_gteq": lambda told, wanted: told is not None and bool(told >= wanted),
    "_lteq": lambda told, wanted: told is not None and bool(told <= wanted),
    "_gt": lambda told, wanted: told is not None and bool(told > wanted),
    "_lt": lambda told, wanted: told is not None and bool(told < wanted),
    "_eq": lambda told, wanted: bool(told == wanted),
}


class WrongQueryError(ValueError):
    """What the title of the 400 says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    filters: tuple[tuple[str, Compare, Any], ...]
    sort: str
    size: int
    after: int

    @classmethod
    def read(cls, arguments: Sequence[tuple[str, str]]) -> "Query":
        """Raise WrongQueryError for what G2 would refuse, and for what nobody documents."""
        given = dict(arguments)
        filters = []
        known = {"dimensions", "measures", "sort", "page[size]", "page[after]"}
        for name, value in arguments:
            if found := _FILTER.fullmatch(name):
                filters.append(_filter(found["name"], value))
            elif name not in known:
                raise WrongQueryError(f"{name} is not allowed")
        return cls(
            dimensions=_names(given.get("dimensions", "company_name"), DIMENSIONS),
            measures=_names(given.get("measures", "total_activity"), MEASURES),
            filters=tuple(filters),
            sort=_sort(given.get("sort", "-company_intent_score")),
            size=_size(given.get("page[size]", str(ROWS))),
            after=read_cursor(given["page[after]"]) if "page[after]" in given else 0,
        )

    def run(self, rows: Sequence[JsonObject]) -> list[JsonObject]:
        """The rows that the filters leave, added up by the dimensions, in order."""
        groups: dict[tuple[Any, ...], list[JsonObject]] = {}
        for row in rows:
            if all(compare(row.get(name), wanted) for name, compare, wanted in self.filters):
                groups.setdefault(tuple(row.get(name) for name in self.dimensions), []).append(row)
        field = self.sort.removeprefix("-")
        ordered = sorted(
            groups.values(),
            key=lambda group: _sortable(_value(group, field)),
            reverse=self.sort.startswith("-"),
        )
        return [
            {name: _value(group, name) for name in (*self.dimensions, *self.measures)}
            for group in ordered
        ]


def cursor(offset: int) -> str:
    return base64.urlsafe_b64encode(f"row:{offset}".encode()).decode()


def read_cursor(text: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(text).removeprefix(b"row:"))
    except (binascii.Error, ValueError):
        raise WrongQueryError("page[after] is no cursor of ours") from None


def _names(text: str, known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in known:
            raise WrongQueryError(f"{name!r} is not one of {', '.join(known)}")
    return names


def _filter(name: str, value: str) -> tuple[str, Compare, Any]:
    for suffix, compare in _COMPARISONS.items():
        dimension = name.removesuffix(suffix)
        if dimension != name and dimension in DIMENSIONS:
            return dimension, compare, _wanted(dimension, value)
    raise WrongQueryError(f"dimension_filters[{name}] is not allowed")


def _wanted(dimension: str, value: str) -> Any:
    if dimension not in _NUMBERS:
        return value
    try:
        return float(value)
    except ValueError:
        raise WrongQueryError(f"{dimension} is a number, {value!r} is none") from None


def _sort(name: str) -> str:
    if name.removeprefix("-") not in (*DIMENSIONS, *MEASURES):
        raise WrongQueryError(f"sort by {name!r} is not allowed")
    return name


def _size(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ROWS:
        raise WrongQueryError(f"page[size] must be from 1 to {MOST_ROWS}")
    return int(text)


def _value(group: Sequence[JsonObject], name: str) -> Any:
    if name == "company_count":
        return len({row.get("company_domain") for row in group})
    told = [row.get(name) for row in group]
    if name in ("total_activity", "visitor_count"):
        return sum(each for each in told if isinstance(each, int))
    if name in ("last_seen_at", "company_intent_score"):
        return max(told, key=_sortable)
    return told[0]


def _sortable(value: Any) -> tuple[int, float, str]:
    """Whatever a test has put there: nothing before numbers before texts."""
    if isinstance(value, int | float):
        return 1, float(value), ""
    return (0, 0.0, "") if value is None else (2, 0.0, str(value))

"""What may be asked of an admin API: which service, which route, and the shape of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

T_co = TypeVar("T_co", covariant=True)

# The header in which a call says why it is made: UTF-8.
REASON = "X-Reason"

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call(Generic[T_co]):
    """One request. `answer` is what its JSON is validated as: a type of `answers`, or Any."""

    service: str
    method: Method
    # Under /api/admin/.
    path: str
    answer: Any
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    # Why, for the audit: sent as X-Reason.
    reason: str | None = None


def path(*parts: object) -> str:
    """Join parts of a path; what is in one never becomes another."""
    return "/".join(quote(str(part), safe="") for part in parts)


def given(**filters: object) -> dict[str, str]:
    """Query parameters, without those that are None or empty."""
    return {name: _text(value) for name, value in filters.items() if value not in {None, ""}}


def _text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
    return str(value)

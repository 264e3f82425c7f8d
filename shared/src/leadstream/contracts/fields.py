"""The kinds of value an event is made of, with their bounds, and the rules all of its parts share."""

import math
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Self, TypeVar, cast
from uuid import UUID

import orjson
from annotated_types import Ge, Le, MaxLen
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    FailFast,
    JsonValue,
    Strict,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from leadstream.reading import is_blank, pick

MAX_TEXT: Final = 500
MAX_LONG_TEXT: Final = 20_000
MAX_URL: Final = 2_048
MAX_ITEMS: Final = 200
# For the one free-form field, a tick's params.
MAX_DEPTH: Final = 8
MAX_VALUES: Final = 1_000
MAX_INTEGER: Final = 2**31 - 1
# The largest integer every JSON implementation reads exactly; a Postgres bigint holds more.
MAX_AMOUNT: Final = 2**53 - 1
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999
# No ISO 8601 moment is longer; what is longer is not worth parsing.
MAX_TIMESTAMP: Final = 64


class Part(BaseModel):
    """A JSON object inside an event, or the event itself.

    Unknown fields are ignored, and null is the same as left out, so that older and newer
    producers, and people with kcat, are all understood.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _take_null_as_left_out(cls, data: Any) -> Any:
        if isinstance(data, dict) and None in data.values():
            return {name: value for name, value in data.items() if value is not None}
        return data

    def as_json(self) -> bytes:
        """What `model_dump_json` gives, in half the time: a lead is written down at each step it takes."""
        return orjson.dumps(self, default=_written, option=orjson.OPT_UTC_Z)


def _written(value: Any) -> Any:
    """What orjson doesn't know: models, which keep their fields where any object does, and asyncpg's kind of UUID."""
    return str(value) if isinstance(value, UUID) else value.__dict__


def expected(what: str) -> PydanticCustomError:
    """An error that names what was expected, never what came: it may be about a person."""
    return PydanticCustomError("expected", "expected {what}", {"what": what})


def _to_moment(value: Any) -> Any:
    if isinstance(value, str):
        return parse_moment(value)
    return _to_utc(value) if isinstance(value, datetime) else value


def parse_moment(text: str) -> datetime:
    """Read ISO 8601 as an aware UTC time; raise ValueError for anything else."""
    if len(text) > MAX_TIMESTAMP:
        raise expected("an ISO 8601 date and time")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise expected("an ISO 8601 date and time") from None
    return _to_utc(moment)


def _to_utc(moment: datetime) -> datetime:
    # Nearly every time there is comes in UTC; a lead has eight of them.
    if moment.tzinfo is not UTC:
        moment = _converted(moment)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise expected(f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def _converted(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        # Without an offset it is UTC; the reading machine's own time zone must not matter.
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise expected(f"a year from {FIRST_YEAR} to {LAST_YEAR}") from None


def _cut(value: Any) -> Any:
    return value[:MAX_TEXT] if isinstance(value, str) else value


def _seen(value: Any) -> Any:
    return "" if isinstance(value, str) and is_blank(value) else value


def _to_integer(value: Any) -> Any:
    """JSON has one kind of number, so 250.0 is as good as 250."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _round(value: Any) -> Any:
    return round(value) if isinstance(value, float) and math.isfinite(value) else value


def _refuse_many_entries(value: Any) -> Any:
    """Count first: pydantic would validate, and complain about, each of a million entries."""
    if isinstance(value, dict) and len(value) > MAX_ITEMS:
        raise expected(f"at most {MAX_ITEMS} entries")
    return value


def _drop_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: inner for name, inner in value.items() if inner is not None}
    return value


def _refuse_bulk(value: Any) -> Any:
    """Look level by level, so that no nesting reaches Python's own limit."""
    level, seen = [value], 0
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        seen += len(level)
        if seen > MAX_VALUES:
            raise expected(f"at most {MAX_VALUES} values")
        if not level:
            return value
    raise expected(f"at most {MAX_DEPTH} levels")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


class Word(StrEnum):
    """A word that means something to us, however its sender spells it: `High`, ` HOT `, `accept-all`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return pick(cls, value) or cls.otherwise(value)

    @classmethod
    def read(cls, value: object) -> Self:
        """Raises ValueError for a word that is none of these."""
        return cls(cast(str, value))

    @classmethod
    def otherwise(cls, value: object) -> Self | None:
        """What any other word counts as; None: it is refused."""
        return None


T = TypeVar("T")

# Strict(False) here means "read it from JSON": a UUID or an enum from a string, a tuple from a list.
Many = Annotated[tuple[T, ...], Strict(False), FailFast(), MaxLen(MAX_ITEMS)]
Choice = Annotated[T, Strict(False)]
Id = Annotated[UUID, Strict(False)]

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT)]
LongText = Annotated[str, StringConstraints(max_length=MAX_LONG_TEXT)]
Url = Annotated[str, StringConstraints(max_length=MAX_URL)]
# What is written in characters that nobody sees is blank.
CompanyName = Annotated[Text, BeforeValidator(_seen)]
# For error messages: it would be absurd to lose the news of a failure because it says too much.
Note = Annotated[str, BeforeValidator(_cut)]
Timestamp = Annotated[datetime, BeforeValidator(_to_moment)]

Count = Annotated[int, Ge(0), Le(MAX_INTEGER), BeforeValidator(_to_integer)]
Ordinal = Annotated[int, Ge(1), Le(MAX_INTEGER), BeforeValidator(_to_integer)]
Year = Annotated[int, Ge(0), Le(9999), BeforeValidator(_to_integer)]
Money = Annotated[
    int,
    Ge(0),
    Le(MAX_AMOUNT),
    BeforeValidator(_round),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": MAX_AMOUNT}),
]
Amount = Annotated[
    int | float,
    Ge(0),
    Le(MAX_AMOUNT),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": MAX_AMOUNT}),
]

Links = Annotated[
    dict[Text, Url],
    BeforeValidator(_drop_nulls),
    BeforeValidator(_refuse_many_entries),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MAX_ITEMS,
            "propertyNames": {"maxLength": MAX_TEXT},
            "additionalProperties": {"type": ["string", "null"], "maxLength": MAX_URL},
        }
    ),
]
Params = Annotated[
    dict[Text, JsonValue],
    BeforeValidator(_refuse_bulk),
    BeforeValidator(_refuse_many_entries),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": MAX_ITEMS,
            "propertyNames": {"maxLength": MAX_TEXT},
        }
    ),
]

"""Keyset paging: a list answers `{"items": […], "next": cursor|null}`.

Ask the database for `paging.limit + 1` rows after the key; the row too many says that there is a next page.
"""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, get_args
from uuid import UUID

import orjson
from fastapi import Depends, Query
from pydantic import BaseModel

from leadstream.api.errors import InvalidError
from leadstream.plainjson import dump_json

Row = TypeVar("Row")
Item = TypeVar("Item")

LONGEST_CURSOR = 1024


class Page(BaseModel, Generic[Item]):
    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """The query parameters `limit` and `cursor` of a list."""

    limit: int
    cursor: str | None

    def after(self, *types: type | UnionType) -> tuple[Any, ...] | None:
        """The key the page starts after, None for the first page; 422 for a cursor we did not give out."""
        return None if self.cursor is None else decode_cursor(self.cursor, *types)

    def page(
        self,
        rows: Sequence[Row],
        *,
        key: Callable[[Row], tuple[object, ...]],
        render: Callable[[Row], Item],
    ) -> dict[str, list[Item] | str | None]:
        """The answer, from up to `limit + 1` rows."""
        shown = rows[: self.limit]
        more = len(rows) > self.limit
        return {
            "items": [render(row) for row in shown],
            "next": encode_cursor(*key(shown[-1])) if more else None,
        }


def _paging(
    limit: Annotated[int, Query(ge=1, le=500, description="Rows a page.")] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Paging:
    return Paging(limit, cursor)


PagingQuery = Annotated[Paging, Depends(_paging)]


def encode_cursor(*key: object) -> str:
    """Pack a key of str, int, UUID, datetime or None."""
    return base64.urlsafe_b64encode(dump_json(key)).decode().rstrip("=")


def decode_cursor(cursor: str, *types: type | UnionType) -> tuple[Any, ...]:
    """Unpack a key of the given types (`datetime | None` where a column may be null)."""
    try:
        parts = orjson.loads(base64.b64decode(_padded(cursor), altchars=b"-_", validate=True))
        return tuple(_read(part, kind) for part, kind in zip(parts, types, strict=True))
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise InvalidError("the cursor is not one that a list gave out", field="cursor") from None


def _padded(cursor: str) -> bytes:
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError("too long")
    return (cursor + "=" * (-len(cursor) % 4)).encode("ascii")


def _read(part: object, kind: Any) -> object:
    options = get_args(kind) or (kind,)
    if part is None and type(None) in options:
        return None
    wanted = next(option for option in options if option is not type(None))
    reader = _READERS[wanted]
    if type(part) is not reader.written_as:
        raise ValueError("another type")
    return reader.read(part)


@dataclass(frozen=True, slots=True)
class _Reader:
    written_as: type
    read: Callable[[Any], object]


def _read_time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("not aware")
    return moment.astimezone(UTC)


def _read_int(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError("no bigint")
    return value


def _read_text(value: str) -> str:
    if "\0" in value:
        raise ValueError("U+0000")
    return value


_READERS: Mapping[type, _Reader] = {
    str: _Reader(str, _read_text),
    int: _Reader(int, _read_int),
    UUID: _Reader(str, UUID),
    datetime: _Reader(str, _read_time),
}

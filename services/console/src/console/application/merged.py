"""One list out of those of several services, page by page, newest first."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from console.application.ports import Api
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError

PAGE: Final = 50
# Pages of one service that are looked through for rows that were not shown yet, and how long the further ones are.
_MOST_PAGES: Final = 6
_LONGER: Final = 200
_END: Final = ""

# Asks a service for a page: (service, cursor or None, limit).
Ask = Callable[[str, str | None, int], Call[Any]]
# Of a row: what the list is ordered by, and what is unique.
Key = Callable[[Mapping[str, Any]], tuple[datetime, str]]


class BadCursorError(ValueError):
    """A cursor that is not of this list."""


@dataclass(frozen=True, slots=True)
class Merged:
    """`rows` have their `service`. `errors` are of services that gave no answer: their rows are missing."""

    rows: list[dict[str, Any]]
    next: str | None
    errors: list[AdminError]


@dataclass(slots=True)
class _Part:
    """What was fetched of one service: rows not shown yet, and the cursor of the page that they are of."""

    service: str
    cursor: str | None
    rows: list[Mapping[str, Any]]
    more: str | None
    error: AdminError | None = None


async def merged(
    api: Api,
    services: Sequence[str],
    ask: Ask,
    key: Key,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Merged:
    """The page after `cursor`. Raises BadCursorError.

    A service's own pages end elsewhere than the merged one does. So a cursor says which page of each service comes
    next, and what the last row shown was: of that page what is not older has been shown.
    """
    last, cursors = _read(cursor)
    asked = [service for service in services if cursors.get(service) != _END]
    parts = await asyncio.gather(
        *(_fetch(api, service, ask, key, cursors.get(service), last, limit) for service in asked)
    )
    # What comes after the rows of a page is not known yet: it may be newer than the others' older rows.
    floors = [key(part.rows[-1]) for part in parts if part.rows and part.more]
    found = [(key(row), part, row) for part in parts for row in part.rows]
    found = [each for each in found if not floors or each[0] >= max(floors)]
    found.sort(key=lambda each: each[0], reverse=True)
    shown = found[:limit]
    rows = [{**row, "service": part.service} for _, part, row in shown]
    errors = [part.error for part in parts if part.error]
    following = {**cursors, **{part.service: _next_of(part, shown) for part in parts}}
    is_end = not shown or all(following.get(service) == _END for service in services)
    return Merged(rows, None if is_end else _written(shown[-1][0], following), errors)


async def _fetch(  # noqa: PLR0913 - see merged
    api: Api,
    service: str,
    ask: Ask,
    key: Key,
    cursor: str | None,
    last: tuple[datetime, str] | None,
    limit: int,
) -> _Part:
    part = _Part(service, cursor, [], None)
    for asked in range(_MOST_PAGES):
        answer = await api.try_(ask(service, part.cursor, max(limit, _LONGER) if asked else limit))
        if isinstance(answer, AdminError):
            part.error = answer
            return part
        part.rows = [row for row in answer["items"] if last is None or key(row) < last]
        part.more = answer["next"]
        if part.rows or part.more is None:
            return part
        part.cursor = part.more
    part.cursor, part.more = cursor, None
    part.error = AdminError(
        service, "has had too many new rows meanwhile to go on from here: begin at the newest"
    )
    return part


def _next_of(part: _Part, shown: Sequence[tuple[Any, _Part, Any]]) -> str | None:
    """The page of the service that the next merged page begins in; `_END`: there is none."""
    left = len(part.rows) - sum(1 for _, of, _row in shown if of is part)
    if left or part.error:
        return part.cursor
    return part.more or _END


def _written(last: tuple[datetime, str], cursors: Mapping[str, str | None]) -> str:
    content = {"last": [last[0].isoformat(), last[1]], "of": cursors}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


def _read(cursor: str | None) -> tuple[tuple[datetime, str] | None, dict[str, str | None]]:
    if not cursor:
        return None, {}
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor))
        moment, unique = content["last"]
        cursors = {str(name): each and str(each) for name, each in content["of"].items()}
        return (_aware(moment), str(unique)), cursors
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise BadCursorError("the cursor is not one of this list") from None


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without a zone")
    return moment

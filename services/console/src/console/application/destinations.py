"""Where leads go, of all kinds in one table: how it went there in the last day, and what went wrong last."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from console.application.ports import Api
from leadstream.admin import destinations as calls
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError
from leadstream.admin.workspaces import list_workspaces

KINDS: Final = ("recipient", "slack", "webhook", "connection")
STATUSES: Final = ("active", "paused", "disabled", "suppressed")
MOST: Final = 50
_SCORES: Final = {"hot": "hot leads", "warm": "hot and warm leads", "cold": "all leads"}


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the last day. `last_error` may be older."""

    good: int = 0
    failed: int = 0
    pending: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None

    @property
    def share(self) -> int | None:
        """Per cent of what has ended; never 100 while something failed, and never 0 while something arrived."""
        ended = self.good + self.failed
        if not ended:
            return None
        if self.failed and self.good:
            return min(99, max(1, round(100 * self.good / ended)))
        return 100 if self.good else 0


@dataclass(frozen=True, slots=True)
class Destination:
    id: str
    kind: str
    workspace_id: str
    name: str
    # What it is told: from which score on, or by which adapter.
    detail: str
    status: str
    held_by: Sequence[str]
    # None: nobody could say.
    counts: Counts | None

    @property
    def place(self) -> str:
        """Its path under /destinations."""
        kinds = {"recipient": "recipients", "connection": "connections"}
        return f"{kinds.get(self.kind, 'channels')}/{self.id}"


@dataclass(slots=True)
class Destinations:
    rows: list[Destination]
    errors: list[AdminError]
    workspaces: Mapping[str, str]
    # Kinds of which there are more than are shown, and where their next page begins.
    more: dict[str, str] = field(default_factory=dict)
    since: datetime | None = None

    def slug_of(self, row: Destination) -> str:
        return self.workspaces.get(row.workspace_id, row.workspace_id)

    @property
    def groups(self) -> list[tuple[str, list[Destination]]]:
        """By the workspaces' slugs."""
        return [(slug, list(rows)) for slug, rows in groupby(self.rows, self.slug_of)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the filter says."""

    workspace_id: str | None = None
    kind: str | None = None
    status: str | None = None
    cursor: str | None = None


async def find_destinations(api: Api, wanted: Wanted) -> Destinations:
    lists = _lists(wanted)
    found: Sequence[Any] = await asyncio.gather(
        *(api.try_(call) for call in lists.values()),
        api.try_(calls.sum_up_deliveries(wanted.workspace_id)),
        api.try_(calls.sum_up_uploads(wanted.workspace_id)),
        api.try_(list_workspaces(limit=500)),
    )
    *pages, deliveries, uploads, workspaces = found
    view = Destinations([], _once(found), _names(workspaces))
    counts = _counts(deliveries, uploads)
    for kind, page in zip(lists, pages, strict=True):
        if isinstance(page, AdminError):
            continue
        rows = [_MAKERS[kind](row, counts) for row in page["items"]]
        view.rows += [row for row in rows if _fits(wanted, row)]
        if page["next"]:
            view.more[kind] = page["next"]
    view.rows.sort(key=lambda row: (view.slug_of(row), _rank(row)))
    if not isinstance(deliveries, AdminError):
        view.since = deliveries["since"]
    return view


def _lists(wanted: Wanted) -> dict[str, Call[Any]]:
    """A cursor is of one kind's list."""
    workspace, status, cursor = wanted.workspace_id, wanted.status, wanted.cursor
    of_status = status if status in {"active", "paused", "disabled"} else None
    channel = wanted.kind if wanted.kind in {"slack", "webhook"} else None
    lists: dict[str, Call[Any]] = {}
    if wanted.kind in {None, "recipient"} and status != "disabled":
        lists["recipient"] = calls.list_recipients(workspace, limit=MOST, cursor=cursor)
    if (wanted.kind is None or channel) and status != "suppressed":
        lists["channel"] = calls.list_channels(
            workspace, type=channel, status=of_status, limit=MOST, cursor=cursor
        )
    if wanted.kind in {None, "connection"} and status != "suppressed":
        lists["connection"] = calls.list_connections(
            workspace, status=of_status, limit=MOST, cursor=cursor
        )
    return lists


def _fits(wanted: Wanted, row: Destination) -> bool:
    return wanted.status is None or row.status == wanted.status


def _rank(row: Destination) -> tuple[int, str]:
    return KINDS.index(row.kind), row.name.casefold()


_Counts = Mapping[tuple[str, ...], Counts] | None


def _counts(deliveries: Any, uploads: Any) -> dict[str, _Counts]:
    """By destination, or by workspace and platform; None where the service could not say."""
    told: dict[str, _Counts] = {"delivery": None, "platform-upload": None}
    if not isinstance(deliveries, AdminError):
        told["delivery"] = {
            (row["destination_id"],): _count(row, "delivered") for row in deliveries["destinations"]
        }
    if not isinstance(uploads, AdminError):
        told["platform-upload"] = {
            (row["workspace_id"], row["platform"]): _count(row, "uploaded")
            for row in uploads["platforms"]
        }
    return told


def _count(row: Mapping[str, Any], good: str) -> Counts:
    return Counts(row[good], row["failed"], row["pending"], row["last_error"], row["last_error_at"])


def _of(counts: _Counts, *key: str) -> Counts | None:
    return None if counts is None else counts.get(key, Counts())


def recipient(row: Mapping[str, Any], counts: Mapping[str, _Counts]) -> Destination:
    status = "suppressed" if row["suppressed"] else "active" if row["enabled"] else "paused"
    return Destination(
        id=row["id"],
        kind="recipient",
        workspace_id=row["workspace_id"],
        name=row["email"],
        detail=_SCORES[row["min_score"]],
        status=status,
        held_by=[row["suppressed"]] if row["suppressed"] else [],
        counts=_of(counts["delivery"], row["id"]),
    )


def channel(row: Mapping[str, Any], counts: Mapping[str, _Counts]) -> Destination:
    return Destination(
        id=row["id"],
        kind=row["type"],
        workspace_id=row["workspace_id"],
        name=row["name"],
        detail=_SCORES[row["min_score"]],
        status=row["status"],
        held_by=row["held_by"] or [],
        counts=_of(counts["delivery"], row["id"]),
    )


def connection(row: Mapping[str, Any], counts: Mapping[str, _Counts]) -> Destination:
    return Destination(
        id=row["id"],
        kind="connection",
        workspace_id=row["workspace_id"],
        name=row["platform"],
        detail=row["adapter"],
        status=row["status"],
        held_by=row["held_by"],
        counts=_of(counts["platform-upload"], row["workspace_id"], row["platform"]),
    )


_Maker = Callable[[Mapping[str, Any], Mapping[str, _Counts]], Destination]
_MAKERS: Final[Mapping[str, _Maker]] = {
    "recipient": recipient,
    "channel": channel,
    "connection": connection,
}
NOBODY_SAID: Final[Mapping[str, _Counts]] = {"delivery": None, "platform-upload": None}


def _names(workspaces: Any) -> dict[str, str]:
    if isinstance(workspaces, AdminError):
        return {}
    return {row["id"]: row["slug"] for row in workspaces["items"]}


def _once(found: Sequence[Any]) -> list[AdminError]:
    """A service that is away is said once."""
    errors = [each for each in found if isinstance(each, AdminError)]
    return list({(each.service, each.message): each for each in errors}.values())

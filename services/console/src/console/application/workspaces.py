"""Workspaces: how much each has, and all of one that `leadstream apply` knows."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from console.application.applying import Asked, rows_of
from console.application.ports import Api
from leadstream.admin.applying import look_at
from leadstream.admin.calls import Call
from leadstream.admin.destinations import list_channels, list_connections, list_recipients
from leadstream.admin.errors import AdminError
from leadstream.admin.workspaces import get_workspace, list_queries, list_workspaces
from leadstream.ids import workspace_id
from leadstream.manifest.export import manifest_of, manifest_text

PAGE: Final = 50
MOST: Final = 500
# The parts of a manifest, and where each is kept.
_KINDS: Final[Sequence[tuple[str, str, str]]] = (
    ("queries", "discovery", "queries"),
    ("push", "discovery", "push-sources"),
    ("users", "enrichment", "credits"),
    ("recipients", "delivery", "recipients"),
    ("channels", "delivery", "channels"),
    ("connections", "platform-upload", "connections"),
    ("accounts", "discovery", "provider-accounts"),
    ("accounts", "enrichment", "provider-accounts"),
)
# Those that a workspace has one of.
_SINGLE: Final[Sequence[tuple[str, str, str]]] = (
    ("sources", "discovery", "sources"),
    ("sources", "enrichment", "sources"),
    ("caps", "enrichment", "spending-caps"),
    ("sender", "delivery", "senders"),
)


def slugs_of(workspaces: Any) -> dict[str, str]:
    """By id; nothing where discovery did not answer."""
    if isinstance(workspaces, AdminError):
        return {}
    return {row["id"]: row["slug"] for row in workspaces["items"]}


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of a kind each workspace has; None for what nobody counted whole."""

    by_workspace: Mapping[str, int]
    is_whole: bool

    def of(self, workspace_id: str) -> int | None:
        return self.by_workspace.get(workspace_id, 0) if self.is_whole else None


@dataclass(frozen=True, slots=True)
class Workspaces:
    page: Mapping[str, Any] | AdminError
    counts: Mapping[str, Counted]
    errors: Sequence[AdminError]


@dataclass(frozen=True, slots=True)
class Workspace:
    row: Mapping[str, Any]
    text: str
    counts: Mapping[str, int]
    # What is missing in the text, because its service gave no answer.
    errors: Sequence[AdminError]


async def find_workspaces(api: Api, cursor: str | None) -> Workspaces:
    calls: dict[str, Call[Any]] = {
        "queries": list_queries(limit=MOST),
        "recipients": list_recipients(limit=MOST),
        "channels": list_channels(limit=MOST),
        "connections": list_connections(limit=MOST),
    }
    found: Sequence[Any] = await asyncio.gather(
        api.try_(list_workspaces(limit=PAGE, cursor=cursor)), *map(api.try_, calls.values())
    )
    page, *lists = found
    errors = {each.service: each for each in found if isinstance(each, AdminError)}
    return Workspaces(
        page, dict(zip(calls, map(_counted, lists), strict=True)), list(errors.values())
    )


def _counted(page: Any) -> Counted:
    if isinstance(page, AdminError):
        return Counted({}, is_whole=False)
    counts = Counter(row["workspace_id"] for row in page["items"])
    return Counted(counts, is_whole=page["next"] is None)


def _identity(slug: str) -> UUID:
    try:
        return UUID(slug)
    except ValueError:
        return workspace_id(slug)


async def find_workspace(api: Api, slug: str) -> Workspace:
    """By slug or id. Raises AdminError where there is none, or nobody can say."""
    row = await api.ask(get_workspace(str(_identity(slug))))
    asked = Asked(row["slug"], row["id"], [])
    found: Sequence[Any] = await asyncio.gather(
        *(rows_of(api, service, kind, asked) for _, service, kind in _KINDS),
        *(_single(api, service, kind, row["id"]) for _, service, kind in _SINGLE),
        return_exceptions=True,
    )
    errors = {each.service: each for each in found if isinstance(each, AdminError)}
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, AdminError):
            raise each
    rows: dict[str, list[Any]] = {}
    for (kind, *_), each in zip((*_KINDS, *_SINGLE), found, strict=True):
        rows.setdefault(kind, []).extend([] if isinstance(each, AdminError) else each)
    text = manifest_text(manifest_of(row, rows))
    counts = {kind: len(rows[kind]) for kind, *_ in _KINDS}
    return Workspace(row, text, counts, list(errors.values()))


async def _single(api: Api, service: str, kind: str, workspace: str) -> list[Mapping[str, Any]]:
    return [await api.ask(look_at(service, kind, workspace))]

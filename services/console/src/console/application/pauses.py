"""What all services hold back: what it is, why, and how much waits behind it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from console.application.ports import Api
from console.domain.pauses import cause, scope_kind, scope_name, waiting_filter
from leadstream.admin.answers import (
    ListedPause,
    PageChannelAnswer,
    PageConnectionAnswer,
    PageWorkspace,
)
from leadstream.admin.calls import Call, given
from leadstream.admin.errors import AdminError
from leadstream.admin.pauses import list_pauses

# Things whose names are looked for; of more, the rest are known by their ids.
_MOST: Final = 500
# Where the names are of what a scope holds an id of.
_NAMES: Final[Sequence[Call[Any]]] = (
    Call("discovery", "GET", "workspaces", PageWorkspace, given(limit=_MOST)),
    Call("delivery", "GET", "channels", PageChannelAnswer, given(limit=_MOST)),
    Call("platform-upload", "GET", "connections", PageConnectionAnswer, given(limit=_MOST)),
)


@dataclass(frozen=True, slots=True)
class Held:
    service: str
    pause: ListedPause
    cause: str
    # What the id in its scope is called, if one call gives it.
    name: str | None

    @property
    def lane(self) -> str:
        return scope_kind(self.pause["scope"])

    @property
    def jobs(self) -> dict[str, str]:
        return {"service": self.service} | waiting_filter(self.pause)


@dataclass(frozen=True, slots=True)
class Board:
    held: list[Held]
    # (kind of scope, cause): of all of the services asked, whatever cause is looked at.
    counts: Counter[tuple[str, str]]
    errors: list[AdminError]


async def board(api: Api, services: Sequence[str], only: str | None = None) -> Board:
    """All pauses, or those of one cause; by service, the oldest first."""
    calls: list[Call[Any]] = [list_pauses(service) for service in services]
    answers = await api.all(*calls, *_NAMES)
    pages, lists = answers[: len(calls)], answers[len(calls) :]
    names = _by_id(each for each in lists if not isinstance(each, AdminError))
    held = [
        Held(service, pause, cause(pause["reason"]), names.get(scope_name(pause["scope"])))
        for service, page in zip(services, pages, strict=True)
        if not isinstance(page, AdminError)
        for pause in page["items"]
    ]
    return Board(
        [each for each in held if only in {None, each.cause}],
        Counter((each.lane, each.cause) for each in held),
        [page for page in pages if isinstance(page, AdminError)],
    )


def _by_id(lists: Iterable[Any]) -> dict[str, str]:
    return {row["id"]: _name(row) for page in lists for row in page["items"]}


def _name(row: dict[str, Any]) -> str:
    """A workspace's, a channel's, or a connection's platform."""
    return str(row.get("name") or row.get("slug") or row.get("platform"))

"""Making and changing connections."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.ids import connection_id
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import (
    Adapter,
    ConnectionBook,
    Given,
    InvalidConnectionError,
    WrongSettingError,
)
from platform_upload.domain.answers import RefusedError
from platform_upload.domain.connection import Connection, Hold, Status
from platform_upload.domain.platforms import Platform

log = logging.getLogger(__name__)

# Settings that name what only the platform can know.
_ASKED = frozenset({"fields", "owner", "assignment_rule"})


class ChangedMeanwhileError(Exception):
    """Somebody else has changed the connection since it was read."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A connection before and after; `before` is None for a new one."""

    before: Connection | None
    after: Connection

    @property
    def changed(self) -> bool:
        return self.before is None or self.before.version != self.after.version


def adapter_named(adapters: Mapping[str, Adapter], name: str) -> Adapter:
    """Raise InvalidConnectionError for one that does not exist."""
    found = adapters.get(name)
    if found is None:
        raise InvalidConnectionError(f"is none of {', '.join(sorted(adapters))}", field="adapter")
    return found


async def draft_new(
    adapter: Adapter,
    given: Given,
    *,
    workspace_id: UUID,
    platform: str,
    held: Connection | None,
    status: Status | None,
) -> Connection:
    """The connection as somebody wants it: a workspace has one to each platform. Raises InvalidConnectionError.

    This may resolve names, so no transaction is open.
    """
    if platform not in list(Platform):
        raise InvalidConnectionError(f"is none of {', '.join(Platform)}", field="platform")
    checked = await adapter.check(given, held if held and held.adapter == adapter.name else None)
    return Connection(
        id=connection_id(workspace_id, platform),
        workspace_id=workspace_id,
        platform=platform,
        adapter=adapter.name,
        settings=checked.settings,
        credentials=checked.credentials,
        status=status or (held.status if held else Status.ACTIVE),
    )


async def ask(
    adapter: Adapter, wanted: Connection, *, seen: Connection | None, budget: Callable[[], Budget]
) -> None:
    """Have the platform say whether it has what the settings name; raise InvalidConnectionError where it has not.

    This calls the platform, so no transaction is open. One that is away, or that refuses the credentials, is no reason
    to save nothing: the test says so, and so does what happens to the leads. What is saved as it is, such as a
    connection that somebody pauses, needs nobody's word.
    """
    if _ASKED.isdisjoint(wanted.settings) or (seen is not None and seen.same_way(wanted)):
        return
    try:
        await adapter.probe(wanted, budget())
    except WrongSettingError as exc:
        raise InvalidConnectionError(exc.refused.message, field=exc.field) from exc
    except (RefusedError, SpentError) as exc:
        log.info("connection.unasked", extra={"connection_id": str(wanted.id), "said": str(exc)})


async def save(
    book: ConnectionBook, wanted: Connection, *, seen: Connection | None, now: datetime
) -> Edit:
    """Save a draft made from what was seen; raise ChangedMeanwhileError if that is not what is there.

    Its leads are let go in the same transaction: whoever waits for the connection need not be told. Saving it as it is
    changes nothing, and still asks the platform again.
    """
    await book.lock(wanted.id)
    before = await book.get(wanted.id)
    if (before.version if before else None) != (seen.version if seen else None):
        raise ChangedMeanwhileError
    edit = Edit(before, before.saved_as(wanted, now=now) if before else wanted)
    if edit.changed:
        await book.save(edit.after)
    await _let_go(book, edit.after)
    return edit


async def _let_go(book: ConnectionBook, connection: Connection) -> None:
    await book.lift(connection.id, list(Hold))
    if connection.held_by:
        await book.hold(connection.id, connection.held_by, connection.disabled_reason)


def fields_of(connection: Connection) -> dict[str, Any]:
    """What an audit row says of it: nothing of its credentials but when they changed."""
    return {
        "platform": connection.platform,
        "adapter": connection.adapter,
        "settings": dict(connection.settings),
        "status": connection.status.value,
        "version": connection.version,
        "rotated_at": connection.rotated_at.isoformat() if connection.rotated_at else None,
    }

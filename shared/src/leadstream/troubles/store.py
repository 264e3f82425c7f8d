"""A service calls these in the transaction that learns of it, and publishes the events that they give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.contracts.events import TroubleCause, TroubleState, WorkspaceTrouble
from leadstream.ids import derived_id
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce
from leadstream.postgres import Tx, load_queries
from leadstream.reading import one_line

SQL = load_queries("leadstream.troubles", "troubles.sql")
LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    workspace_id: UUID
    cause: TroubleCause
    # A connection, a query; of a budget, the workspace.
    subject_id: UUID
    # What people call it.
    name: str
    # What was said.
    detail: str
    # None: now.
    began_at: datetime | None = None
    # What goes well before then proves nothing; None: what begins after this does.
    until: datetime | None = None


async def begin_troubles(tx: Tx, troubles: Sequence[Trouble]) -> list[OutboxEvent]:
    """Note them; return the events about those that are new."""
    if not troubles:
        return []
    rows = await tx.fetch(
        SQL.begin_troubles,
        [each.subject_id for each in troubles],
        [each.cause.value for each in troubles],
        [each.workspace_id for each in troubles],
        [one_line(each.name, LONGEST) for each in troubles],
        [one_line(each.detail, LONGEST) for each in troubles],
        [each.began_at for each in troubles],
        [each.until for each in troubles],
    )
    return [_event(row, TroubleState.BEGAN, row["began_at"]) for row in rows]


async def end_troubles(tx: Tx, well: Mapping[UUID, datetime]) -> list[OutboxEvent]:
    """By subject, when that began which went well; return the events about those that were in trouble until then."""
    if not well:
        return []
    rows = await tx.fetch(SQL.end_troubles, list(well), list(well.values()))
    return [_event(row, TroubleState.ENDED, well[row["subject_id"]]) for row in rows]


async def mend_troubles(tx: Tx, subject_id: UUID) -> None:
    """Somebody has changed what was wrong: what goes well from now on ends it."""
    await tx.execute(SQL.mend_troubles, subject_id)


async def forget_troubles(tx: Tx, subject_id: UUID) -> None:
    """It is not there any more: nobody is told that it is well."""
    await tx.execute(SQL.forget_troubles, subject_id)


def _event(row: Any, state: TroubleState, at: datetime) -> OutboxEvent:
    trouble_id = derived_id(
        "workspace.trouble", row["subject_id"], row["cause"], row["began_at"].isoformat()
    )
    event = WorkspaceTrouble(
        trouble_id=trouble_id,
        workspace_id=row["workspace_id"],
        cause=row["cause"],
        state=state,
        subject_id=row["subject_id"],
        name=row["name"],
        detail=row["detail"],
        began_at=row["began_at"],
        at=at,
    )
    return announce(event, event_id=derived_id("workspace.trouble", trouble_id, state.value))

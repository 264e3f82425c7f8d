"""Channels that take nothing any more, and those that do again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from delivery.adapters.notices import News, tell_admins
from delivery.application.deliver import GONE
from delivery.application.notices import About
from leadstream.api import Caller, Change, PostgresAudit, Role
from leadstream.pauses import lift
from leadstream.postgres import Tx, load_queries

log = logging.getLogger(__name__)
SQL = load_queries("delivery.adapters", "troubles.sql")
WORKER = Caller("worker", Role.OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What an attempt has shown of a channel."""

    channel_id: UUID
    about: About
    detail: str
    # When the attempt began: what was changed since, it says nothing about.
    began_at: datetime


async def begin_troubles(tx: Tx, troubles: Sequence[Trouble]) -> None:
    """Disable the channels that are gone, and tell the workspaces what is new to them."""
    if not troubles:
        return
    gone = [each for each in troubles if each.about is About.GONE]
    disabled = await tx.fetch(
        SQL.disable_channels,
        [each.channel_id for each in gone],
        [each.detail for each in gone],
        [each.began_at for each in gone],
    )
    await _record(tx, "channel.disabled", disabled)
    news = await tx.fetch(
        SQL.begin_troubles,
        [each.channel_id for each in troubles],
        [each.about.value for each in troubles],
        [each.detail for each in troubles],
        [each.began_at for each in troubles],
    )
    await tell_admins(tx, [_news(row) for row in news])


async def end_troubles(tx: Tx, told: Sequence[tuple[UUID, datetime]]) -> None:
    """These channels (id, when the attempt began) have taken something."""
    if not told:
        return
    columns = ([channel_id for channel_id, _ in told], [began_at for _, began_at in told])
    enabled = await tx.fetch(SQL.enable_channels, *columns)
    await _record(tx, "channel.enabled", enabled)
    for row in enabled:
        await lift(tx, f"destination:{row['id']}", reason=GONE)
    news = await tx.fetch(SQL.end_troubles, *columns)
    await tell_admins(tx, [_news(row) for row in news])


def _news(row: Any) -> News:
    return News(
        workspace_id=row["workspace_id"],
        about=About(row["about"]),
        detail=row["detail"],
        began_at=row["began_at"],
        subject_id=row["channel_id"],
    )


async def _record(tx: Tx, action: str, rows: Sequence[Any]) -> None:
    audit = PostgresAudit()
    for row in rows:
        was = "disabled" if row["status"] == "active" else "active"
        change = Change(
            action,
            f"channel:{row['id']}",
            reason=row["disabled_reason"],
            before={"status": was},
            after={"status": row["status"]},
            workspace_id=row["workspace_id"],
        )
        await audit.record(tx, WORKER, change)
        log.log(
            logging.ERROR if row["status"] == "disabled" else logging.INFO,
            action,
            extra={
                "channel_id": str(row["id"]),
                "workspace_id": str(row["workspace_id"]),
                "type": row["type"],
                "reason": row["disabled_reason"],
            },
        )

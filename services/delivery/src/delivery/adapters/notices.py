"""Notices in Postgres: whom to tell, and what of."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from delivery.adapters.senders import own_sender
from delivery.application.notices import KIND, About, Notice
from delivery.domain.delivery import Channel
from delivery.domain.draft import Mailbox
from delivery.domain.preferences import Preferences
from leadstream.ids import derived_id
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import NewJob, Priority
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("delivery.adapters", "notices.sql")
# Where a workspace has marked no admins, all its recipients are told: of many the first ones.
MOST_TOLD = 20


async def tell_admins(tx: Tx, news: Sequence[Any]) -> None:
    """Plan an e-mail to each admin about each row (channel_id, workspace_id, about, detail, began_at)."""
    if not news:
        return
    workspaces = list({row["workspace_id"] for row in news})
    admins: dict[UUID, list[UUID]] = defaultdict(list)
    for found in await tx.fetch(SQL.admins, workspaces, MOST_TOLD):
        admins[found["workspace_id"]].append(found["id"])
    planned = [(row, admin) for row in news for admin in admins[row["workspace_id"]]]
    await tx.execute(
        SQL.insert_notices,
        [_id(row, admin) for row, admin in planned],
        [row["workspace_id"] for row, _ in planned],
        [row["channel_id"] for row, _ in planned],
        [admin for _, admin in planned],
        [row["about"] for row, _ in planned],
        [row["detail"] for row, _ in planned],
        [row["began_at"] for row, _ in planned],
    )
    await add_jobs(tx, [_job(row, admin) for row, admin in planned])


def _id(row: Any, recipient_id: UUID) -> UUID:
    """The same trouble of the same channel is told once to each."""
    began_at: datetime = row["began_at"]
    return derived_id("notice", row["channel_id"], row["about"], began_at.isoformat(), recipient_id)


def _job(row: Any, recipient_id: UUID) -> NewJob:
    return NewJob(
        id=_id(row, recipient_id),
        kind=KIND,
        priority=Priority.HOT,
        lane=f"workspace:{row['workspace_id']}",
        payload={"about": row["about"], "channel_id": str(row["channel_id"])},
        workspace_id=row["workspace_id"],
    )


class PostgresNotices:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, notice_id: UUID) -> Notice | None:
        row = await self._database.pool.fetchrow(SQL.load_notice, notice_id)
        if row is None:
            return None
        return Notice(
            id=row["id"],
            workspace_id=row["workspace_id"],
            about=About(row["about"]),
            medium=Channel(row["type"]),
            name=row["name"],
            origin=row["url_origin"],
            detail=row["detail"],
            began_at=row["began_at"],
            mailbox=Mailbox(
                email=row["email"],
                suppressed=row["suppressed"],
                unsubscribe_token=row["unsubscribe_token"],
                wants=Preferences(enabled=row["enabled"]),
                sender=own_sender(row),
            ),
            message=row["message"],
            tried_at=row["tried_at"],
        )

    async def begin(self, notice_id: UUID, message: bytes) -> bytes:
        begun: bytes = await self._database.pool.fetchval(SQL.begin_notice, notice_id, message)
        return begun

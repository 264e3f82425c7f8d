"""Notices in Postgres: whom to tell, and what of."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from delivery.adapters.senders import own_sender
from delivery.application.notices import KIND, About, Cause, Notice
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


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What admins are told: of a channel, or of another service's connection, query or budget."""

    workspace_id: UUID
    about: About
    detail: str
    began_at: datetime
    # The channel; or what another service's trouble is called by, the same at its beginning and at its end.
    subject_id: UUID
    # None: it is a channel, which is read when the e-mail is written.
    cause: Cause | None = None
    name: str | None = None

    def notice_id(self, recipient_id: UUID) -> UUID:
        """The same is told once to each."""
        began_at = self.began_at.isoformat()
        return derived_id("notice", self.subject_id, self.about.value, began_at, recipient_id)

    def job(self, recipient_id: UUID) -> NewJob:
        of = "channel_id" if self.cause is None else "trouble_id"
        return NewJob(
            id=self.notice_id(recipient_id),
            kind=KIND,
            priority=Priority.HOT,
            lane=f"workspace:{self.workspace_id}",
            payload={"about": self.about.value, of: str(self.subject_id)},
            workspace_id=self.workspace_id,
        )


async def tell_admins(tx: Tx, news: Sequence[News]) -> None:
    """Plan an e-mail to each admin about each of the news."""
    if not news:
        return
    workspaces = list({each.workspace_id for each in news})
    admins: dict[UUID, list[UUID]] = defaultdict(list)
    for found in await tx.fetch(SQL.admins, workspaces, MOST_TOLD):
        admins[found["workspace_id"]].append(found["id"])
    planned = [(each, admin) for each in news for admin in admins[each.workspace_id]]
    await tx.execute(
        SQL.insert_notices,
        [each.notice_id(admin) for each, admin in planned],
        [each.workspace_id for each, _ in planned],
        [each.subject_id if each.cause is None else None for each, _ in planned],
        [admin for _, admin in planned],
        [each.about.value for each, _ in planned],
        [each.detail for each, _ in planned],
        [each.began_at for each, _ in planned],
        [each.cause.value if each.cause else None for each, _ in planned],
        [each.name for each, _ in planned],
    )
    add_jobs(tx, [each.job(admin) for each, admin in planned])


def _medium(word: str) -> Channel | Cause:
    return Cause(word) if word in set(Cause) else Channel(word)


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
            medium=_medium(row["medium"]),
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

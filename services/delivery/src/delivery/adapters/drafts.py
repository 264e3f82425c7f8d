"""Deliveries as their attempts need them."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from delivery.adapters.endings import SQL
from delivery.adapters.preferences import preferences_of
from delivery.adapters.senders import own_sender
from delivery.adapters.vault import Vault, signing_with
from delivery.application.deliver import BegunElsewhereError, Draft
from delivery.application.deliver_together import Begun
from delivery.domain.delivery import Channel, Status
from delivery.domain.draft import ChannelStatus, Doubt, Hook, Mailbox
from delivery.domain.fate import Fate
from delivery.domain.score import Score
from leadstream.clock import Clock
from leadstream.postgres import Database
from leadstream.together import Together

# In place of its batch's id, of an e-mail that the batch went on without.
LEFT = UUID(int=0)


class PostgresDeliveries:
    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._rows = Together(self._load)
        self._begun = Together(self._begin)

    async def load(self, delivery_id: UUID) -> Draft | None:
        row = await self._rows(delivery_id)
        if row is None:
            return None
        status = Status(row["status"])
        if status is not Status.DELIVERED and row["content"] is None and row["message"] is None:
            return None
        return Draft(
            id=row["id"],
            channel=Channel(row["channel"]),
            destination_id=row["destination_id"],
            workspace_id=row["workspace_id"],
            status=status,
            created_at=row["created_at"],
            content=row["content"],
            message=row["message"],
            doubt=Doubt(
                since=row["in_doubt_since"],
                unanswered=row["unanswered"],
                is_left=row["batch_id"] == LEFT,
            ),
            batch_id=row["batch_id"],
            score=Score(row["score"]),
            mailbox=mailbox_of(row),
            hook=self._hook(row),
            counted_on=row["counted_on"],
            is_in_digest=row["is_in_digest"],
            is_told_of=row["fate"] is not None and Fate(row["fate"]).decides is not None,
            generation=row["generation"],
        )

    async def begin(self, draft: Draft, message: bytes, *, renewed: bool) -> bytes | None:
        begun = await self.begin_in_batch(None, draft, message, renewed=renewed)
        return begun.message if begun else None

    async def begin_in_batch(
        self, batch_id: UUID | None, draft: Draft, message: bytes, *, renewed: bool
    ) -> Begun | None:
        row = await self._begun((draft.id, message, renewed, batch_id, draft.generation))
        if row is None:
            return None
        if row["batch_id"] != batch_id:
            raise BegunElsewhereError(f"delivery {draft.id} is in another batch")
        return Begun(row["message"], row["was_in_doubt"])

    async def in_doubt_of(self, batch_id: UUID) -> list[Draft]:
        rows = await self._database.hot.fetch(SQL.in_doubt_of_batch, batch_id)
        drafts = await asyncio.gather(*(self.load(row["id"]) for row in rows))
        # Another worker may have come to the end of some since they were found.
        return [each for each in drafts if each is not None and each.is_in_doubt_in(batch_id)]

    async def leave(self, batch_id: UUID, ids: Sequence[UUID]) -> None:
        await self._database.hot.execute(SQL.leave_batch, ids, batch_id, LEFT)

    async def _load(self, ids: Sequence[UUID]) -> list[Any]:
        rows = await self._database.hot.fetch(SQL.load_deliveries, ids)
        found = {row["id"]: row for row in rows}
        return [found.get(each) for each in ids]

    async def _begin(
        self, attempts: Sequence[tuple[UUID, bytes, bool, UUID | None, int]]
    ) -> list[Any]:
        columns = [list(column) for column in zip(*attempts, strict=True)]
        rows = await self._database.hot.fetch(SQL.begin_attempts, *columns)
        begun = {row["id"]: row for row in rows}
        return [begun.get(each) for each, *_ in attempts]

    def _hook(self, row: Any) -> Hook | None:
        if row["url"] is None:
            return None
        workspace, channel = row["workspace_id"], row["destination_id"]
        secrets: tuple[str, ...] = ()
        if row["secrets"] is not None:
            opened = self._vault.open_secrets(row["secrets"], workspace, channel)
            secrets = signing_with(opened, row["previous_secret_until"], now=self._clock.now())
        return Hook(
            url=self._vault.open_url(row["url"], workspace, channel),
            secrets=secrets,
            status=ChannelStatus(row["channel_status"]),
            disabled_reason=row["disabled_reason"],
            changed_at=row["channel_changed_at"],
        )


def mailbox_of(row: Any) -> Mailbox | None:
    if row["email"] is None:
        return None
    return Mailbox(
        email=row["email"],
        suppressed=row["suppressed"],
        unsubscribe_token=row["unsubscribe_token"],
        wants=preferences_of(row),
        sender=own_sender(row),
    )

"""What the channel routes do; every change is one transaction with its audit row."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from delivery.adapters.channels import SQL
from delivery.adapters.slack.sender import HOSTS
from delivery.adapters.troubles import SQL as TROUBLES
from delivery.adapters.vault import SigningSecrets, Vault
from delivery.application.deliver import GONE
from delivery.entrypoints.http.channel_bodies import (
    ChannelChange,
    ChannelType,
    NewChannel,
    Rotation,
    WantedStatus,
    origin_of,
    render_channel,
)
from delivery.entrypoints.http.channel_state import Channel, open_channel, read_secret
from delivery.entrypoints.http.shared import LISTED, list_key
from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Paging,
    PostgresAudit,
)
from leadstream.clock import Clock
from leadstream.http import EgressGuard, UnsafeUrlError, WebhookSecret
from leadstream.ids import derived_id
from leadstream.pauses import lift
from leadstream.postgres import Database, Tx

MOST_CHANNELS = 100
# Why the worker lets a destination rest: reasons that a new URL or secret does away with.
MENDED = ("circuit_open", "credential_unreadable", GONE, "rate_limited")


class ChannelsApi:
    def __init__(
        self,
        database: Database,
        vault: Vault,
        guard: EgressGuard,
        clock: Clock,
        *,
        overlap: timedelta,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._guard = guard
        self._clock = clock
        self._overlap = overlap
        self._wake = wake
        self._audit = PostgresAudit()

    async def put(self, caller: Caller, new: NewChannel) -> dict[str, Any]:
        """Make a channel, or bring the one with this name to what the body says."""
        caller.must_see(new.workspace_id, "workspace")
        url = await self._checked_url(new.type, new.url)
        given = read_secret(new.type, new.secret)
        channel_id = derived_id("channel", new.workspace_id, new.type, new.name)
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(SQL.lock_channel, channel_id, new.workspace_id)
            if row is None:
                row, secret = await self._insert(tx, caller, channel_id, new, url, given)
                if row is not None:
                    return render_channel(row, secret)
                # Somebody made it at this moment: change theirs.
                row = await tx.fetchrow(SQL.lock_channel, channel_id, new.workspace_id)
            before = open_channel(row, self._vault)
            said = new.min_score if "min_score" in new.model_fields_set else None
            after = before.wanting(said).at(url)
            after = after.signed_with(given, until=self._overlaps_until()).as_told(new.status)
            row = await self._save(tx, caller, row, before, after, "channel.changed")
        self._wake()
        return render_channel(row)

    async def change(self, caller: Caller, channel_id: UUID, body: ChannelChange) -> dict[str, Any]:
        row = await self._row(self._database.pool, SQL.get_channel, caller, channel_id)
        url = await self._checked_url(ChannelType(row["type"]), body.url) if body.url else None
        async with self._database.transaction() as tx:
            row = await self._row(tx, SQL.lock_channel, caller, channel_id)
            before = open_channel(row, self._vault)
            after = before.wanting(body.min_score).at(url or before.url).with_status(body.status)
            row = await self._save(tx, caller, row, before, after, "channel.changed")
        self._wake()
        return render_channel(row)

    async def rotate(self, caller: Caller, channel_id: UUID, body: Rotation) -> dict[str, Any]:
        """Give a channel a new secret. A webhook's is told in the answer, this once."""
        row = await self._row(self._database.pool, SQL.get_channel, caller, channel_id)
        kind = ChannelType(row["type"])
        if kind is ChannelType.SLACK:
            return await self._rotate_slack(caller, channel_id, body)
        if body.url is not None:
            raise InvalidError("a webhook's URL is changed by PATCH", field="url")
        new = read_secret(kind, body.secret) or WebhookSecret.generate()
        async with self._database.transaction() as tx:
            row = await self._row(tx, SQL.lock_channel, caller, channel_id)
            before = open_channel(row, self._vault)
            after = before.signed_with(new, until=self._overlaps_until())
            row = await self._save(tx, caller, row, before, after, "channel.secret_rotated")
        self._wake()
        return render_channel(row, new.reveal())

    async def delete(self, caller: Caller, channel_id: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            row = await self._row(tx, SQL.delete_channel, caller, channel_id)
            # What waits for it has nothing to wait for any more.
            await let_go(tx, channel_id)
            await self._record(tx, caller, "channel.deleted", row, None)
        self._wake()
        return render_channel(row)

    async def get(self, caller: Caller, channel_id: UUID) -> dict[str, Any]:
        return render_channel(
            await self._row(self._database.pool, SQL.get_channel, caller, channel_id)
        )

    async def list_all(
        self,
        caller: Caller,
        paging: Paging,
        workspace_id: UUID | None,
        kind: ChannelType | None,
        status: str | None,
    ) -> dict[str, Any]:
        rows: Sequence[Any] = await self._database.look(
            SQL.list_channels,
            caller.narrow(workspace_id),
            kind,
            status,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        return paging.page(rows, key=list_key, render=render_channel)

    async def _rotate_slack(
        self, caller: Caller, channel_id: UUID, body: Rotation
    ) -> dict[str, Any]:
        if body.secret is not None:
            raise InvalidError("a Slack channel has no secret but its URL", field="secret")
        if body.url is None:
            raise InvalidError("a Slack channel's secret is its URL: give the new one", field="url")
        return await self.change(caller, channel_id, ChannelChange(url=body.url))

    async def _insert(
        self,
        tx: Tx,
        caller: Caller,
        channel_id: UUID,
        new: NewChannel,
        url: str,
        given: WebhookSecret | None,
    ) -> tuple[Any, str | None]:
        if await tx.fetchval(SQL.count_channels, new.workspace_id) >= MOST_CHANNELS:
            raise ConflictError(f"a workspace has at most {MOST_CHANNELS} channels")
        place = (new.workspace_id, channel_id)
        secrets = None
        if new.type is ChannelType.WEBHOOK:
            secrets = SigningSecrets(current=given or WebhookSecret.generate())
        row = await tx.fetchrow(
            SQL.insert_channel,
            channel_id,
            new.workspace_id,
            new.type,
            new.name,
            new.min_score,
            new.status or WantedStatus.ACTIVE,
            self._vault.seal_url(url, *place),
            origin_of(url),
            self._vault.seal_secrets(secrets, *place) if secrets else None,
        )
        if row is not None:
            await self._record(tx, caller, "channel.created", None, row)
        return row, secrets.current.reveal() if secrets else None

    async def _save(
        self,
        tx: Tx,
        caller: Caller,
        row: Any,
        before: Channel,
        after: Channel,
        action: str,
    ) -> Any:
        if before == after:
            return row
        place = (after.workspace_id, after.id)
        await tx.execute(
            SQL.update_channel,
            after.id,
            after.workspace_id,
            after.min_score,
            after.status,
            after.disabled_reason,
            self._vault.seal_url(after.url, *place),
            origin_of(after.url),
            self._vault.seal_secrets(after.secrets, *place) if after.secrets else None,
            after.previous_secret_until,
        )
        await let_go(tx, after.id)
        await tx.execute(TROUBLES.mend_trouble, after.id)
        saved = await tx.fetchrow(SQL.get_channel, after.id, after.workspace_id)
        await self._record(tx, caller, action, row, saved)
        return saved

    def _overlaps_until(self) -> datetime:
        return self._clock.now() + self._overlap

    async def _checked_url(self, kind: ChannelType, url: str) -> str:
        try:
            if kind is ChannelType.SLACK:
                return self._guard.check_vendor_url(url, HOSTS)
            return await self._guard.check_url(url)
        except UnsafeUrlError as exc:
            raise InvalidError(str(exc), field="url") from exc

    async def _row(self, tx: Any, query: str, caller: Caller, channel_id: UUID) -> Any:
        row = await tx.fetchrow(query, channel_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("channel")
        return row

    async def _record(self, tx: Tx, caller: Caller, action: str, before: Any, after: Any) -> None:
        row = after or before
        change = Change(
            action,
            f"channel:{row['id']}",
            before=_audited(before),
            after=_audited(after),
            workspace_id=row["workspace_id"],
        )
        await self._audit.record(tx, caller, change)


async def let_go(tx: Tx, channel_id: UUID) -> None:
    """End what the worker has held a channel back for. What a person holds stays held."""
    for reason in MENDED:
        await lift(tx, f"destination:{channel_id}", reason=reason)


def _audited(row: Any) -> dict[str, object] | None:
    """Neither URL nor secrets; that they changed shows in the origin and the time."""
    if row is None:
        return None
    shown = ("type", "name", "min_score", "status", "disabled_reason", "url_origin")
    return {name: row[name] for name in shown} | {"updated_at": str(row["updated_at"])}

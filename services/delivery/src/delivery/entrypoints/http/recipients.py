"""Recipients: who gets alerts by e-mail."""

import secrets
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from delivery.adapters.digests import reschedule
from delivery.adapters.preferences import as_json, preferences_of
from delivery.adapters.recipients import SQL, lock_recipient
from delivery.domain.preferences import Preferences
from delivery.domain.score import Score
from delivery.entrypoints.http.answers import Recipient
from delivery.entrypoints.http.fields import Email, Line
from delivery.entrypoints.http.preferences import OrNothing, chosen, shown
from delivery.entrypoints.http.shared import LISTED, list_key, plain, refuse_erased
from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    NotFoundError,
    Operator,
    Page,
    Paging,
    PagingQuery,
    PostgresAudit,
    Viewer,
    answers,
)
from leadstream.clock import Clock
from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx

# `lead.delivered` names each of them, and must fit into a record.
MOST_RECIPIENTS = 1000


class NewRecipient(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    email: Email
    full_name: Line | None = None
    min_score: Score = Field(Score.COLD, description="The least score that is worth an e-mail.")
    enabled: bool = True
    admin: bool | None = Field(
        None,
        description="Whether they are told of channels that don't work; where nobody is marked, all are. "
        "Left out: as it is, no at first.",
    )
    preferences: OrNothing = None


class RecipientChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    full_name: Line | None = None
    min_score: Score | None = None
    enabled: bool | None = None
    admin: bool | None = None
    preferences: OrNothing = None


class RecipientsApi:
    """What the routes do; every change is one transaction with its audit row."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._audit = PostgresAudit()

    async def put(self, caller: Caller, new: NewRecipient) -> dict[str, Any]:
        """Make a recipient, or bring the one with this address to what the body says; the rest stays as it is."""
        caller.must_see(new.workspace_id, "workspace")
        recipient_id = derived_id("recipient", new.workspace_id, new.email)
        async with self._database.transaction() as tx:
            await lock_recipient(tx, recipient_id)
            before: Any = await tx.fetchrow(SQL.get_recipient, recipient_id, new.workspace_id)
            if before is None:
                await refuse_erased(tx, new.workspace_id, new.email)
                await self._refuse_too_many(tx, new.workspace_id)
            given = new.model_dump(mode="json", exclude_unset=before is not None)
            wanted = {**(before or {}), **given}
            was = preferences_of(before) if before else Preferences()
            wants = chosen(was, new.preferences)
            await tx.execute(
                SQL.upsert_recipient,
                recipient_id,
                new.workspace_id,
                new.email,
                wanted["full_name"],
                wanted["min_score"],
                wanted["enabled"],
                secrets.token_urlsafe(24),
                new.admin,
                _stored(before, wants),
            )
            await reschedule(tx, recipient_id, was, wants, now=self._clock.now())
            after: Any = await tx.fetchrow(SQL.get_recipient, recipient_id, new.workspace_id)
            action = "recipient.changed" if before else "recipient.created"
            await self._record(tx, caller, action, before, after)
        return shown(after)

    async def change(
        self, caller: Caller, recipient_id: UUID, body: RecipientChange
    ) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            await lock_recipient(tx, recipient_id)
            before = await _row(tx, caller, recipient_id)
            given = body.model_dump(exclude_unset=True, mode="json")
            wanted = {
                **before,
                **{k: v for k, v in given.items() if v is not None or k == "full_name"},
            }
            was = preferences_of(before)
            wants = chosen(was, body.preferences)
            await tx.execute(
                SQL.update_recipient,
                recipient_id,
                before["workspace_id"],
                wanted["full_name"],
                wanted["min_score"],
                wanted["enabled"],
                wanted["admin"],
                _stored(before, wants),
            )
            await reschedule(tx, recipient_id, was, wants, now=self._clock.now())
            after = await _row(tx, caller, recipient_id)
            await self._record(tx, caller, "recipient.changed", before, after)
        return shown(after)

    async def delete(self, caller: Caller, recipient_id: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            before = await _row(tx, caller, recipient_id)
            await tx.execute(SQL.delete_recipient, recipient_id, before["workspace_id"])
            await self._record(tx, caller, "recipient.deleted", before, None)
        return shown(before)

    async def get(self, caller: Caller, recipient_id: UUID) -> dict[str, Any]:
        return shown(await _row(self._database.pool, caller, recipient_id))

    async def list_all(
        self, caller: Caller, paging: Paging, workspace_id: UUID | None, email: str | None
    ) -> dict[str, Any]:
        rows = await self._database.look(
            SQL.list_recipients,
            caller.narrow(workspace_id),
            email.lower() if email else None,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        return paging.page(rows, key=list_key, render=shown)

    async def _refuse_too_many(self, tx: Tx, workspace_id: UUID) -> None:
        if await tx.fetchval(SQL.count_recipients, workspace_id) >= MOST_RECIPIENTS:
            raise ConflictError(f"a workspace has at most {MOST_RECIPIENTS} recipients")

    async def _record(self, tx: Tx, caller: Caller, action: str, before: Any, after: Any) -> None:
        row = after or before
        if before and after and dict(before) == dict(after):
            return
        change = Change(
            action,
            f"recipient:{row['id']}",
            before=plain(before),
            after=plain(after),
            workspace_id=row["workspace_id"],
        )
        await self._audit.record(tx, caller, change)


def recipients_router(api: RecipientsApi) -> APIRouter:
    router = APIRouter(prefix="/recipients", tags=["recipients"])

    @router.get("", summary="Recipients, oldest first", response_model=Page[Recipient])
    async def list_recipients(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        email: str | None = None,
    ) -> dict[str, Any]:
        return await api.list_all(caller, paging, workspace_id, email)

    @router.post(
        "",
        status_code=201,
        summary="Make a recipient, or change the one with this address",
        response_model=Recipient,
        responses=answers(409),
    )
    async def create_recipient(caller: Operator, new: NewRecipient) -> dict[str, Any]:
        return await api.put(caller, new)

    @router.get("/{recipient_id}", summary="One recipient", response_model=Recipient)
    async def get_recipient(caller: Viewer, recipient_id: UUID) -> dict[str, Any]:
        return await api.get(caller, recipient_id)

    @router.patch(
        "/{recipient_id}",
        summary="Change a recipient, or switch alerts off",
        response_model=Recipient,
    )
    async def change_recipient(
        caller: Operator, recipient_id: UUID, body: RecipientChange
    ) -> dict[str, Any]:
        return await api.change(caller, recipient_id, body)

    @router.delete("/{recipient_id}", summary="Remove a recipient", response_model=Recipient)
    async def delete_recipient(caller: Operator, recipient_id: UUID) -> dict[str, Any]:
        return await api.delete(caller, recipient_id)

    return router


async def _row(tx: Any, caller: Caller, recipient_id: UUID) -> Any:
    row = await tx.fetchrow(SQL.get_recipient, recipient_id, caller.workspace_id)
    if row is None:
        raise NotFoundError("recipient")
    return row


def _stored(before: Any, wants: Preferences) -> dict[str, Any] | None:
    """Nothing for whoever has never chosen anything."""
    nothing = as_json(Preferences())
    return (
        None
        if not (before and before["preferences"]) and as_json(wants) == nothing
        else as_json(wants)
    )

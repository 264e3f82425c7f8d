"""Suppressions: addresses that get nothing, whatever recipients say."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from delivery.adapters.recipients import SQL, suppress, suppression_id
from delivery.entrypoints.http.answers import Suppression
from delivery.entrypoints.http.fields import Email
from delivery.entrypoints.http.shared import LISTED, list_key, plain, refuse_erased
from leadstream.api import (
    Caller,
    Change,
    NotFoundError,
    Operator,
    Page,
    Paging,
    PagingQuery,
    PostgresAudit,
    Viewer,
)
from leadstream.postgres import Database


class Reason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


class NewSuppression(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    email: Email
    reason: Reason = Reason.MANUAL


class SuppressionsApi:
    """What the routes do; every change is one transaction with its audit row."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._audit = PostgresAudit()

    async def add(self, caller: Caller, new: NewSuppression) -> dict[str, Any]:
        caller.must_see(new.workspace_id, "workspace")
        async with self._database.transaction() as tx:
            await refuse_erased(tx, new.workspace_id, new.email)
            made = await suppress(tx, new.workspace_id, new.email, new.reason)
            found = suppression_id(new.workspace_id, new.email)
            row: Any = await tx.fetchrow(SQL.get_suppression, found, new.workspace_id)
            if made:
                await self._audit.record(tx, caller, _change("suppression.created", None, row))
        return dict(row)

    async def delete(self, caller: Caller, found: UUID) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(SQL.get_suppression, found, caller.workspace_id)
            if row is None:
                raise NotFoundError("suppression")
            await tx.execute(SQL.delete_suppression, found, row["workspace_id"])
            await self._audit.record(tx, caller, _change("suppression.deleted", row, None))
        return dict(row)

    async def list_all(
        self,
        caller: Caller,
        paging: Paging,
        workspace_id: UUID | None,
        email: str | None,
        reason: Reason | None,
    ) -> dict[str, Any]:
        rows = await self._database.look(
            SQL.list_suppressions,
            caller.narrow(workspace_id),
            email.lower() if email else None,
            reason,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        return paging.page(rows, key=list_key, render=dict)


def suppressions_router(api: SuppressionsApi) -> APIRouter:
    router = APIRouter(prefix="/suppressions", tags=["suppressions"])

    @router.get("", summary="Suppressed addresses, newest first", response_model=Page[Suppression])
    async def list_suppressions(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        email: str | None = None,
        reason: Reason | None = None,
    ) -> dict[str, Any]:
        return await api.list_all(caller, paging, workspace_id, email, reason)

    @router.post(
        "", status_code=201, summary="Send an address nothing any more", response_model=Suppression
    )
    async def create_suppression(caller: Operator, new: NewSuppression) -> dict[str, Any]:
        return await api.add(caller, new)

    @router.delete(
        "/{suppression_id}", summary="Let an address get alerts again", response_model=Suppression
    )
    async def delete_suppression(caller: Operator, suppression_id: UUID) -> dict[str, Any]:
        return await api.delete(caller, suppression_id)

    return router


def _change(action: str, before: Any, after: Any) -> Change:
    row = after or before
    return Change(
        action,
        f"suppression:{row['id']}",
        before=plain(before),
        after=plain(after),
        workspace_id=row["workspace_id"],
    )

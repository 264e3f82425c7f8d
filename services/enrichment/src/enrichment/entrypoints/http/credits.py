"""Credit accounts: who may enrich by hand how often a day, and what became of each credit."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from enrichment.adapters.credits import (
    DEFAULT_LIMIT,
    SQL,
    NewAccount,
    normal_email,
    put_account,
)
from enrichment.entrypoints.http.answers import Account, LedgerEntry
from leadstream.api import (
    Change,
    ConflictError,
    NotFoundError,
    Operator,
    Page,
    PagingQuery,
    PostgresAudit,
    Viewer,
)
from leadstream.clock import Clock
from leadstream.erasure import is_erased
from leadstream.plainjson import dump_json
from leadstream.postgres import Database

MAX_LIMIT = 1_000_000

# Looser than the RFC, as mail servers are: the address is a name here, nothing is sent to it.
Email = Annotated[str, Field(pattern=r"^\s*[^@\s]+@[^@\s]+\s*$", max_length=254)]


class AccountBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    email: Email
    role: str | None = Field(
        None,
        pattern=r"^[a-z][a-z_-]{0,49}$",
        description="Left out: as it is, and `member` at first.",
    )
    daily_credit_limit: int | None = Field(
        None, ge=0, le=MAX_LIMIT, description=f"Left out: as it is, and {DEFAULT_LIMIT} at first."
    )


def credits_router(database: Database, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/credits", tags=["credits"])
    audit = PostgresAudit()

    @router.post(
        "",
        status_code=201,
        summary="Make an account, or change its role and limit",
        response_model=Account,
    )
    async def put_credits(caller: Operator, body: AccountBody) -> dict[str, Any]:
        caller.must_see(body.workspace_id, "workspace")
        account = NewAccount(**body.model_dump())
        async with database.transaction() as tx:
            if await is_erased(tx, body.email, body.workspace_id):
                raise ConflictError("a person with this address was erased, or has objected")
            before, row = await put_account(tx, account, now=clock.now())
            if before is None or before["updated_at"] != row["updated_at"]:
                await audit.record(tx, caller, _change(before, row))
        return dict(row)

    @router.get("", summary="Accounts, by address", response_model=Page[Account])
    async def list_accounts(
        caller: Viewer,
        paging: PagingQuery,
        workspace_id: UUID | None = None,
        email: Annotated[str | None, Query(max_length=254)] = None,
    ) -> dict[str, Any]:
        after = paging.after(str, UUID) or (None, None)
        workspace = caller.narrow(workspace_id)
        wanted = normal_email(email) if email else None
        rows = await database.look(SQL.list_accounts, workspace, wanted, *after, paging.limit + 1)
        return paging.page(rows, key=lambda row: (row["email"], row["id"]), render=dict)

    @router.get("/{account_id}", summary="One account", response_model=Account)
    async def get_account(caller: Viewer, account_id: UUID) -> dict[str, Any]:
        row = await database.pool.fetchrow(SQL.get_account, account_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("account")
        return dict(row)

    @router.get(
        "/{account_id}/ledger",
        summary="What became of an account's credits",
        response_model=Page[LedgerEntry],
    )
    async def get_ledger(caller: Viewer, account_id: UUID, paging: PagingQuery) -> dict[str, Any]:
        await get_account(caller, account_id)
        after = paging.after(datetime, UUID) or (None, None)
        rows = await database.pool.fetch(SQL.list_ledger, account_id, *after, paging.limit + 1)
        return paging.page(rows, key=lambda row: (row["created_at"], row["id"]), render=dict)

    return router


def _change(before: Any, row: Any) -> Change:
    return Change(
        "credits.changed" if before else "credits.created",
        f"account:{row['id']}",
        before=_plain(before) if before else None,
        after=_plain(row),
        workspace_id=row["workspace_id"],
    )


def _plain(row: Any) -> dict[str, Any]:
    """As JSON has it, for the audit row."""
    plain: dict[str, Any] = orjson.loads(dump_json(dict(row)))
    return plain

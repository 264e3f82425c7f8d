"""`/erasure-receipts`: what was erased, and that nobody has changed what is said of it."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from leadstream.api import Admin, NotFoundError
from leadstream.erasure.chain import Entry
from leadstream.erasure.erasures import Erasures
from leadstream.erasure.receipts import SQL, add_entries, chain_after, entries_of

PAGE = 1_000
Hex = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}){16,64}$")]
Limit = Annotated[int, Query(ge=1, le=PAGE)]


class EntryShown(BaseModel):
    seq: int
    receipt_id: UUID
    # Canonical JSON: its bytes are what was hashed.
    content: str
    previous: str
    hash: str


class HeadShown(BaseModel):
    length: int
    hash: str


class Chain(BaseModel):
    items: list[EntryShown]
    head: HeadShown


class Receipt(BaseModel):
    receipt_id: UUID
    entries: list[EntryShown]
    # What is still to be done, and what it waits for.
    open: list[dict[str, Any]]


class Joined(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: dict[Annotated[str, StringConstraints(max_length=40)], Hex] = Field(
        max_length=10, description="The hash of each service's part, by service."
    )


def add_receipt_routes(router: APIRouter, erasures: Erasures) -> None:
    database = erasures.database

    @router.get("/erasure-receipts", summary="The chain of all receipts' entries, in order")
    async def get_chain(caller: Admin, after: int = 0, limit: Limit = PAGE) -> Chain:
        caller.must_span_workspaces()
        entries, head = await chain_after(database, after, limit)
        return Chain(
            items=_shown(entries), head=HeadShown(length=head.length, hash=head.hash.hex())
        )

    @router.get("/erasure-receipts/{receipt_id}", summary="One receipt's entries, and what is open")
    async def get_receipt(caller: Admin, receipt_id: UUID) -> Receipt:
        entries = await entries_of(database, receipt_id)
        caller.must_see(_workspace_of(entries), "receipt")
        still = [*await _own(receipt_id), *await erasures.elsewhere.open(receipt_id)]
        if not entries and not still:
            raise NotFoundError("receipt")
        shown = [dict(each) for each in still]
        return Receipt(receipt_id=receipt_id, entries=_shown(entries), open=shown)

    async def _own(receipt_id: UUID) -> list[dict[str, Any]]:
        row = await database.pool.fetchrow(SQL.unfinished_of, receipt_id)
        return [{"what": what, "count": count} for what, count in dict(row or {}).items() if count]

    @router.post(
        "/erasure-receipts/{receipt_id}/joined", summary="Take down the other services' parts"
    )
    async def join(caller: Admin, receipt_id: UUID, body: Joined) -> Receipt:
        entries = await entries_of(database, receipt_id)
        caller.must_see(_workspace_of(entries), "receipt")
        if not entries:
            raise NotFoundError("receipt")
        content = {"entry": "joined", "service": database.schema, "parts": body.parts}
        async with database.transaction() as tx:
            await add_entries(tx, [(receipt_id, content)])
        return await get_receipt(caller, receipt_id)


def _workspace_of(entries: Sequence[Entry]) -> UUID | None:
    """The only one that a receipt is about: of a search after a restore it is about people of many."""
    try:
        documents = [entry.document for entry in entries]
        found = {each.get("workspace_id") for each in documents if each.get("entry") != "joined"}
        (only,) = found or {None}
        return UUID(only) if only else None
    except (ValueError, TypeError, AttributeError):
        # Of several; or somebody has altered it, and then it is no workspace's.
        return None


def _shown(entries: Sequence[Entry]) -> list[EntryShown]:
    return [
        EntryShown(
            seq=entry.seq,
            receipt_id=entry.receipt_id,
            content=entry.content,
            previous=entry.previous.hex(),
            hash=entry.hash.hex(),
        )
        for entry in entries
    ]

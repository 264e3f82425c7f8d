"""`/erasure-searches`: whoever was erased and is here again, after a restore."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from leadstream.api import Admin, Change, NotFoundError, PostgresAudit
from leadstream.erasure.erasures import Erasures
from leadstream.erasure.receipts import SQL
from leadstream.erasure.searches import Searches
from leadstream.ids import new_id

PATIENCE_SECONDS = 10.0


class Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    receipt_id: UUID | None = None
    reason: str = Field(min_length=1, max_length=500)


class Search(BaseModel):
    id: UUID
    found: int
    started_at: datetime
    finished_at: datetime | None


def add_search_routes(router: APIRouter, erasures: Erasures) -> None:
    database, searches, audit = erasures.database, Searches(erasures), PostgresAudit()

    @router.post(
        "/erasure-searches",
        summary="Look for everybody who was erased and is here, and erase them again",
        responses={202: {"model": Search}},
    )
    async def search(caller: Admin, body: Wanted, response: Response) -> Search:
        caller.must_span_workspaces()
        search_id = body.receipt_id or new_id()
        async with database.transaction() as tx:
            if await searches.begin(tx, search_id):
                change = Change("erasures.searched", f"erasure:{search_id}", reason=body.reason)
                await audit.record(tx, caller, change)
        await searches.go_on(search_id, seconds=PATIENCE_SECONDS)
        found = await get_search(caller, search_id)
        if found.finished_at is None:
            response.status_code = 202
        return found

    @router.get("/erasure-searches/{search_id}", summary="How far a search is")
    async def get_search(caller: Admin, search_id: UUID) -> Search:
        caller.must_span_workspaces()
        row = await database.pool.fetchrow(SQL.get_search, search_id)
        if row is None:
            raise NotFoundError("search")
        return Search.model_validate(dict(row))

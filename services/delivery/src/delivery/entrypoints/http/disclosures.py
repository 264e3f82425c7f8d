"""`POST /people/disclosures`: who got the leads that a person is in."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from delivery.adapters.erasure import SQL
from leadstream.api import Admin
from leadstream.postgres import Database


class KnownIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead_id: UUID
    revision: Annotated[int, Field(ge=1, lt=2**31)] | None = Field(
        None, description="Left out: in any, for it is not known in which."
    )


class WhoGot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID | None = None
    leads: list[KnownIn] = Field(
        max_length=200, description="As the `items` of `people/show` of all services name them."
    )


class Disclosure(BaseModel):
    id: UUID = Field(description="The delivery.")
    workspace_id: UUID
    lead_id: UUID
    revision: int
    channel: str
    destination_id: UUID
    destination: str | None = Field(
        description="A channel's name or a recipient's address, while there is one."
    )
    origin: str | None = Field(description="Where a channel is.")
    status: str = Field(description="Not `delivered`: it may have arrived, nobody knows.")
    at: datetime


class Disclosures(BaseModel):
    items: list[Disclosure]


def disclosures_router(database: Database) -> APIRouter:
    router = APIRouter(tags=["erasures"])

    @router.post(
        "/people/disclosures",
        summary="Who got the leads that a person is in",
        description="What was sent is forgotten once it has arrived, so it is the leads that are asked for.",
        response_model=Disclosures,
    )
    async def list_disclosures(caller: Admin, body: WhoGot) -> dict[str, Any]:
        ids = [each.lead_id for each in body.leads]
        revisions = [each.revision for each in body.leads]
        where = caller.narrow(body.workspace_id)
        rows = await database.look(SQL.disclosures, ids, revisions, where)
        return {"items": [dict(row) for row in rows]}

    return router

"""`/erasures`: a person asks to be forgotten."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from leadstream.api import Admin, Caller, Change, ConflictError, NotFoundError, PostgresAudit
from leadstream.erasure.asked import WithReason
from leadstream.erasure.erasures import Asked, Erasures, OtherErasureError, target_of
from leadstream.erasure.people_router import add_people_routes
from leadstream.erasure.receipts_router import add_receipt_routes
from leadstream.erasure.searches_router import add_search_routes
from leadstream.erasure.show_router import add_show_routes
from leadstream.erasure.store import SQL, Kind, Person
from leadstream.ids import new_id

# How long an answer may take; what then is left goes on without anybody waiting.
PATIENCE_SECONDS = 5.0


class Erasure(WithReason):
    dry_run: bool = Field(False, description="Say what would be removed, and remove nothing.")
    receipt_id: UUID | None = Field(
        None,
        description="The receipt that several services' erasures of one person have together. The same again is the "
        "same erasure.",
    )


class Erased(BaseModel):
    id: UUID
    kind: Kind = Field(Kind.ERASED, description="Whether the person is erased, or has `objected`.")
    receipt_id: UUID
    workspace_id: UUID | None
    dry_run: bool
    # Whether the person had been erased before; or, of an objection, had objected.
    known: bool
    # Rows by table; so far, while it is not finished. Of an objection: what was still to be told.
    removed: dict[str, int]
    # Uploads that the person went out with, by where to: there the erasure goes on.
    elsewhere: dict[str, int]
    started_at: datetime
    finished_at: datetime | None


def erasures_router(erasures: Erasures) -> APIRouter:
    router = APIRouter(tags=["erasures"])
    database = erasures.database
    audit = PostgresAudit()

    @router.post(
        "/erasures",
        summary="Erase a person, and keep them from coming back",
        description="202: they can't come back any more, and what there is of them is being looked for.",
        responses={202: {"model": Erased}},
    )
    async def erase_person(caller: Admin, body: Erasure, response: Response) -> Erased:
        asked = _asked(caller, body)
        async with database.transaction() as tx:
            try:
                new = await erasures.begin(tx, asked)
            except OtherErasureError:
                raise ConflictError("this receipt is another erasure's") from None
            if new and not asked.dry_run:
                change = _change("person.erased", body, asked.id, asked.person)
                await audit.record(tx, caller, change)
        if not await erasures.go_on(asked.id, seconds=PATIENCE_SECONDS):
            response.status_code = 202
        return await _erasure(caller, asked.id)

    @router.get("/erasures/{erasure_id}", summary="How far an erasure is")
    async def get_erasure(caller: Admin, erasure_id: UUID) -> Erased:
        return await _erasure(caller, erasure_id)

    async def _erasure(caller: Caller, erasure_id: UUID) -> Erased:
        row = await database.pool.fetchrow(SQL.get_erasure, erasure_id, caller.workspace_id)
        if row is None:
            raise NotFoundError("erasure")
        return Erased.model_validate(dict(row))

    @router.post(
        "/people/object",
        summary="Tell nobody of a person any more",
        description="What is here of them stays. They are in nothing that is told from now on; what waited to be is "
        "looked for (202: still), and told without them. `GET erasures/{id}` tells how far it is.",
        responses={202: {"model": Erased}},
    )
    async def object_person(caller: Admin, body: WithReason, response: Response) -> Erased:
        identity = new_id()
        person = Person(email=body.email, workspace_id=caller.narrow(body.workspace_id))
        asked = Asked(id=identity, receipt_id=identity, person=person, kind=Kind.OBJECTED)
        async with database.transaction() as tx:
            await erasures.begin(tx, asked)
            await audit.record(tx, caller, _change("person.objected", body, identity, person))
        if not await erasures.go_on(identity, seconds=PATIENCE_SECONDS):
            response.status_code = 202
        return await _erasure(caller, identity)

    add_show_routes(router, erasures)
    add_receipt_routes(router, erasures)
    add_people_routes(router, database)
    add_search_routes(router, erasures)
    return router


def _asked(caller: Caller, body: Erasure) -> Asked:
    erasure_id = body.receipt_id or new_id()
    person = Person(email=body.email, workspace_id=caller.narrow(body.workspace_id))
    return Asked(id=erasure_id, receipt_id=erasure_id, person=person, dry_run=body.dry_run)


def _change(action: str, asked: WithReason, erasure_id: UUID, person: Person) -> Change:
    """Who erased whom is not said: only that somebody was."""
    return Change(
        action,
        target_of(erasure_id),
        reason=asked.nameless_reason,
        workspace_id=person.workspace_id,
    )

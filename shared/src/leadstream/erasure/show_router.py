"""`/people`: what is here of a person, and an objection that is taken back."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from leadstream.api import Admin, Caller, Change, InvalidError, PostgresAudit
from leadstream.erasure.asked import AboutPerson, WithReason, nameless
from leadstream.erasure.erasures import Erasures
from leadstream.erasure.showing import Showing, Shown, UnknownPlaceError
from leadstream.erasure.store import SQL, Kind, Person, lift_objection
from leadstream.observability.redact import HIDDEN

# How long an answer may take; the next page goes on from there.
PATIENCE_SECONDS = 2.0
# What the audit calls any person: of whom it was it does not say.
TARGET = f"person:{HIDDEN}"


class ShowPerson(AboutPerson):
    after: Annotated[str, Field(max_length=100)] | None = Field(
        None, description="`next` of the page before."
    )
    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        None, description="For the audit."
    )


class Held(BaseModel):
    store: str = Field(description="The table.")
    workspace_id: UUID | None = Field(description="Whose it is; none: all workspaces'.")
    lead_id: UUID | None
    revision: int | None
    provider: str | None = Field(description="Where it is from, where that is known.")
    collected_at: datetime | None
    facts: dict[str, Any] = Field(description="What it says of the person.")


class Remembered(BaseModel):
    kind: Kind
    workspace_id: UUID | None = Field(description="Where; none: in all.")
    since: datetime


class HeldPage(BaseModel):
    remembered: list[Remembered] = Field(description="Whether they were erased, or have objected.")
    items: list[Held]
    next: str | None = Field(description="There is more to look through. A page may be empty.")


class Lifted(BaseModel):
    lifted: bool = Field(description="Whether there was one, of this very scope.")


def add_show_routes(router: APIRouter, erasures: Erasures) -> None:
    database, audit = erasures.database, PostgresAudit()
    showing = Showing(database, erasures.sweeps)

    @router.post(
        "/people/show",
        summary="What is here of a person, page by page",
        description="It is looked for where an erasure would look, so that pages come slowly where there is much.",
    )
    async def show_person(caller: Admin, body: ShowPerson) -> HeldPage:
        person = _person(caller, body)
        try:
            shown = await showing.show(person, body.after, seconds=PATIENCE_SECONDS)
        except UnknownPlaceError:
            raise InvalidError("is not the `next` of a page", field="after") from None
        async with database.transaction() as tx:
            known = await tx.fetch(SQL.remembered_as, person.email, person.workspace_id)
            # That somebody has looked, and whatever somebody was shown.
            if body.after is None or shown.rows:
                await audit.record(tx, caller, _change(body, person, shown))
        return HeldPage(
            remembered=[Remembered.model_validate(dict(row)) for row in known],
            items=[Held.model_validate(dict(row)) for row in shown.rows],
            next=shown.upcoming,
        )

    @router.post("/people/lift", summary="Take an objection back")
    async def lift(caller: Admin, body: WithReason) -> Lifted:
        person = _person(caller, body)
        async with database.transaction() as tx:
            lifted = await lift_objection(tx, person)
            if lifted:
                change = Change(
                    "person.objection_lifted",
                    TARGET,
                    reason=body.nameless_reason,
                    workspace_id=person.workspace_id,
                )
                await audit.record(tx, caller, change)
        return Lifted(lifted=lifted)


def _person(caller: Caller, body: AboutPerson) -> Person:
    return Person(email=body.email, workspace_id=caller.narrow(body.workspace_id))


def _change(body: ShowPerson, person: Person, shown: Shown) -> Change:
    stores = sorted({row["store"] for row in shown.rows})
    return Change(
        "person.shown",
        TARGET,
        reason=nameless(body.reason, person.email) if body.reason else None,
        after={"rows": len(shown.rows), "stores": stores},
        workspace_id=person.workspace_id,
    )

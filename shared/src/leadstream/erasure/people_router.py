"""`/erased-people`: who must not come back, as services tell each other. They concern all workspaces."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from leadstream.api import Admin, Change, PostgresAudit
from leadstream.erasure.receipts import SQL
from leadstream.erasure.receipts_router import PAGE, Hex, Limit
from leadstream.erasure.store import SQL as PEOPLE_SQL
from leadstream.erasure.store import Kind
from leadstream.postgres import Database

FIRST = UUID(int=0)


class KnownPerson(BaseModel):
    model_config = ConfigDict(extra="forbid")

    digest: Hex
    workspace_id: UUID | None = None
    erased_at: datetime
    kind: Kind = Field(
        Kind.ERASED, description="Who has `objected` is told to nobody, and stays where they are."
    )


class KnownPeople(BaseModel):
    model_config = ConfigDict(extra="forbid")

    salts: list[Hex] = Field(max_length=100)
    people: list[KnownPerson] = Field(max_length=PAGE)


class Exported(KnownPeople):
    next: UUID | None


class Learnt(BaseModel):
    new: int


def add_people_routes(router: APIRouter, database: Database) -> None:
    audit = PostgresAudit()

    @router.get(
        "/erased-people", summary="Whom others must not bring back: hashes, and their salts"
    )
    async def export(caller: Admin, after: UUID = FIRST, limit: Limit = PAGE) -> Exported:
        caller.must_span_workspaces()
        salts = await database.pool.fetch(SQL.export_salts)
        rows = await database.pool.fetch(SQL.export_people, after, limit)
        return Exported(
            salts=sorted(row["salt"].hex() for row in salts),
            people=[_known(row) for row in rows],
            next=rows[-1]["id"] if len(rows) == limit else None,
        )

    @router.post("/erased-people", summary="Take over whom others have erased")
    async def learn(caller: Admin, body: KnownPeople) -> Learnt:
        caller.must_span_workspaces()
        async with database.transaction() as tx:
            await tx.execute(PEOPLE_SQL.lock_people)
            await tx.execute(SQL.learn_salts, [bytes.fromhex(salt) for salt in body.salts])
            new = await tx.fetch(
                SQL.learn_people,
                [bytes.fromhex(person.digest) for person in body.people],
                [person.workspace_id for person in body.people],
                [person.erased_at for person in body.people],
                [person.kind.value for person in body.people],
            )
            if new:
                change = Change("erased_people.learnt", "erased_people", after={"new": len(new)})
                await audit.record(tx, caller, change)
        return Learnt(new=len(new))


def _known(row: Any) -> KnownPerson:
    return KnownPerson(
        digest=row["digest"].hex(),
        workspace_id=row["workspace_id"],
        erased_at=row["erased_at"],
        kind=row["kind"],
    )

"""`/erasures`: a person asks to be forgotten."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadstream.api import Admin, Change, PostgresAudit
from leadstream.erasure.people import normal_address
from leadstream.erasure.store import Eraser, Person, erase
from leadstream.ids import new_id
from leadstream.observability.redact import Redactor
from leadstream.postgres import Database, Tx

# A reason in the audit that names the person would keep what is to be erased.
_redactor = Redactor()


def _one_address(value: str) -> str:
    address = normal_address(value)
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(each.isspace() for each in address):
        raise ValueError("must be an e-mail address")
    return address


class Erasure(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    email: Annotated[str, Field(max_length=320, repr=False), AfterValidator(_one_address)]
    reason: str = Field(min_length=1, max_length=500, description="For the audit: who asked, when.")
    workspace_id: UUID | None = Field(None, description="Left out: in all that the token sees.")
    dry_run: bool = Field(False, description="Say what would be removed, and remove nothing.")


class Erased(BaseModel):
    id: UUID
    workspace_id: UUID | None
    dry_run: bool
    # Whether the person had been erased before.
    known: bool
    # Rows by table.
    removed: dict[str, int]


class _DryRunError(Exception):
    """Rolls back what was only tried."""


def erasures_router(database: Database, eraser: Eraser) -> APIRouter:
    router = APIRouter(tags=["erasures"])
    audit = PostgresAudit()

    @router.post("/erasures", summary="Erase a person, and keep them from coming back")
    async def erase_person(caller: Admin, asked: Erasure) -> Erased:
        person = Person(email=asked.email, workspace_id=caller.narrow(asked.workspace_id))
        try:
            async with database.transaction() as tx:
                erased = await _erase(tx, person, asked)
                if asked.dry_run:
                    raise _DryRunError
                await audit.record(tx, caller, _change(asked, erased))
        except _DryRunError:
            pass
        return erased

    async def _erase(tx: Tx, person: Person, asked: Erasure) -> Erased:
        is_new, removed = await erase(tx, person, eraser)
        return Erased(
            id=new_id(),
            workspace_id=person.workspace_id,
            dry_run=asked.dry_run,
            known=not is_new,
            removed=removed,
        )

    return router


def _change(asked: Erasure, erased: Erased) -> Change:
    """Who erased whom is not said: only that somebody was, and how much of them there was."""
    after: dict[str, Any] = dict(erased.removed)
    return Change(
        "person.erased",
        f"erasure:{erased.id}",
        reason=_redactor.text(asked.reason.replace(asked.email, "[erased]")),
        after=after,
        workspace_id=erased.workspace_id,
    )

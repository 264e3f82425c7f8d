"""Suppressions: addresses that get nothing, whatever recipients say."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from delivery.adapters.email.suppressions import AtResend, NotLiftedError
from delivery.adapters.recipients import SQL, suppress, suppress_all, suppression_id
from delivery.entrypoints.http.answers import ImportedSuppressions, LiftedSuppression, Suppression
from delivery.entrypoints.http.fields import Email
from delivery.entrypoints.http.shared import LISTED, list_key, plain, refuse_erased
from leadstream.api import (
    ApiError,
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
from leadstream.erasure import find_erased
from leadstream.postgres import Database, Tx


class Reason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


ROWS_AT_ONCE = 1_000
# What is true of an address whoever writes to it.
EVERYWHERE = frozenset({Reason.BOUNCED, Reason.COMPLAINED})
# By what became of it at Resend.
NOTES: Mapping[AtResend, str] = {
    AtResend.LIFTED: "It was lifted at Resend, too.",
    AtResend.NOT_SUPPRESSED: "It was not on Resend's list.",
    AtResend.NOT_ALLOWED: "RESEND_API_KEY may not lift it at Resend: lift it in Resend's dashboard, or Resend goes on "
    "dropping what is sent there, and it is suppressed again.",
    AtResend.NOT_ASKED: "",
}
ELSEWHERE = (
    "It bounced or complained for another workspace, too, so it gets nothing all the same: somebody whose token is for "
    "all workspaces has to lift it."
)
# What others call the reasons: Resend's list has `origin`.
ORIGINS = {"bounce": "bounced", "complaint": "complained", "unsubscribe": "unsubscribed"}

# Take an address from Resend's list, as `lift_at_resend` does.
Lift: TypeAlias = Callable[[str], Awaitable[AtResend]]


class NewSuppression(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    email: Email
    reason: Reason = Reason.MANUAL


class SuppressionLine(BaseModel):
    """A line of a file. What it says is looked at line by line, so that one that is wrong keeps no other back."""

    model_config = ConfigDict(extra="forbid")

    line: int = Field(ge=1, le=2_000_000_000, description="Where it is, for what is said of it.")
    email: Annotated[str, StringConstraints(max_length=1_000)]
    reason: Annotated[str, StringConstraints(max_length=100)] = Field(
        "",
        description="As suppressions have it, or as Resend's list has its origin; empty: manual.",
    )


class SuppressionLines(BaseModel):
    model_config = ConfigDict(extra="forbid")

    workspace_id: UUID
    rows: list[SuppressionLine] = Field(min_length=1, max_length=ROWS_AT_ONCE)


class SuppressionsApi:
    """What the routes do; every change is one transaction with its audit row."""

    def __init__(self, database: Database, lift: Lift) -> None:
        self._database = database
        self._lift_at_resend = lift
        self._audit = PostgresAudit()

    async def add(self, caller: Caller, new: NewSuppression) -> dict[str, Any]:
        caller.must_see(new.workspace_id, "workspace")
        async with self._database.transaction() as tx:
            await refuse_erased(tx, new.workspace_id, new.email)
            everywhere = _everywhere(caller, new.reason)
            made = await suppress(
                tx, new.workspace_id, new.email, new.reason, everywhere=everywhere
            )
            found = suppression_id(new.workspace_id, new.email)
            row: Any = await tx.fetchrow(SQL.get_suppression, found, new.workspace_id)
            if made:
                await self._audit.record(tx, caller, _change("suppression.created", None, row))
        return dict(row)

    async def take_in(self, caller: Caller, given: SuppressionLines) -> dict[str, Any]:
        """Take what is right, and name the lines that are not."""
        caller.must_see(given.workspace_id, "workspace")
        reasons: dict[str, tuple[str, str | None]] = {}
        lines: dict[str, int] = {}
        rejected: list[dict[str, Any]] = []
        for row in given.rows:
            try:
                email, reason = _read(row)
            except ValueError as exc:
                rejected.append({"line": row.line, "reason": str(exc)})
                continue
            reasons.setdefault(email, (reason, _everywhere(caller, reason)))
            lines.setdefault(email, row.line)
        async with self._database.transaction() as tx:
            for email in await self._erased(tx, given.workspace_id, reasons):
                why = "the person was erased, or has objected, and is not to be stored again"
                rejected.append({"line": lines[email], "reason": why})
                del reasons[email]
            added = await suppress_all(tx, given.workspace_id, reasons)
            if added:
                change = Change(
                    "suppressions.imported",
                    f"workspace:{given.workspace_id}",
                    after={"added": added},
                    workspace_id=given.workspace_id,
                )
                await self._audit.record(tx, caller, change)
        rejected.sort(key=lambda each: each["line"])
        known = len(given.rows) - added - len(rejected)
        return {"added": added, "known": known, "rejected": rejected}

    async def _erased(self, tx: Tx, workspace_id: UUID, reasons: Mapping[str, object]) -> list[str]:
        is_erased = (await find_erased(tx, list(reasons))).within(workspace_id)
        return [email for email in reasons if is_erased(email)]

    async def lift(self, caller: Caller, found: UUID) -> dict[str, Any]:
        """Resend first: what it refuses, or does not answer, must not look lifted."""
        row = await self._database.pool.fetchrow(SQL.get_suppression, found, caller.workspace_id)
        if row is None:
            raise NotFoundError("suppression")
        is_everybodys = (row["everywhere"] or _everywhere(caller, row["reason"])) is not None
        others = await self._database.pool.fetch(SQL.everywhere_besides, row["email"], found)
        ours = [
            each
            for each in others
            if is_everybodys and caller.workspace_id in (None, each["workspace_id"])
        ]
        is_left = len(ours) < len(others)
        at_resend = AtResend.NOT_ASKED
        if is_everybodys and not is_left:
            at_resend = await self._ask_resend(row["email"])
        async with self._database.transaction() as tx:
            changed = await tx.fetch(SQL.lift_suppression, found, [each["id"] for each in ours])
            ids = {each["id"] for each in changed}
            if found not in ids:
                raise NotFoundError("suppression")
            for each in [row, *ours]:
                if each["id"] in ids:
                    change = _change("suppression.deleted", each, None, note=at_resend)
                    await self._audit.record(tx, caller, change)
        note = ELSEWHERE if is_left else NOTES[at_resend]
        return {**dict(row), "lifted": len(ids), "resend": at_resend, "note": note}

    async def _ask_resend(self, email: str) -> AtResend:
        try:
            return await self._lift_at_resend(email)
        except NotLiftedError as exc:
            message = f"{exc}, so nothing was lifted: try again"
            raise ApiError(503, "unavailable", message) from exc

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

    @router.post(
        "/import",
        summary="Suppress the addresses of a file, by its lines",
        response_model=ImportedSuppressions,
    )
    async def import_suppressions(caller: Operator, given: SuppressionLines) -> dict[str, Any]:
        return await api.take_in(caller, given)

    @router.delete(
        "/{suppression_id}",
        summary="Let an address get alerts again, here and at Resend",
        response_model=LiftedSuppression,
    )
    async def delete_suppression(caller: Operator, suppression_id: UUID) -> dict[str, Any]:
        return await api.lift(caller, suppression_id)

    return router


_EMAIL: TypeAdapter[str] = TypeAdapter(Email)


def _everywhere(caller: Caller, reason: str) -> str | None:
    """Only who may see all workspaces decides for all of them."""
    return reason if caller.workspace_id is None and reason in EVERYWHERE else None


def _read(row: SuppressionLine) -> tuple[str, str]:
    """The address and the reason of a line. Raises ValueError with what is wrong."""
    try:
        email = _EMAIL.validate_python(row.email.strip())
    except ValidationError as exc:
        said = exc.errors()[0]["msg"].removeprefix("Value error, ")
        raise ValueError(f"is no e-mail address: {said}") from None
    word = row.reason.strip().lower()
    reason = ORIGINS.get(word, word) or Reason.MANUAL
    if reason not in set(Reason):
        known = ", ".join(Reason)
        raise ValueError(f"its reason must be one of {known}")
    return email, str(reason)


def _change(action: str, before: Any, after: Any, *, note: AtResend | None = None) -> Change:
    row = after or before
    return Change(
        action,
        f"suppression:{row['id']}",
        before=plain(before),
        after={"resend": note.value} if note else plain(after),
        workspace_id=row["workspace_id"],
    )

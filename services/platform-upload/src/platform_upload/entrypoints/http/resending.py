"""`POST /uploads/{id}/resend`: a lead goes to its platform once more, with what a person has corrected in it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Operator,
    PostgresAudit,
    answers,
)
from leadstream.erasure import addresses_in, find_erased, without_people
from leadstream.history import NotEndedError, rerun_with
from leadstream.plainjson import dump_json
from leadstream.postgres import Database, Tx
from platform_upload.adapters.erasure import replace_payloads
from platform_upload.adapters.uploads import SQL
from platform_upload.application.take_uploads import COLD_REFUSED
from platform_upload.entrypoints.http.answers import UploadStatus
from platform_upload.entrypoints.http.overrides import corrected, merged, texts_in

# Why an upload that has not failed is not sent again. One that was accepted is, for a field that was left out.
_NOT_AGAIN = {
    UploadStatus.PENDING: "the upload waits, or is under way: it has not ended",
    UploadStatus.REFUSED: COLD_REFUSED,
    UploadStatus.CLOSED: "the platform is done with this lead: it was converted or deleted there",
}


class Correction(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    overrides: Annotated[dict[str, Any], Field(min_length=1, max_length=13)] = Field(
        description="Fields of the platform upload format, but `id` and `intent_score`. Of `location` and "
        "`primary_contact` the parts that are named, of everything else the whole; null empties. A later correction "
        "adds to an earlier one; a newer revision of the lead comes without.",
        examples=[{"company_name": "Acme GmbH", "location": {"state": "CA"}}],
        repr=False,
    )
    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        None, description="For the audit."
    )


class ResentUpload(BaseModel):
    id: UUID = Field(description="Of its job, too.")
    status: UploadStatus = Field(description="`uploaded` where it was: it goes out once more.")
    overrides: dict[str, Any] = Field(description="All that was corrected in it.")


class Resending:
    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake
        self._audit = PostgresAudit()

    async def resend(self, caller: Caller, identity: UUID, asked: Correction) -> dict[str, Any]:
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(SQL.lock_upload, identity, caller.workspace_id)
            if row is None:
                raise NotFoundError("upload")
            _must_have_ended(row)
            await _refuse_erased(tx, row["workspace_id"], asked.overrides)
            payload = await _rerun(tx, identity, asked.overrides)
            payload = await _told(tx, row, payload, asked.overrides)
            overrides = _findable(merged(row["overrides"] or {}, asked.overrides), payload["lead"])
            status = await tx.fetchval(SQL.correct_upload, identity, dump_json(overrides).decode())
            await self._audit.record(tx, caller, _change(row, asked, status))
        self._wake()
        return {"id": identity, "status": status, "overrides": overrides}


def resending_router(resending: Resending) -> APIRouter:
    router = APIRouter(tags=["uploads"])

    @router.post(
        "/uploads/{upload_id}/resend",
        status_code=202,
        summary="Send a lead again, corrected",
        description="Under the same external id, and billed once. For uploads that failed or were cancelled, and for "
        "those that were accepted without a field. `rejection` and `adjustments` of the upload name what to override.",
        response_model=ResentUpload,
        responses=answers(409),
    )
    async def resend_upload(caller: Operator, upload_id: UUID, body: Correction) -> dict[str, Any]:
        return await resending.resend(caller, upload_id, body)

    return router


def _must_have_ended(row: Mapping[str, Any]) -> None:
    why = _NOT_AGAIN.get(UploadStatus(row["status"]))
    if why is None and row["newest"] > row["revision"]:
        # It would be sent in the place of this one: an older revision never goes after a newer.
        why = f"revision {row['newest']} of the lead is newer: resend that one"
    if why is not None:
        raise ConflictError(why)


async def _refuse_erased(tx: Tx, workspace_id: UUID, overrides: Mapping[str, Any]) -> None:
    """Who was erased is not to come back by hand, either: wherever an address is written."""
    in_texts = await tx.fetch(SQL.addresses_in_text, "\n".join(texts_in(overrides)))
    addresses = [*_addresses(overrides), *(row["address"] for row in in_texts)]
    is_erased = (await find_erased(tx, addresses)).within(workspace_id)
    if any(is_erased(each) for each in addresses):
        raise InvalidError("names a person who was erased, or has objected", field="overrides")


def _addresses(overrides: Mapping[str, Any]) -> list[str]:
    """Of whatever has the form of people; what has another is refused right after."""
    listed, primary = overrides.get("contacts"), overrides.get("primary_contact")
    contacts = listed if isinstance(listed, list) else []
    return list(
        addresses_in(
            {
                "contacts": [each for each in contacts if isinstance(each, dict)],
                "primary_contact": primary if isinstance(primary, dict) else None,
            }
        )
    )


async def _rerun(tx: Tx, job_id: UUID, overrides: Mapping[str, Any]) -> Mapping[str, Any]:
    def change(payload: Mapping[str, Any]) -> Mapping[str, Any]:
        return {
            **payload,
            "lead": corrected(payload["lead"], overrides),
            "corrections": payload.get("corrections", 0) + 1,
        }

    try:
        return await rerun_with(tx, job_id, change)
    except NotEndedError as exc:
        if exc.state is None:
            raise ConflictError("what was to be uploaded is not kept any longer") from exc
        raise ConflictError("the upload waits, or is under way: it has not ended") from exc


async def _told(
    tx: Tx, row: Mapping[str, Any], payload: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Without who has objected since: what went out names them still, and goes out again without."""
    lead = payload["lead"]
    is_erased = (await find_erased(tx, addresses_in(lead))).within(row["workspace_id"])
    left = without_people(lead, is_erased)
    if left == lead:
        return payload
    if overrides.get("primary_contact") and left["primary_contact"] != lead["primary_contact"]:
        # Or it would be somebody else who is corrected.
        raise InvalidError("is about a person who has objected", field="overrides.primary_contact")
    payload = {**payload, "lead": left}
    await replace_payloads(tx, {row["id"]: payload})
    return payload


def _findable(overrides: dict[str, Any], lead: Mapping[str, Any]) -> dict[str, Any]:
    """With the address of the person whose parts were corrected: an erasure looks for it."""
    parts, person = overrides.get("primary_contact"), lead["primary_contact"]
    if not parts or not person:
        return overrides
    return {**overrides, "primary_contact": {**parts, "email": person.get("email")}}


def _change(row: Mapping[str, Any], asked: Correction, status: str) -> Change:
    """Which fields were corrected; what to is with the upload, where an erasure finds it."""
    return Change(
        "upload.resent",
        f"upload:{row['id']}",
        reason=asked.reason,
        before={"status": row["status"]},
        after={"status": status, "overrides": sorted(asked.overrides)},
        workspace_id=row["workspace_id"],
    )

"""Leads that a platform would not have as they are, and what of them to correct."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from console.application.ports import Api
from leadstream.admin.answers import PageUpload
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError
from leadstream.admin.overrides import overrides_of
from leadstream.admin.uploads import list_uploads, resend_upload
from leadstream.admin.workspaces import list_workspaces

PAGE: Final = 50
# What of the upload format a person corrects, most asked for first; `id` and `intent_score` can't be.
FIELDS: Final = (
    "company_name",
    "domain",
    "industry",
    "employee_count",
    "revenue",
    "location.city",
    "location.state",
    "location.country",
    "primary_contact.email",
    "primary_contact.phone",
    "primary_contact.title",
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a platform has against a field; `ours` is what to correct."""

    field: str
    said: str
    ours: str | None


@dataclass(frozen=True, slots=True)
class Rejected:
    uploads: Sequence[Mapping[str, Any]]
    next: str | None
    error: AdminError | None
    workspaces: Mapping[str, str]


async def find_rejected(api: Api, filters: Mapping[str, str], cursor: str | None) -> Rejected:
    page, workspaces = await api.all(uploads_call(filters, cursor), list_workspaces(limit=500))
    names = (
        {}
        if isinstance(workspaces, AdminError)
        else {row["id"]: row["slug"] for row in workspaces["items"]}
    )
    if isinstance(page, AdminError):
        return Rejected([], None, page, names)
    rows = [{**row, "complaints": complaints(row)} for row in page["items"]]
    return Rejected(rows, page["next"], None, names)


def uploads_call(filters: Mapping[str, str], cursor: str | None) -> Call[PageUpload]:
    return list_uploads(
        filters.get("workspace_id"),
        lead_id=filters.get("lead_id"),
        platform=filters.get("platform"),
        status=filters.get("status", "failed"),
        limit=PAGE,
        cursor=cursor,
    )


def complaints(upload: Mapping[str, Any]) -> list[Complaint]:
    """Of the lead's fields; empty where it was the platform or the way there."""
    found = []
    if rejection := upload["rejection"]:
        field = rejection["field"] or rejection["ours"] or rejection["code"]
        found.append(Complaint(field, rejection["message"], rejection["ours"]))
    found += [
        Complaint(each["field"], each["said"], each.get("ours"))
        for each in upload["adjustments"]
        if each["action"] == "left_out"
    ]
    return found


async def send_again(
    api: Api, upload_id: UUID, corrections: Sequence[tuple[str, str]], reason: str | None
) -> Mapping[str, Any]:
    """Raises OverrideError where what was typed can't be read, and AdminError."""
    overrides = overrides_of(f"{field}={value}" for field, value in corrections)
    return await api.ask(resend_upload(upload_id, overrides, reason))

"""What was handed to the platforms: what became of it, what is billed, and sending a corrected lead again."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from leadstream.admin.answers import BillingSummary, PageBillingEvent, PageUpload, ResentUpload
from leadstream.admin.calls import Call, given, path

SERVICE = "platform-upload"


def list_uploads(  # noqa: PLR0913 - one argument a filter
    workspace_id: str | None = None,
    *,
    lead_id: object = None,
    platform: str | None = None,
    status: str | None = None,
    since: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageUpload]:
    """Newest first."""
    params = given(
        workspace_id=workspace_id,
        lead_id=lead_id,
        platform=platform,
        status=status,
        since=since,
        limit=limit,
        cursor=cursor,
    )
    return Call(SERVICE, "GET", "uploads", PageUpload, params)


def resend_upload(
    upload_id: UUID, overrides: Mapping[str, Any], reason: str | None
) -> Call[ResentUpload]:
    place, body = path("uploads", upload_id, "resend"), {"overrides": dict(overrides)}
    return Call(SERVICE, "POST", place, ResentUpload, body=body, reason=reason)


def list_billing_events(
    workspace_id: str | None = None,
    *,
    platform: str | None = None,
    since: str | None = None,
    until: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageBillingEvent]:
    """Newest first; up to, and not including, `until`."""
    params = given(
        workspace_id=workspace_id,
        platform=platform,
        since=since,
        until=until,
        limit=limit,
        cursor=cursor,
    )
    return Call(SERVICE, "GET", "billing-events", PageBillingEvent, params)


def compare_billing(
    since: str, until: str, workspace_id: str | None = None
) -> Call[BillingSummary]:
    params = given(since=since, until=until, workspace_id=workspace_id)
    return Call(SERVICE, "GET", "billing-events/summary", BillingSummary, params)

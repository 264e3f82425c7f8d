"""Where leads go: recipients and channels of delivery, connections of platform-upload, and how it went there."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadstream.admin.answers import (
    ChannelAnswer,
    ChannelWithSecret,
    ConnectionAnswer,
    DeliveriesSummary,
    DeliveryTestResult,
    ImportedSuppressions,
    LiftedSuppression,
    PageChannelAnswer,
    PageConnectionAnswer,
    PageDeliveryAnswer,
    PageRecipient,
    PageSuppression,
    PlatformUploadTestResult,
    PreviewAnswer,
    Recipient,
    SenderChecks,
    Suppression,
    SuppressionLine,
    UploadsSummary,
)
from leadstream.admin.calls import Call, given, path

DELIVERY, UPLOADS = "delivery", "platform-upload"


def list_recipients(
    workspace_id: str | None = None, *, limit: int | None = None, cursor: str | None = None
) -> Call[PageRecipient]:
    params = given(workspace_id=workspace_id, limit=limit, cursor=cursor)
    return Call(DELIVERY, "GET", "recipients", PageRecipient, params)


def list_channels(
    workspace_id: str | None = None,
    *,
    type: str | None = None,
    status: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageChannelAnswer]:
    params = given(workspace_id=workspace_id, type=type, status=status, limit=limit, cursor=cursor)
    return Call(DELIVERY, "GET", "channels", PageChannelAnswer, params)


def list_connections(
    workspace_id: str | None = None,
    *,
    platform: str | None = None,
    status: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageConnectionAnswer]:
    params = given(
        workspace_id=workspace_id, platform=platform, status=status, limit=limit, cursor=cursor
    )
    return Call(UPLOADS, "GET", "connections", PageConnectionAnswer, params)


def list_deliveries(
    workspace_id: str | None = None,
    *,
    channel: str | None = None,
    status: str | None = None,
    fate: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageDeliveryAnswer]:
    params = given(
        workspace_id=workspace_id,
        channel=channel,
        status=status,
        fate=fate,
        limit=limit,
        cursor=cursor,
    )
    return Call(DELIVERY, "GET", "deliveries", PageDeliveryAnswer, params)


def sum_up_deliveries(
    workspace_id: str | None = None, since: str | None = None
) -> Call[DeliveriesSummary]:
    params = given(workspace_id=workspace_id, since=since)
    return Call(DELIVERY, "GET", "deliveries/summary", DeliveriesSummary, params)


def sum_up_uploads(
    workspace_id: str | None = None, since: str | None = None
) -> Call[UploadsSummary]:
    params = given(workspace_id=workspace_id, since=since)
    return Call(UPLOADS, "GET", "uploads/summary", UploadsSummary, params)


def change_recipient(
    recipient_id: UUID, change: Mapping[str, Any], reason: str | None
) -> Call[Recipient]:
    return Call(
        DELIVERY,
        "PATCH",
        path("recipients", recipient_id),
        Recipient,
        body=dict(change),
        reason=reason,
    )


def get_recipient(recipient_id: UUID) -> Call[Recipient]:
    return Call(DELIVERY, "GET", path("recipients", recipient_id), Recipient)


def get_channel(channel_id: UUID) -> Call[ChannelAnswer]:
    return Call(DELIVERY, "GET", path("channels", channel_id), ChannelAnswer)


def pause_channel(channel_id: UUID, reason: str | None) -> Call[ChannelAnswer]:
    return _of_channel(channel_id, "pause", ChannelAnswer, reason)


def resume_channel(channel_id: UUID, reason: str | None) -> Call[ChannelAnswer]:
    return _of_channel(channel_id, "resume", ChannelAnswer, reason)


def rotate_channel(
    channel_id: UUID, reason: str | None, *, url: str | None = None
) -> Call[ChannelWithSecret]:
    """A webhook gets a new secret, which is told once; a Slack channel's secret is its `url`."""
    body = {"url": url} if url else {}
    place = path("channels", channel_id, "rotate")
    return Call(DELIVERY, "POST", place, ChannelWithSecret, body=body, reason=reason)


def try_channel(channel_id: UUID, reason: str | None) -> Call[DeliveryTestResult]:
    return _of_channel(channel_id, "test", DeliveryTestResult, reason)


def _of_channel(channel_id: UUID, step: str, answer: Any, reason: str | None) -> Call[Any]:
    return Call(DELIVERY, "POST", path("channels", channel_id, step), answer, reason=reason)


def get_connection(connection_id: UUID) -> Call[ConnectionAnswer]:
    return Call(UPLOADS, "GET", path("connections", connection_id), ConnectionAnswer)


def change_connection(
    connection_id: UUID, change: Mapping[str, Any], reason: str | None
) -> Call[ConnectionAnswer]:
    place = path("connections", connection_id)
    return Call(UPLOADS, "PATCH", place, ConnectionAnswer, body=dict(change), reason=reason)


def rotate_connection(
    connection_id: UUID, credentials: Mapping[str, Any], reason: str | None
) -> Call[ConnectionAnswer]:
    place = path("connections", connection_id, "rotate")
    body = {"credentials": dict(credentials)}
    return Call(UPLOADS, "POST", place, ConnectionAnswer, body=body, reason=reason)


def try_connection(connection_id: UUID, reason: str | None) -> Call[PlatformUploadTestResult]:
    place = path("connections", connection_id, "test")
    return Call(UPLOADS, "POST", place, PlatformUploadTestResult, reason=reason)


def preview(connection_id: UUID, lead_ids: Sequence[str]) -> Call[PreviewAnswer]:
    place = path("connections", connection_id, "preview")
    return Call(UPLOADS, "POST", place, PreviewAnswer, body={"lead_ids": list(lead_ids)})


def list_suppressions(
    workspace_id: str | None = None,
    *,
    reason: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageSuppression]:
    params = given(workspace_id=workspace_id, reason=reason, limit=limit, cursor=cursor)
    return Call(DELIVERY, "GET", "suppressions", PageSuppression, params)


def suppress(workspace_id: str, email: str, reason: str | None) -> Call[Suppression]:
    body = {"workspace_id": workspace_id, "email": email, "reason": "manual"}
    return Call(DELIVERY, "POST", "suppressions", Suppression, body=body, reason=reason)


def import_suppressions(
    workspace_id: str, rows: Sequence[SuppressionLine], reason: str | None = None
) -> Call[ImportedSuppressions]:
    body = {"workspace_id": workspace_id, "rows": list(rows)}
    return Call(
        DELIVERY, "POST", "suppressions/import", ImportedSuppressions, body=body, reason=reason
    )


def lift_suppression(suppression_id: UUID, reason: str | None) -> Call[LiftedSuppression]:
    place = path("suppressions", suppression_id)
    return Call(DELIVERY, "DELETE", place, LiftedSuppression, reason=reason)


def check_senders() -> Call[SenderChecks]:
    return Call(DELIVERY, "GET", "sender-checks", SenderChecks)

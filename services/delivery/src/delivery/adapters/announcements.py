"""What the other services hear of a delivery's end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from delivery.domain.delivery import Status, Verdict
from leadstream.contracts import (
    Channel,
    ChannelResult,
    ChannelStatus,
    DeliveryStatus,
    EmailFate,
    EventError,
    LeadDelivered,
    LeadFailed,
    Stage,
)
from leadstream.ids import derived_id
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An alert that is announced for the `number`th time: its deliveries have ended, or are held."""

    lead_id: UUID
    revision: int
    workspace_id: UUID
    verdict: Verdict
    number: int
    at: datetime
    traceparent: str | None
    # Rows of `deliveries`.
    deliveries: Sequence[Any] = ()


def announce_end(ended: Ended) -> list[OutboxEvent]:
    """`lead.delivered`; and `lead.failed` when nobody at all could be told: then the stage gave up on the lead."""
    events = [
        announce(
            LeadDelivered(
                lead_id=ended.lead_id,
                workspace_id=ended.workspace_id,
                revision=ended.revision,
                status=DeliveryStatus(ended.verdict.value),
                channels=tuple(_result(row) for row in ended.deliveries),
                delivered_at=ended.at,
            ),
            event_id=_event_id("lead.delivered", ended),
            traceparent=ended.traceparent,
        )
    ]
    return [*events, _failed(ended)] if ended.verdict is Verdict.FAILED else events


def _result(row: Any) -> ChannelResult:
    return ChannelResult(
        channel=Channel(row["channel"]),
        destination_id=row["destination_id"],
        status=ChannelStatus(row["status"]),
        attempts=row["attempts"],
        delivered_at=row["delivered_at"],
        error=row["error"],
        fate=EmailFate(row["fate"]) if row["fate"] else None,
    )


def _failed(ended: Ended) -> OutboxEvent:
    tried = [row for row in ended.deliveries if row["status"] == Status.FAILED]
    # One stands for all: the one that was tried most.
    row = max(tried, key=lambda row: row["attempts"])
    return announce(
        LeadFailed(
            lead_id=ended.lead_id,
            workspace_id=ended.workspace_id,
            revision=ended.revision,
            stage=Stage.DELIVERY,
            job_id=row["id"],
            attempts=row["attempts"],
            error=EventError(
                error_class=row["error_class"] or "unknown",
                code=str(row["status_code"]) if row["status_code"] else None,
                message=row["error"] or "",
            ),
            failed_at=ended.at,
        ),
        event_id=_event_id("lead.failed", ended),
        traceparent=ended.traceparent,
    )


def _event_id(kind: str, ended: Ended) -> UUID:
    return derived_id(f"delivery:{kind}", ended.lead_id, ended.revision, ended.number)

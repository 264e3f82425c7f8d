"""Says what an upload of some leads would do at a platform."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import (
    Adapter,
    Parcel,
    Past,
    Pasts,
    Plan,
    Requested,
    Requests,
)
from platform_upload.application.take_uploads import COLD, COLD_REFUSED
from platform_upload.domain.answers import Refused, RefusedError, Untried, Verdict
from platform_upload.domain.batches import cut
from platform_upload.domain.connection import Connection
from platform_upload.domain.lead import read_lead

TOO_SLOW = Refused(
    verdict=Verdict.RETRY, code="timeout", message="the platform was too slow for a preview"
)
_COLD = Refused(verdict=Verdict.PERMANENT, code=COLD, message=COLD_REFUSED, ours="intent_score")


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    # We have nothing to send.
    UNKNOWN = "unknown"
    # It was not come to.
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would become of one lead."""

    lead_id: UUID
    action: Action
    revision: int | None = None
    plan: Plan | None = None
    refused: Refused | None = None
    # Why there is neither.
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLeads:
    requests: Requests
    pasts: Pasts

    async def __call__(
        self, adapter: Adapter, connection: Connection, leads: Sequence[UUID], budget: Budget
    ) -> list[Preview]:
        """Of each lead its newest content, in the order that was asked for; raise RefusedError where nobody answers."""
        requested = await self.requests.newest(connection, leads)
        pasts = await self.pasts.of(connection, leads)
        parcels: list[Parcel] = []
        known: dict[UUID, Preview] = {}
        for lead_id in leads:
            packed = _pack(lead_id, requested.get(lead_id), pasts.get(lead_id, Past()))
            if isinstance(packed, Parcel):
                parcels.append(packed)
            else:
                known[lead_id] = packed
        answers = await _ask(adapter, connection, parcels, budget)
        known |= {
            parcel.lead.id: _preview(parcel, requested[parcel.lead.id], answer)
            for parcel, answer in zip(parcels, answers, strict=True)
        }
        return [known[lead_id] for lead_id in leads]


def _pack(lead_id: UUID, requested: Requested | None, past: Past) -> Parcel | Preview:
    if requested is None:
        message = "nobody has asked for its upload to this platform"
        return Preview(lead_id=lead_id, action=Action.UNKNOWN, message=message)
    revision = requested.revision
    if requested.score == COLD:
        return Preview(lead_id=lead_id, action=Action.REFUSED, revision=revision, refused=_COLD)
    payload = past.newest
    if payload is None or payload["revision"] != revision:
        message = "what was to be uploaded is not kept any longer"
        return Preview(lead_id=lead_id, action=Action.UNKNOWN, revision=revision, message=message)
    return Parcel(
        lead=read_lead(payload["lead"]),
        key=lead_id,
        asked_at=datetime.fromisoformat(payload["asked_at"]),
        known=past.tried,
        written=past.written,
    )


async def _ask(
    adapter: Adapter, connection: Connection, parcels: Sequence[Parcel], budget: Budget
) -> list[Plan | Refused | Untried]:
    """As many at once as an upload hands over. What was found out counts, also where the rest is not come to."""
    found: list[Plan | Refused | Untried] = []
    for batch in cut(parcels, adapter.limit, lambda each: each.size_bytes):
        try:
            found += await adapter.preview(connection, batch, budget)
        except SpentError:
            if not found:
                raise RefusedError(TOO_SLOW) from None
            break
        except RefusedError as exc:
            if not found:
                raise
            return found + [exc.refused] * (len(parcels) - len(found))
    return found + [Untried()] * (len(parcels) - len(found))


def _preview(parcel: Parcel, requested: Requested, answer: Plan | Refused | Untried) -> Preview:
    lead_id, revision = parcel.lead.id, requested.revision
    if isinstance(answer, Plan):
        return Preview(lead_id=lead_id, action=action_of(answer), revision=revision, plan=answer)
    if isinstance(answer, Refused):
        about_it = answer.verdict is Verdict.PERMANENT
        action = Action.REFUSED if about_it else Action.UNTRIED
        return Preview(lead_id=lead_id, action=action, revision=revision, refused=answer)
    message = "it was not come to, or has to wait for another of these leads: ask for it alone"
    return Preview(lead_id=lead_id, action=Action.UNTRIED, revision=revision, message=message)


def action_of(plan: Plan) -> Action:
    if plan.external_id is None:
        return Action.CREATE
    return Action.UPDATE if plan.changes or plan.note else Action.UNCHANGED

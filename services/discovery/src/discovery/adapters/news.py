"""What the other services' events tell of a lead."""

import hashlib
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from discovery.domain.company import company_key
from discovery.domain.story import Fact, FactKind
from leadstream.companies import company_domain
from leadstream.contracts import (
    DeliveryStatus,
    LeadDelivered,
    LeadEnriched,
    LeadFailed,
    LeadUploaded,
)

LeadNews = LeadEnriched | LeadDelivered | LeadUploaded | LeadFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What an enriched lead is, as JSON text."""

    key: str
    domain: str | None
    query_id: UUID | None
    contacts: str
    company: str
    intent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    lead_id: UUID
    workspace_id: UUID
    fact: Fact
    content: Content | None = None


def read_news(event: LeadNews) -> News:
    return News(
        lead_id=event.lead_id,
        workspace_id=event.workspace_id,
        fact=_fact(event),
        content=_content(event) if isinstance(event, LeadEnriched) else None,
    )


def _fact(event: LeadNews) -> Fact:
    digest = hashlib.blake2b(event.as_json(), digest_size=16).hexdigest()
    match event:
        case LeadEnriched():
            return _enriched(event, digest)
        case LeadDelivered():
            return _delivered(event, digest)
        case LeadUploaded():
            return _uploaded(event, digest)
        case LeadFailed():
            return _failed(event, digest)
        case _:
            assert_never(event)


def _enriched(event: LeadEnriched, digest: str) -> Fact:
    enrichment = event.enrichment
    return Fact(
        kind=FactKind.ENRICHED,
        revision=event.revision,
        happened_at=enrichment.enriched_at,
        digest=digest,
        status=enrichment.status.value,
        score=event.intent.score.value,
        discovered_at=event.discovered_at,
        detail=_plain(enrichment, {"reason", "provider", "credits_used", "total_contacts"}),
    )


def _delivered(event: LeadDelivered, digest: str) -> Fact:
    return Fact(
        kind=FactKind.DELIVERED,
        revision=event.revision,
        happened_at=event.delivered_at,
        digest=digest,
        status=event.status.value,
        error=_channel_error(event),
        detail=_plain(event, {"channels"}),
    )


def _channel_error(event: LeadDelivered) -> str | None:
    if event.status not in {DeliveryStatus.PARTIAL, DeliveryStatus.FAILED}:
        return None
    errors = [f"delivery: {each.channel}: {each.error}" for each in event.channels if each.error]
    return errors[0] if errors else f"delivery: {event.status}"


def _uploaded(event: LeadUploaded, digest: str) -> Fact:
    return Fact(
        kind=FactKind.UPLOADED,
        revision=event.revision,
        subject=event.platform,
        happened_at=event.uploaded_at,
        digest=digest,
        detail=_plain(event, {"adapter", "external_id", "outcome"}),
    )


def _failed(event: LeadFailed, digest: str) -> Fact:
    error = event.error
    return Fact(
        kind=FactKind.FAILED,
        revision=event.revision,
        # Several jobs of a stage may fail, each for its own reason.
        subject=f"{event.stage}/{event.job_id}" if event.job_id else event.stage.value,
        happened_at=event.failed_at,
        digest=digest,
        error=": ".join(part for part in (event.stage, error.error_class, error.message) if part),
        detail=_plain(event, {"job_id", "attempts", "error"}),
    )


def _content(event: LeadEnriched) -> Content:
    company = event.company
    domain = company_domain(company.domain) or company_domain(company.website)
    return Content(
        key=company_key(company.name, domain),
        domain=domain,
        query_id=event.query_id,
        contacts=event.enrichment.as_json().decode(),
        company=company.as_json().decode(),
        intent=event.intent.as_json().decode(),
    )


def _plain(part: Any, fields: set[str]) -> dict[str, Any]:
    plain: dict[str, Any] = part.model_dump(mode="json", include=fields)
    return plain

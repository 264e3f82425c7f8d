"""Leads as JSON: in the read model and in events they look the same."""

from discovery.domain.lead import Lead
from discovery.domain.search import Query
from leadstream.contracts import Company, Intent, LeadDiscovered, Score, Signal, Strength, Topic
from leadstream.contracts.codec import encode_value
from leadstream.ids import derived_id
from leadstream.outbox import OutboxEvent


def company_of(lead: Lead) -> Company:
    return Company.model_validate(lead.company)


def intent_of(lead: Lead) -> Intent:
    signals = tuple(
        Signal(
            signal_type=signal.signal_type,
            signal_strength=Strength(signal.strength.value),
            detected_at=signal.detected_at,
            source=signal.source,
        )
        for signal in lead.signals
    )
    return Intent(score=Score(lead.score.value), signals=signals, last_updated=lead.seen_at)


def announcement(lead: Lead, query: Query, *, traceparent: str | None) -> OutboxEvent:
    """`lead.discovered` for the revision that the lead is at: the same revision is always the same event."""
    event = LeadDiscovered(
        lead_id=lead.id,
        workspace_id=lead.workspace_id,
        query_id=query.id,
        revision=lead.revision,
        topic=Topic(id=query.topic.id, name=query.topic.name, category=query.topic.category),
        company=company_of(lead),
        intent=intent_of(lead),
        discovered_at=lead.created_at,
    )
    return OutboxEvent(
        id=derived_id(LeadDiscovered.topic_name, lead.id, lead.revision),
        topic=LeadDiscovered.topic_name,
        key=event.key.encode(),
        payload=encode_value(event),
        type=LeadDiscovered.event_type(),
        aggregate_id=event.key,
        traceparent=traceparent,
    )

"""Leads as JSON: in the read model and in events they look the same."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import orjson

from discovery.domain.lead import Lead
from discovery.domain.scoring import Signal, Strength
from discovery.domain.search import Query
from leadstream import contracts as events
from leadstream.contracts import Company, Intent, LeadDiscovered
from leadstream.contracts.codec import encode_value
from leadstream.ids import derived_id
from leadstream.outbox import OutboxEvent

# What of a signal is text.
_PLAIN = {field.name for field in fields(Signal)} - {"strength", "detected_at"}


def company_of(lead: Lead) -> Company:
    return Company.model_validate(lead.company)


def intent_of(lead: Lead) -> Intent:
    signals = tuple(
        events.Signal(
            signal_type=signal.signal_type,
            signal_strength=events.Strength(signal.strength.value),
            detected_at=signal.detected_at,
            source=signal.source,
        )
        for signal in lead.signals
    )
    score = events.Score(lead.score.value)
    return Intent(score=score, signals=signals, last_updated=lead.seen_at)


def signals_text(signals: Iterable[Signal]) -> str:
    """All that is known of them, under the names that events have."""
    return orjson.dumps([_plain(signal) for signal in signals]).decode()


def _plain(signal: Signal) -> dict[str, Any]:
    plain = asdict(signal)
    return plain | {"signal_strength": plain.pop("strength")}


def read_signals(stored: Iterable[Mapping[str, Any]]) -> tuple[Signal, ...]:
    return tuple(_read_signal(each) for each in stored)


def read_strength(value: object) -> Strength:
    """As events read it, so that a signal is as strong for us as for whoever hears of it."""
    return Strength(events.Strength.read(value).value)


def _read_signal(stored: Mapping[str, Any]) -> Signal:
    plain: dict[str, Any] = {name: stored.get(name) for name in _PLAIN}
    moment = stored.get("detected_at")
    return Signal(
        **plain,
        strength=read_strength(stored.get("signal_strength")),
        detected_at=datetime.fromisoformat(moment) if moment else None,
    )


def announcement(lead: Lead, query: Query, *, traceparent: str | None) -> OutboxEvent:
    """`lead.discovered` for the revision that the lead is at: the same revision is always the same event."""
    topic = lead.topic or query.topic
    event = LeadDiscovered(
        lead_id=lead.id,
        workspace_id=lead.workspace_id,
        query_id=query.id,
        revision=lead.revision,
        topic=events.Topic(id=topic.id, name=topic.name, category=topic.category),
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

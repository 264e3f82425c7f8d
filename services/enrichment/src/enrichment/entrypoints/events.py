"""What enrichment does with the events it hears of."""

from collections.abc import Mapping, Sequence
from typing import Any

from enrichment.adapters.leads import keep_leads
from enrichment.entrypoints.jobs import CREDIT_RESET, pipeline_job, reset_job
from leadstream.contracts import Decoded, LeadDiscovered, SchedulerTick
from leadstream.kafka.handlers import EventHandler, Work
from leadstream.postgres import Tx


async def on_lead_discovered(tx: Tx, events: Sequence[Decoded[LeadDiscovered]]) -> Work:
    leads = [decoded.event.model_dump(mode="json") for decoded in events]
    await keep_leads(tx, leads)
    return Work(
        jobs=[
            pipeline_job(lead, traceparent=decoded.traceparent)
            for lead, decoded in zip(leads, events, strict=True)
        ]
    )


async def on_scheduler_tick(tx: Tx, events: Sequence[Decoded[SchedulerTick]]) -> Work:
    due = [decoded for decoded in events if decoded.event.schedule == CREDIT_RESET]
    return Work(jobs=[reset_job(decoded.event, traceparent=decoded.traceparent) for decoded in due])


def event_handlers() -> Mapping[str, EventHandler]:
    handlers: dict[str, Any] = {
        LeadDiscovered.topic_name: on_lead_discovered,
        SchedulerTick.topic_name: on_scheduler_tick,
    }
    return handlers

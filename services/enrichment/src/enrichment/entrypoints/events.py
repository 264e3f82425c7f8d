"""What enrichment does with the events it hears of."""

from collections.abc import Mapping, Sequence
from typing import Any

from enrichment.adapters.leads import keep_leads
from enrichment.application.kinds import first_kind
from enrichment.entrypoints.jobs import CREDIT_RESET, pipeline_job, reset_job
from leadstream.accounts.store import PostgresAccounts
from leadstream.contracts import Decoded, LeadDiscovered, SchedulerTick
from leadstream.kafka.handlers import EventHandler, Work
from leadstream.postgres import Tx


class LeadDiscovery:
    """What is made of leads: each begins at the first source of its workspace's plan."""

    def __init__(self, accounts: PostgresAccounts) -> None:
        self._accounts = accounts

    async def __call__(self, tx: Tx, events: Sequence[Decoded[LeadDiscovered]]) -> Work:
        leads = [decoded.event for decoded in events]
        keep_leads(tx, leads)
        plans = await self._accounts.plans(tx, {lead.workspace_id for lead in leads})
        return Work(
            jobs=[
                pipeline_job(
                    lead,
                    kind=first_kind(plans[lead.workspace_id]),
                    traceparent=decoded.traceparent,
                )
                for lead, decoded in zip(leads, events, strict=True)
            ]
        )


async def on_scheduler_tick(tx: Tx, events: Sequence[Decoded[SchedulerTick]]) -> Work:
    due = [decoded for decoded in events if decoded.event.schedule == CREDIT_RESET]
    return Work(jobs=[reset_job(decoded.event, traceparent=decoded.traceparent) for decoded in due])


def event_handlers(accounts: PostgresAccounts) -> Mapping[str, EventHandler]:
    handlers: dict[str, Any] = {
        LeadDiscovered.topic_name: LeadDiscovery(accounts),
        SchedulerTick.topic_name: on_scheduler_tick,
    }
    return handlers

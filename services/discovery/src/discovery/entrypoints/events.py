"""What arrives on Kafka: ticks become jobs, the other services' events keep the read model."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from discovery.adapters.catalogue import Ask, plan_runs
from discovery.adapters.news import read_news
from discovery.adapters.read_model import apply_news
from discovery.application.plan_runs import Tick, trends_job
from leadstream.accounts.store import PostgresAccounts
from leadstream.contracts import (
    Decoded,
    LeadDelivered,
    LeadEnriched,
    LeadFailed,
    LeadUploaded,
    Reason,
    SchedulerTick,
)
from leadstream.erasure import without_erased
from leadstream.kafka.handlers import EventHandler, Work
from leadstream.postgres import Tx

DAILY_LEAD_GENERATION = "daily-lead-generation"
WEEKLY_TRENDS = "weekly-trends"
READ_MODEL = (LeadEnriched, LeadDelivered, LeadUploaded, LeadFailed)


def make_handlers(accounts: PostgresAccounts) -> Mapping[str, EventHandler]:
    return {
        SchedulerTick.topic_name: TickHandler(accounts),
        **{event.topic_name: keep_read_model for event in READ_MODEL},
    }


class TickHandler:
    """Schedules that are not ours are somebody else's: nothing to do, and nothing wrong."""

    def __init__(self, accounts: PostgresAccounts) -> None:
        self._accounts = accounts

    async def __call__(self, tx: Tx, events: Sequence[Decoded[SchedulerTick]]) -> Work:
        work = Work()
        asks: list[Ask] = []
        for decoded in events:
            if decoded.event.schedule == DAILY_LEAD_GENERATION:
                _read_ask(decoded, asks, work)
            elif decoded.event.schedule == WEEKLY_TRENDS:
                work.jobs.append(trends_job(_tick(decoded)))
        work.jobs += await plan_runs(tx, asks, self._accounts)
        return work


async def keep_read_model(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    events = await without_erased(tx, events)
    news = [read_news(decoded.event) for decoded in events]
    foreign = {id(each) for each in await apply_news(tx, news)}
    work = Work()
    for decoded, each in zip(events, news, strict=True):
        if id(each) in foreign:
            error = "the lead belongs to another workspace"
            work.rejected.append((decoded, Reason.WORKSPACE_MISMATCH, error))
    return work


def _read_ask(decoded: Decoded[SchedulerTick], asks: list[Ask], work: Work) -> None:
    params = decoded.event.params
    try:
        query_id, workspace_id = (_uuid(params, name) for name in ("query_id", "workspace_id"))
    except ValueError as exc:
        work.rejected.append((decoded, Reason.UNPROCESSABLE, str(exc)))
        return
    asks.append((_tick(decoded), query_id, workspace_id))


def _uuid(params: Mapping[str, Any], name: str) -> UUID | None:
    value = params.get(name)
    if value is None:
        return None
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise ValueError(f"params.{name}: expected a UUID") from None


def _tick(decoded: Decoded[SchedulerTick]) -> Tick:
    event = decoded.event
    return Tick(
        id=event.tick_id,
        scheduled_for=event.scheduled_for,
        manual=event.manual,
        traceparent=decoded.traceparent,
    )

"""What the outcome of a delivery job means to the deliveries."""

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from delivery.adapters.channels import disable_channels
from delivery.adapters.endings import Told, Written, write_progress
from delivery.application.deliver import Dropped, Tried
from delivery.domain.delivery import Channel, Status, Verdict
from delivery.domain.progress import Progress
from delivery.domain.score import Score
from delivery.domain.text import one_line
from leadstream.jobs.model import Held, JobState, Released, Retry, Settled, Succeeded
from leadstream.observability.metrics import (
    DELIVERIES_TOTAL,
    LEAD_AGE_SECONDS,
    LEAD_TOLD_SECONDS,
    LEADS_DELIVERED_TOTAL,
    start_at_zero,
)
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, after_commit

log = logging.getLogger(__name__)
LONGEST_ERROR = 300

start_at_zero(DELIVERIES_TOTAL, Channel, ("delivered", "failed", "cancelled", "retry", "held"))
start_at_zero(LEADS_DELIVERED_TOTAL, Verdict)
start_at_zero(LEAD_AGE_SECONDS, ("delivered",))
start_at_zero(LEAD_TOLD_SECONDS, Score, ("delivered", "failed"))


class DeliveryRecorder:
    """One object for all kinds of delivery, so that a batch is locked in one order, whatever its kinds."""

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        progress = [found for each in settled if (found := progress_of(each)) is not None]
        if not progress:
            return []
        written = await write_progress(tx, progress)
        await self._disable(tx, settled)
        after_commit(partial(_count, settled, progress, written))
        return written.events

    async def _disable(self, tx: Tx, settled: Sequence[Settled]) -> None:
        """A destination that said that it is gone is not called again until somebody has seen to it."""
        gone: list[tuple[Any, str, datetime]] = []
        for each in settled:
            tried = _tried(each)
            if tried and tried.answer.disables:
                gone.append((each.job.id, tried.answer.disables, each.started_at))
        for channel in await disable_channels(tx, gone) if gone else ():
            log.error(
                "channel.disabled",
                extra={
                    "channel_id": str(channel["id"]),
                    "workspace_id": str(channel["workspace_id"]),
                    "type": channel["type"],
                    "reason": channel["disabled_reason"],
                },
            )


def progress_of(settled: Settled) -> Progress | None:
    """What changes in the delivery; None where nothing was learned."""
    outcome, problem = settled.outcome, settled.problem
    tried = _tried(settled)
    if isinstance(outcome, Released) or (isinstance(outcome, Succeeded) and outcome.result is None):
        return None
    ambiguous = isinstance(outcome, Retry) and outcome.ambiguous
    return Progress(
        delivery_id=settled.job.id,
        at=settled.finished_at,
        status=_status(settled),
        # A pause is no attempt, here as in the job.
        tried=not isinstance(outcome, Held) and (tried is not None or isinstance(outcome, Retry)),
        unanswered=ambiguous,
        certain=tried is not None and not ambiguous and not tried.doubted_before,
        receipt=tried.answer.receipt if tried else None,
        error_class=problem.error_class if problem else None,
        error=_error(settled),
        status_code=problem.status_code if problem else None,
    )


def _tried(settled: Settled) -> Tried | None:
    result = None if isinstance(settled.outcome, Released) else settled.outcome.result
    return result if isinstance(result, Tried) else None


def _status(settled: Settled) -> Status | None:
    match settled.outcome:
        case Succeeded(result=Dropped()):
            return Status.CANCELLED
        case Succeeded():
            return Status.DELIVERED
        case _ if settled.state is JobState.CANCELLED:
            return Status.CANCELLED
        case _:
            return Status.FAILED if settled.state is JobState.FAILED else None


def _error(settled: Settled) -> str | None:
    if isinstance(settled.outcome, Succeeded) and isinstance(settled.outcome.result, Dropped):
        return one_line(settled.outcome.result.reason, LONGEST_ERROR)
    return one_line(settled.problem.message, LONGEST_ERROR) if settled.problem else None


def _count(settled: Sequence[Settled], progress: Sequence[Progress], written: Written) -> None:
    held = {each.job.id for each in settled if isinstance(each.outcome, Held)}
    for each in progress:
        channel = written.channels.get(each.delivery_id)
        if channel is not None:
            outcome = "held" if each.delivery_id in held else _outcome(each)
            count_delivery(channel, outcome)
    observe_told(written.told)


def _outcome(progress: Progress) -> str:
    return progress.status.value if progress.status else "retry"


def count_delivery(channel: Channel, outcome: str) -> None:
    DELIVERIES_TOTAL.labels(channel.value, outcome).inc()


def count_lead(verdict: Verdict) -> None:
    LEADS_DELIVERED_TOTAL.labels(verdict.value).inc()


def observe_told(told: Sequence[Told]) -> None:
    for each in told:
        age = max(0.0, each.age.total_seconds())
        count_lead(each.verdict)
        if each.verdict in {Verdict.DELIVERED, Verdict.PARTIAL}:
            LEAD_AGE_SECONDS.labels("delivered").observe(age)
            LEAD_TOLD_SECONDS.labels(each.score, "delivered").observe(age)
        elif each.verdict is Verdict.FAILED:
            LEAD_TOLD_SECONDS.labels(each.score, "failed").observe(age)

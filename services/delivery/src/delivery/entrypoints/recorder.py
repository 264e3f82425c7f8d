"""What the outcome of a delivery job means to the deliveries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from delivery.adapters.digests import note_digests, put_off
from delivery.adapters.endings import SQL as ENDINGS
from delivery.adapters.endings import Told, Written, write_progress
from delivery.adapters.senders import is_of_own_sender, write_anew
from delivery.adapters.troubles import Trouble, begin_troubles, end_troubles
from delivery.application.deliver import Deferred, Dropped, Tried
from delivery.application.notices import About
from delivery.application.planning import DIGEST
from delivery.domain.delivery import Channel, Status, Verdict
from delivery.domain.progress import Progress
from delivery.domain.score import Score
from leadstream.jobs.model import Failed, Held, JobState, Released, Retry, Settled, Succeeded
from leadstream.observability.metrics import (
    DELIVERIES_TOTAL,
    LEAD_AGE_SECONDS,
    LEAD_TOLD_SECONDS,
    LEADS_DELIVERED_TOTAL,
    start_at_zero,
)
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, after_commit
from leadstream.reading import one_line

LONGEST_ERROR = 300
# Kinds of jobs that are about no channel.
MAIL_KINDS = (f"deliver-{Channel.EMAIL}", DIGEST)
# The class of what was given up because its destination was away for too long.
OUTAGE = "outage"

start_at_zero(DELIVERIES_TOTAL, Channel, ("delivered", "failed", "cancelled", "retry", "held"))
start_at_zero(LEADS_DELIVERED_TOTAL, Verdict)
start_at_zero(LEAD_AGE_SECONDS, ("delivered",))
start_at_zero(LEAD_TOLD_SECONDS, Score, ("delivered", "failed"))


class DeliveryRecorder:
    """One object for all kinds of delivery, so that a batch is locked in one order, whatever its kinds."""

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        deferred = {each.job.id: until for each in settled if (until := _deferred(each))}
        if deferred:
            # Alerts before deliveries, as everywhere: what is put off touches deliveries only, and the rest both.
            await tx.execute(ENDINGS.lock_alerts, [each.job.id for each in settled])
            await put_off(tx, deferred)
        progress = await _progress(tx, settled)
        if not progress:
            return []
        written = await write_progress(tx, progress)
        await write_anew(tx, [each.job.id for each in settled if _is_refused_sender(each)])
        await note_channels(tx, settled, written.troubled)
        after_commit(partial(_count, settled, progress, written))
        return written.events


async def _progress(tx: Tx, settled: Sequence[Settled]) -> list[Progress]:
    """What changes in the deliveries, of which a digest's job stands for many."""
    ours = [(each.job.kind, found) for each in settled if (found := progress_of(each)) is not None]
    in_digests = await note_digests(tx, [found for kind, found in ours if kind == DIGEST])
    return [found for kind, found in ours if kind != DIGEST] + in_digests


def _is_refused_sender(settled: Settled) -> bool:
    return isinstance(settled.outcome, Held) and is_of_own_sender(settled.outcome.scope)


def _deferred(settled: Settled) -> datetime | None:
    outcome = settled.outcome
    if isinstance(outcome, Succeeded) and isinstance(outcome.result, Deferred):
        return outcome.result.until
    return None


async def note_channels(tx: Tx, settled: Sequence[Settled], troubled: Collection[UUID]) -> None:
    """What the attempts show of the channels themselves: that one is gone or away for too long, or works again."""
    ours = [each for each in settled if each.job.kind not in MAIL_KINDS]
    begun = [found for each in ours if (found := _trouble(each)) is not None]
    await begin_troubles(tx, begun)
    known = {each.channel_id for each in begun}
    told = {
        _channel_id(each): each.started_at
        for each in sorted(ours, key=lambda each: each.started_at)
        if isinstance(each.outcome, Succeeded)
        and _tried(each)
        and (each.job.id in troubled or _channel_id(each) in known)
    }
    await end_troubles(tx, list(told.items()))


def _trouble(settled: Settled) -> Trouble | None:
    tried, problem = _tried(settled), settled.problem
    if tried and tried.answer.disables:
        about, detail = About.GONE, tried.answer.disables
    elif isinstance(settled.outcome, Failed) and problem and problem.error_class == OUTAGE:
        about, detail = About.OUTAGE, problem.message
    else:
        return None
    return Trouble(
        channel_id=_channel_id(settled),
        about=about,
        detail=one_line(detail, LONGEST_ERROR),
        began_at=settled.started_at,
    )


def _channel_id(settled: Settled) -> UUID:
    return UUID(settled.job.payload["destination_id"])


def progress_of(settled: Settled) -> Progress | None:
    """What changes in the delivery; None where nothing was learned."""
    outcome, problem = settled.outcome, settled.problem
    tried = _tried(settled)
    if isinstance(outcome, Released) or (isinstance(outcome, Succeeded) and outcome.result is None):
        return None
    if _deferred(settled) is not None:
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

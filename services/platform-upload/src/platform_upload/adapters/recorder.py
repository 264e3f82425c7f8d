"""What attempts to upload mean: to the uploads, to billing, and to whoever follows the lead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from leadstream.contracts.events import EventError, LeadFailed, LeadUploaded, Stage, UploadOutcome
from leadstream.erasure import addresses_in, find_erased, without_people
from leadstream.ids import derived_id
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import JobState, NewJob, Released, Settled
from leadstream.observability.metrics import (
    BILLING_EVENTS_TOTAL,
    LEAD_AGE_SECONDS,
    PLATFORM_UPLOADS_TOTAL,
    UPLOAD_ADJUSTMENTS_TOTAL,
    start_at_zero,
)
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce
from leadstream.postgres import Tx, after_commit
from leadstream.troubles import KnownTroubles
from platform_upload.adapters.ended import Ended, ended
from platform_upload.adapters.uploads import SQL
from platform_upload.application.take_uploads import left_to_do
from platform_upload.domain.connection import connection_of
from platform_upload.domain.platforms import Platform

NO_ADAPTER = "none"
LONGEST_TEXT = 500
GIVEN_UP = frozenset({JobState.FAILED, JobState.CANCELLED})
ENDS = ("created", "updated", "waiting", "failed", "closed")

start_at_zero(
    PLATFORM_UPLOADS_TOTAL, Platform, (NO_ADAPTER,), ("waiting", "failed", "refused", "cancelled")
)
start_at_zero(BILLING_EVENTS_TOTAL, Platform)
start_at_zero(LEAD_AGE_SECONDS, ("uploaded",))


async def record_uploads(
    troubles: KnownTroubles, tx: Tx, settled: Sequence[Settled]
) -> Sequence[OutboxEvent]:
    """Record attempts, bill what was accepted for the first time, and announce what has come to an end."""
    done = [ended(each) for each in settled if not isinstance(each.outcome, Released)]
    if not done:
        return ()
    accepted = [each for each in done if each.accepted]
    outcomes, billed = await _settle(tx, done)
    left = [job for each in accepted if (job := _left_to_do(each))]
    if left:
        add_jobs(tx, await _without_erased(tx, left))
    after_commit(partial(_observe, done, outcomes, billed))
    well = {connection_of(each.settled.job.lane): each.settled.started_at for each in accepted}
    return [
        *await troubles.end(tx, well),
        *(_uploaded(each, outcomes[each.settled.job.id]) for each in accepted),
        *(_failed(each) for each in done if each.settled.state in GIVEN_UP),
    ]


async def record_contacts(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
    """Record what became of contacts that came after their company. The upload ended before: nothing is announced."""
    done = [ended(each) for each in settled if not isinstance(each.outcome, Released)]
    if done:
        tx.later(
            SQL.settle_contacts,
            [UUID(each.settled.job.payload["upload_id"]) for each in done],
            [each.error for each in done],
            [each.adjustments_json or "[]" for each in done],
            [each.written_json or "{}" for each in done],
        )
        after_commit(partial(observe_adjustments, done))
    return ()


def _left_to_do(ended: Ended) -> NewJob | None:
    accepted = ended.accepted
    if accepted is None or accepted.unfinished is None or accepted.external_id is None:
        return None
    at = ended.settled.finished_at
    return left_to_do(
        ended.settled.job, accepted.external_id, at=at, after=accepted.unfinished.after
    )


async def _without_erased(tx: Tx, jobs: Sequence[NewJob]) -> Sequence[NewJob]:
    """They are made of what the attempt was made of: somebody may have been erased during it."""
    addresses = [each for job in jobs for each in addresses_in(job.payload["lead"])]
    erased = await find_erased(tx, addresses)
    if not erased:
        return jobs
    leads = [without_people(j.payload["lead"], erased.within(j.workspace_id)) for j in jobs]
    return [
        replace(job, payload={**job.payload, "lead": lead})
        for job, lead in zip(jobs, leads, strict=True)
    ]


async def _settle(tx: Tx, ended: Sequence[Ended]) -> tuple[Mapping[UUID, UploadOutcome], set[UUID]]:
    """Return what became of the accepted ones, by job; and which of them were billed only now."""
    rows = await tx.fetch(
        SQL.settle_uploads,
        [each.settled.job.id for each in ended],
        [each.status for each in ended],
        [each.adapter for each in ended],
        [each.accepted.outcome if each.accepted else None for each in ended],
        [each.accepted.external_id if each.accepted else None for each in ended],
        [each.settled.attempts for each in ended],
        [each.error for each in ended],
        [each.settled.finished_at for each in ended],
        [each.adjustments_json for each in ended],
        [each.written_json for each in ended],
        [each.rejection_json for each in ended],
        [each.billing_id if each.accepted else None for each in ended],
        [each.workspace_id for each in ended],
        [each.lead_id for each in ended],
        [each.platform for each in ended],
        [each.billing_json for each in ended],
    )
    outcomes = {row["id"]: UploadOutcome(row["made"]) for row in rows}
    return outcomes, {row["id"] for row in rows if row["is_billed"]}


def _uploaded(ended: Ended, outcome: UploadOutcome) -> OutboxEvent:
    assert ended.accepted is not None  # noqa: S101 - only these are announced
    event = LeadUploaded(
        lead_id=ended.lead_id,
        workspace_id=ended.workspace_id,
        revision=ended.revision,
        platform=ended.platform,
        adapter=ended.adapter or NO_ADAPTER,
        external_id=ended.accepted.external_id,
        outcome=outcome,
        uploaded_at=ended.settled.finished_at,
    )
    event_id = derived_id("lead.uploaded", ended.lead_id, ended.platform, ended.revision)
    return announce(event, event_id=event_id, traceparent=ended.settled.job.traceparent)


def _failed(ended: Ended) -> OutboxEvent:
    job, problem = ended.settled.job, ended.settled.problem
    assert problem is not None  # noqa: S101 - a failed job has one
    code = str(problem.status_code) if problem.status_code else None
    event = LeadFailed(
        lead_id=ended.lead_id,
        workspace_id=ended.workspace_id,
        revision=ended.revision,
        stage=Stage.PLATFORM_UPLOAD,
        job_id=job.id,
        attempts=ended.settled.attempts,
        error=EventError(
            error_class=problem.error_class[:100],
            code=code,
            message=problem.message[:LONGEST_TEXT],
        ),
        failed_at=ended.settled.finished_at,
    )
    # A job that an operator runs again may fail again, which is another event.
    moment = ended.settled.finished_at.isoformat()
    event_id = derived_id("lead.failed", job.id, moment)
    return announce(event, event_id=event_id, traceparent=job.traceparent)


def _observe(
    ended: Sequence[Ended], outcomes: Mapping[UUID, UploadOutcome], billed: set[UUID]
) -> None:
    for each in ended:
        outcome = outcomes.get(each.settled.job.id)
        adapter = each.adapter or NO_ADAPTER
        word = outcome.value if outcome else _word(each)
        PLATFORM_UPLOADS_TOTAL.labels(each.platform, adapter, word).inc()
        if each.settled.job.id in billed:
            BILLING_EVENTS_TOTAL.labels(each.platform).inc()
            _observe_age(each)
    observe_adjustments(ended)


def observe_adjustments(ended: Sequence[Ended]) -> None:
    for each in ended:
        for adjustment in each.adjustments:
            labels = (each.adapter or NO_ADAPTER, adjustment.field, adjustment.action.value)
            UPLOAD_ADJUSTMENTS_TOTAL.labels(*labels).inc()


def _word(ended: Ended) -> str:
    return "waiting" if ended.status == "pending" else ended.status


def _observe_age(ended: Ended) -> None:
    """From discovery to the first time that the platform had the lead."""
    created_at = ended.settled.job.payload["lead"].get("created_at")
    if created_at:
        age = ended.settled.finished_at - datetime.fromisoformat(created_at)
        LEAD_AGE_SECONDS.labels("uploaded").observe(max(0.0, age.total_seconds()))


def show_adapters(names: Iterable[str]) -> None:
    """Have a series for every way that an upload by one of these may end."""
    start_at_zero(PLATFORM_UPLOADS_TOTAL, Platform, names, ENDS)

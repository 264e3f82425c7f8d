"""What attempts to upload mean: to the uploads, to billing, and to whoever follows the lead."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import orjson

from leadstream.contracts.events import EventError, LeadFailed, LeadUploaded, Stage, UploadOutcome
from leadstream.ids import derived_id
from leadstream.jobs.model import JobState, Released, Settled
from leadstream.observability.metrics import (
    BILLING_EVENTS_TOTAL,
    LEAD_AGE_SECONDS,
    PLATFORM_UPLOADS_TOTAL,
    start_at_zero,
)
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce
from leadstream.postgres import Tx, after_commit
from platform_upload.adapters.uploads import SQL
from platform_upload.application.outcomes import Upload
from platform_upload.domain.answers import Accepted, Refused
from platform_upload.domain.platforms import Platform

NO_ADAPTER = "none"
LONGEST_TEXT = 500
GIVEN_UP = frozenset({JobState.FAILED, JobState.CANCELLED})
ENDS = ("created", "updated", "waiting", "failed", "closed")

start_at_zero(PLATFORM_UPLOADS_TOTAL, Platform, (NO_ADAPTER,), ("waiting", "failed", "refused"))
start_at_zero(BILLING_EVENTS_TOTAL, Platform)
start_at_zero(LEAD_AGE_SECONDS, ("uploaded",))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """One attempt at one upload, with the names that the tables have for it."""

    settled: Settled
    lead_id: UUID
    workspace_id: UUID
    platform: str
    revision: int
    adapter: str | None
    accepted: Accepted | None
    closed: bool

    @property
    def status(self) -> str:
        if self.accepted:
            return "uploaded"
        if self.closed:
            return "closed"
        return "failed" if self.settled.state is JobState.FAILED else "pending"

    @property
    def error(self) -> str | None:
        if self.accepted:
            return self.accepted.note
        answer = _answer(self.settled)
        if isinstance(answer, Refused):
            return answer.message
        return self.settled.problem.message if self.settled.problem else None

    @property
    def billing_id(self) -> UUID:
        return derived_id("billing-event", self.lead_id, self.platform)


async def record_uploads(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
    """Record attempts, bill what was accepted for the first time, and announce what has come to an end."""
    ended = [_ended(each) for each in settled if not isinstance(each.outcome, Released)]
    if not ended:
        return ()
    accepted = [each for each in ended if each.accepted]
    billed = await _bill(tx, accepted)
    outcomes = {each.settled.job.id: _outcome(each, billed) for each in accepted}
    await _settle(tx, ended, outcomes)
    after_commit(partial(_observe, ended, outcomes, billed))
    return [
        *(_uploaded(each, outcomes[each.settled.job.id]) for each in accepted),
        *(_failed(each) for each in ended if each.settled.state in GIVEN_UP),
    ]


async def _bill(tx: Tx, accepted: Sequence[_Ended]) -> set[UUID]:
    """Return the billing events that were not there before."""
    if not accepted:
        return set()
    rows = await tx.fetch(
        SQL.insert_billing_events,
        [each.billing_id for each in accepted],
        [each.workspace_id for each in accepted],
        [each.lead_id for each in accepted],
        [each.platform for each in accepted],
        [orjson.dumps(_metadata(each)).decode() for each in accepted],
    )
    return {row["id"] for row in rows}


def _metadata(ended: _Ended) -> Mapping[str, object]:
    return {
        "adapter": ended.adapter,
        "external_id": ended.accepted.external_id if ended.accepted else None,
        "revision": ended.revision,
        "upload_id": str(ended.settled.job.id),
    }


def _outcome(ended: _Ended, billed: set[UUID]) -> UploadOutcome:
    """As the platform says; where it does not, a lead that was never accepted there is new to it."""
    if ended.accepted and ended.accepted.outcome:
        return UploadOutcome(ended.accepted.outcome.value)
    return UploadOutcome.CREATED if ended.billing_id in billed else UploadOutcome.UPDATED


async def _settle(tx: Tx, ended: Sequence[_Ended], outcomes: Mapping[UUID, UploadOutcome]) -> None:
    jobs = [each.settled.job.id for each in ended]
    await tx.execute(
        SQL.settle_uploads,
        jobs,
        [each.status for each in ended],
        [each.adapter for each in ended],
        [outcomes[job].value if job in outcomes else None for job in jobs],
        [each.accepted.external_id if each.accepted else None for each in ended],
        [each.settled.attempts for each in ended],
        [each.error for each in ended],
        [each.settled.finished_at for each in ended],
    )


def _uploaded(ended: _Ended, outcome: UploadOutcome) -> OutboxEvent:
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


def _failed(ended: _Ended) -> OutboxEvent:
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
    ended: Sequence[_Ended], outcomes: Mapping[UUID, UploadOutcome], billed: set[UUID]
) -> None:
    for each in ended:
        outcome = outcomes.get(each.settled.job.id)
        adapter = each.adapter or NO_ADAPTER
        word = outcome.value if outcome else _word(each)
        PLATFORM_UPLOADS_TOTAL.labels(each.platform, adapter, word).inc()
        if outcome and each.billing_id in billed:
            BILLING_EVENTS_TOTAL.labels(each.platform).inc()
            _observe_age(each)


def _word(ended: _Ended) -> str:
    return "waiting" if ended.status == "pending" else ended.status


def _observe_age(ended: _Ended) -> None:
    """From discovery to the first time that the platform had the lead."""
    created_at = ended.settled.job.payload["lead"].get("created_at")
    if created_at:
        age = ended.settled.finished_at - datetime.fromisoformat(created_at)
        LEAD_AGE_SECONDS.labels("uploaded").observe(max(0.0, age.total_seconds()))


def show_adapters(names: Iterable[str]) -> None:
    """Have a series for every way that an upload by one of these may end."""
    start_at_zero(PLATFORM_UPLOADS_TOTAL, Platform, names, ENDS)


def _ended(settled: Settled) -> _Ended:
    job = settled.job
    assert job.lead_id is not None  # noqa: S101 - upload jobs have both
    assert job.workspace_id is not None  # noqa: S101
    answer = _answer(settled)
    upload = _upload(settled)
    return _Ended(
        settled=settled,
        lead_id=job.lead_id,
        workspace_id=job.workspace_id,
        platform=job.payload["platform"],
        revision=job.payload["revision"],
        adapter=upload.adapter if upload else None,
        accepted=answer if isinstance(answer, Accepted) else None,
        closed=isinstance(answer, Refused) and answer.closed,
    )


def _upload(settled: Settled) -> Upload | None:
    """What the adapter said; None where the attempt never came to one, or its worker died."""
    if isinstance(settled.outcome, Released):
        return None
    return settled.outcome.result if isinstance(settled.outcome.result, Upload) else None


def _answer(settled: Settled) -> object:
    upload = _upload(settled)
    return upload.answer if upload else None

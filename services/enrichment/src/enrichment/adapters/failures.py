from typing import Final

from leadstream.contracts import EventError, LeadFailed, Stage
from leadstream.ids import derived_id
from leadstream.jobs.model import Settled
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce

_MAX_MESSAGE: Final = 500


def failed_event(settled: Settled) -> OutboxEvent:
    """Enrichment gave up on a lead. A job that was run again and failed again tells it again."""
    problem = settled.problem
    lead = settled.job.payload["lead"]
    event = LeadFailed(
        lead_id=lead["lead_id"],
        workspace_id=lead["workspace_id"],
        revision=lead["revision"],
        stage=Stage.ENRICHMENT,
        job_id=settled.job.id,
        attempts=settled.attempts,
        error=EventError(
            error_class=problem.error_class if problem else "unknown",
            code=str(problem.status_code) if problem and problem.status_code else None,
            message=problem.message[:_MAX_MESSAGE] if problem else "",
        ),
        failed_at=settled.finished_at,
    )
    event_id = derived_id("lead.failed", settled.job.id, settled.finished_at.isoformat())
    return announce(event, event_id=event_id, traceparent=settled.job.traceparent)

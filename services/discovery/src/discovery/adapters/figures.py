"""What a run leaves in the log and in the metrics."""

import logging

from discovery.adapters.runs import Run
from discovery.domain.harvest import Gathered, Rejection
from discovery.domain.scoring import Score
from leadstream.observability.metrics import (
    COMPANIES_FOUND_TOTAL,
    LEADS_CREATED_TOTAL,
    LEADS_KNOWN_TOTAL,
    LEADS_PER_QUERY,
    LEADS_REJECTED_TOTAL,
    LEADS_SCORED_TOTAL,
    start_at_zero,
)

log = logging.getLogger(__name__)

start_at_zero(LEADS_SCORED_TOTAL, Score)
start_at_zero(LEADS_REJECTED_TOTAL, Rejection)


def report_run(run: Run, gathered: Gathered | None) -> None:
    log.info(
        "run.recorded",
        extra={
            "run_id": str(run.id),
            "query_id": str(run.query_id),
            "workspace_id": str(run.workspace_id),
            "status": run.status,
            "run_error": run.error,
            **(_figures(gathered) if gathered else {}),
        },
    )
    if gathered:
        _count(gathered)


def _figures(gathered: Gathered) -> dict[str, object]:
    return {
        "found": gathered.found,
        # Not `created`: a log record has an attribute of that name already.
        "new": gathered.created,
        "known": gathered.known,
        "rejected": {reason.value: count for reason, count in gathered.rejected.items()},
    }


def _count(gathered: Gathered) -> None:
    COMPANIES_FOUND_TOTAL.inc(gathered.found)
    LEADS_CREATED_TOTAL.inc(gathered.created)
    LEADS_KNOWN_TOTAL.inc(gathered.known)
    LEADS_PER_QUERY.observe(gathered.created)
    for lead in {lead.id: lead for lead in gathered.leads.values()}.values():
        LEADS_SCORED_TOTAL.labels(lead.score.value).inc()
    for reason, count in gathered.rejected.items():
        LEADS_REJECTED_TOTAL.labels(reason.value).inc(count)

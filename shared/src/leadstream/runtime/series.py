"""The series that every service has, there from the start."""

from leadstream.contracts import registry
from leadstream.contracts.rejection import Reason
from leadstream.jobs.model import OUTCOMES
from leadstream.observability.metrics import (
    DEAD_LETTERS_TOTAL,
    EVENTS_CONSUMED_TOTAL,
    EVENTS_PUBLISHED_TOTAL,
    EVENTS_REFUSED_TOTAL,
    JOB_ATTEMPTS_TOTAL,
    JOB_DURATION_SECONDS,
    JOB_LEASES_EXPIRED_TOTAL,
    JOBS_ENDED_TOTAL,
    RECORDS_MISSING_TOTAL,
    start_at_zero,
)
from leadstream.runtime.observed import ENDS
from leadstream.runtime.service import Parts


def show_series(service: str, parts: Parts) -> None:
    """Start at 0 what this service may count: its kinds of jobs, the topics it reads and those it writes."""
    kinds = [kind.name for kind in parts.kinds]
    start_at_zero(JOB_ATTEMPTS_TOTAL, kinds, OUTCOMES)
    start_at_zero(JOB_DURATION_SECONDS, kinds)
    start_at_zero(JOBS_ENDED_TOTAL, kinds, ENDS)
    start_at_zero(JOB_LEASES_EXPIRED_TOTAL, kinds)
    start_at_zero(EVENTS_CONSUMED_TOTAL, parts.handlers, ("ok", "dead_letter", "gone"))
    start_at_zero(DEAD_LETTERS_TOTAL, parts.handlers, Reason)
    start_at_zero(RECORDS_MISSING_TOTAL, parts.handlers)
    topics = registry.load().event_topics
    written = [name for name, topic in topics.items() if service in topic.producers]
    start_at_zero(EVENTS_PUBLISHED_TOTAL, written)
    start_at_zero(EVENTS_REFUSED_TOTAL, written)

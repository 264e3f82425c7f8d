"""Every metric there is. Names and labels are a contract (dashboards, alerts); never an id as a label."""

import gc
import platform
from collections.abc import Iterable, Sequence
from itertools import product

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

# The `_created` series would double the number of series and say nothing a rate needs.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it bare

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
if platform.python_implementation() == "CPython" and hasattr(gc, "callbacks"):
    GCCollector(registry=REGISTRY)

# From a local database call to the deadline of a provider call.
CALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# From a job done at once to one that was retried all day.
JOB_BUCKETS = (0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
AGE_BUCKETS = (1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
LATENESS_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400)


def _counter(name: str, text: str, labels: Sequence[str] = ()) -> Counter:
    return Counter(f"leadstream_{name}", text, labels, registry=REGISTRY)


def _gauge(name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
    return Gauge(f"leadstream_{name}", text, labels, registry=REGISTRY)


def _histogram(
    name: str, text: str, labels: Sequence[str] = (), *, buckets: Sequence[float]
) -> Histogram:
    return Histogram(f"leadstream_{name}", text, labels, buckets=buckets, registry=REGISTRY)


PROVIDER_REQUESTS_TOTAL = _counter(
    "provider_requests_total",
    "Calls to providers, by what came back.",
    ["provider", "operation", "outcome"],
)
PROVIDER_SPEND_TOTAL = _counter(
    "provider_spend_total",
    "What calls to providers cost, as their prices have it, in the deployment's currency.",
    ["provider"],
)
SPENDING_CAP_USE_RATIO = _gauge(
    "spending_cap_use_ratio",
    "The share of its cap that is taken, of the workspace that has taken most of it.",
    ["period"],
)
PROVIDER_REQUEST_DURATION_SECONDS = _histogram(
    "provider_request_duration_seconds",
    "Time from sending a call to having read its answer.",
    ["provider", "operation"],
    buckets=CALL_BUCKETS,
)

COMPANIES_FOUND_TOTAL = _counter(
    "companies_found_total", "Companies that searches brought: created, known and rejected."
)
LEADS_CREATED_TOTAL = _counter("leads_created_total", "New leads stored.")
LEADS_KNOWN_TOTAL = _counter("leads_known_total", "Companies found that were leads already.")
LEADS_REJECTED_TOTAL = _counter(
    "leads_rejected_total", "Companies found that did not become leads.", ["reason"]
)
LEADS_PER_QUERY = _histogram(
    "leads_per_query", "New leads of one query run.", buckets=(0, 1, 2, 5, 10, 20, 30, 40, 50)
)
LEADS_SCORED_TOTAL = _counter("leads_scored_total", "Leads scored, by score.", ["score"])

ENRICHMENTS_TOTAL = _counter("enrichments_total", "Enrichments that ended.", ["outcome"])
ENRICHMENTS_SKIPPED_TOTAL = _counter(
    "enrichments_skipped_total", "Leads that nobody is paid to enrich, by reason.", ["reason"]
)
ENRICHMENT_DURATION_SECONDS = _histogram(
    "enrichment_duration_seconds",
    "Time to enrich one lead, provider calls included.",
    buckets=JOB_BUCKETS,
)
CONTACTS_FOUND = _histogram(
    "contacts_found", "Contacts found for one lead.", buckets=(0, 1, 2, 3, 4, 5)
)

DELIVERIES_TOTAL = _counter(
    "deliveries_total", "Attempts to deliver to a channel.", ["channel", "outcome"]
)
LEADS_DELIVERED_TOTAL = _counter(
    "leads_delivered_total",
    "Leads whose channels have all reached an end, by how that went together.",
    ["status"],
)

PLATFORM_UPLOADS_TOTAL = _counter(
    "platform_uploads_total",
    "Leads handed to a platform, one by one.",
    ["platform", "adapter", "outcome"],
)
UPLOAD_ADJUSTMENTS_TOTAL = _counter(
    "upload_adjustments_total",
    "Fields that a platform refused, and that went out mended or were left out.",
    ["adapter", "field", "action"],
)
BILLING_EVENTS_TOTAL = _counter("billing_events_total", "Billing events recorded.", ["platform"])

TICKS_TOTAL = _counter("ticks_total", "Ticks emitted.", ["schedule"])
TICK_LATENESS_SECONDS = _histogram(
    "tick_lateness_seconds",
    "Time between when a tick was due and when it was emitted.",
    ["schedule"],
    buckets=LATENESS_BUCKETS,
)
SCHEDULE_NEXT_TICK_TIMESTAMP_SECONDS = _gauge(
    "schedule_next_tick_timestamp_seconds",
    "When the next tick of a schedule that runs is due; in the past, it is late.",
    ["schedule"],
)
SCHEDULE_LAST_TICK_TIMESTAMP_SECONDS = _gauge(
    "schedule_last_tick_timestamp_seconds",
    "The newest time that a schedule has a tick for.",
    ["schedule"],
)

EVENTS_CONSUMED_TOTAL = _counter(
    "events_consumed_total", "Records taken in, by what became of them.", ["topic", "outcome"]
)
EVENTS_PUBLISHED_TOTAL = _counter(
    "events_published_total", "Events the broker acknowledged.", ["topic"]
)
EVENTS_REFUSED_TOTAL = _counter(
    "events_refused_total", "Events the broker will never take, set aside.", ["topic"]
)
DEAD_LETTERS_TOTAL = _counter(
    "dead_letters_total", "Records set aside, by reason.", ["topic", "reason"]
)
RECORDS_MISSING_TOTAL = _counter(
    "records_missing_total",
    "Records that were to be read next and are not in their topic any more.",
    ["topic"],
)

JOBS = _gauge("jobs", "Jobs in the ledger.", ["kind", "state"])
JOB_OLDEST_READY_SECONDS = _gauge(
    "job_oldest_ready_seconds", "How long the oldest job that is due has been due.", ["kind"]
)
JOB_OLDEST_UNHELD_SECONDS = _gauge(
    "job_oldest_unheld_seconds",
    "How long the oldest job that is due, and that no pause holds, has been due.",
    ["kind"],
)
JOBS_ENDED_TOTAL = _counter("jobs_ended_total", "Jobs that reached an end.", ["kind", "state"])
JOB_ATTEMPTS_TOTAL = _counter("job_attempts_total", "Attempts at jobs.", ["kind", "outcome"])
JOB_DURATION_SECONDS = _histogram(
    "job_duration_seconds", "Time one attempt took.", ["kind"], buckets=JOB_BUCKETS
)
JOB_LEASES_EXPIRED_TOTAL = _counter(
    "job_leases_expired_total",
    "Jobs taken back from a worker that died; their effect may have happened already.",
    ["kind"],
)

ROWS_DELETED_TOTAL = _counter(
    "rows_deleted_total", "Rows that were kept for long enough, by what goes with them.", ["table"]
)

OUTBOX_ROWS = _gauge("outbox_rows", "Events waiting to be published.")
OUTBOX_OLDEST_SECONDS = _gauge("outbox_oldest_seconds", "Age of the oldest event waiting.")
OUTBOX_LANES = _gauge(
    "outbox_lanes",
    "Partitions of a topic that take nothing now, or the topic itself: their events wait apart.",
    ["topic"],
)
CONSUMER_LAG_RECORDS = _gauge(
    "consumer_lag_records", "Newest offset minus committed, over all partitions.", ["topic"]
)
PAUSES = _gauge("pauses", "Pauses in force.", ["scope_kind"])
PAUSES_BY_REASON = _gauge(
    "pauses_by_reason",
    "Pauses in force, by why; the name is a provider's, a topic's or a kind of job's.",
    ["scope_kind", "name", "reason"],
)
LEAD_AGE_SECONDS = _histogram(
    "lead_age_seconds",
    "Time since the lead was discovered, when a stage is done with it.",
    ["stage"],
    buckets=AGE_BUCKETS,
)
LEAD_TOLD_SECONDS = _histogram(
    "lead_told_seconds",
    "Time from discovery until every channel has reached its end; delivered if one has it.",
    ["score", "outcome"],
    buckets=AGE_BUCKETS,
)
LEADS_OVERDUE = _gauge(
    "leads_overdue",
    "Leads of the last day that nobody was told of five minutes after they were found.",
    ["score"],
)

BUILD = Info("leadstream_build", "What is running.", registry=REGISTRY)


def start_at_zero(metric: Counter | Histogram, *values: Iterable[str]) -> None:
    """Show a series for each combination of these label values from the start.

    A series that is born with its first count has no increase that Prometheus could see: the first
    failure of a kind, or a whole night that fits between two scrapes, would be missing from every graph and alert.
    """
    for labels in product(*values):
        metric.labels(*labels)


def set_build_info(service: str, version: str) -> None:
    BUILD.info({"service": service, "version": version, "python": platform.python_version()})


def render_metrics() -> tuple[bytes, str]:
    """The exposition and its content type."""
    return generate_latest(REGISTRY), "text/plain; version=0.0.4; charset=utf-8"

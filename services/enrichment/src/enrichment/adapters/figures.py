"""What enrichment did, as figures and one log line a lead."""

import logging
from decimal import Decimal

from enrichment.application.results import Completed, Result
from enrichment.domain.lead import SkipReason
from leadstream.accounts.catalogue import PROVIDERS
from leadstream.jobs.model import Settled
from leadstream.observability.metrics import (
    CONTACTS_FOUND,
    ENRICHMENT_DURATION_SECONDS,
    ENRICHMENTS_SKIPPED_TOTAL,
    ENRICHMENTS_TOTAL,
    LEAD_AGE_SECONDS,
    PROVIDER_SPEND_TOTAL,
    SPENDING_CAP_USE_RATIO,
    start_at_zero,
)

log = logging.getLogger(__name__)

start_at_zero(ENRICHMENTS_TOTAL, ("completed", "skipped", "failed"))
start_at_zero(ENRICHMENTS_SKIPPED_TOTAL, SkipReason)
start_at_zero(LEAD_AGE_SECONDS, ("enriched",))
start_at_zero(
    PROVIDER_SPEND_TOTAL,
    [each.name for each in PROVIDERS.values() if each.service == "enrichment"],
)


def observe_enriched(result: Result, settled: Settled) -> None:
    age = (settled.finished_at - result.lead.discovered_at).total_seconds()
    LEAD_AGE_SECONDS.labels("enriched").observe(max(0.0, age))
    if not isinstance(result, Completed):
        ENRICHMENTS_TOTAL.labels("skipped").inc()
        ENRICHMENTS_SKIPPED_TOTAL.labels(result.reason.value).inc()
        return
    ENRICHMENTS_TOTAL.labels("completed").inc()
    seconds = (settled.finished_at - settled.started_at).total_seconds()
    ENRICHMENT_DURATION_SECONDS.observe(seconds)
    CONTACTS_FOUND.observe(len(result.answer.contacts))
    if result.kept and result.answer.rejected:
        log.warning(
            "enrichment.contacts_rejected",
            extra={"lead_id": str(result.lead.id), "reasons": list(result.answer.rejected)},
        )


def observe_failed(count: int) -> None:
    ENRICHMENTS_TOTAL.labels("failed").inc(count)


def observe_spend(provider: str, cost: Decimal) -> None:
    PROVIDER_SPEND_TOTAL.labels(provider).inc(float(cost))


def observe_cap_use(period: str, share: Decimal) -> None:
    SPENDING_CAP_USE_RATIO.labels(period).set(float(share))

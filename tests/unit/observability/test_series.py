"""What is counted for the first time must be an increase: its series is there before, at 0."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from leadstream.contracts import Decoded
from leadstream.contracts.rejection import Reason
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import OUTCOMES, Job, Outcome, Succeeded
from leadstream.kafka.handlers import Work
from leadstream.observability.metrics import REGISTRY
from leadstream.postgres import Tx
from leadstream.runtime.series import show_series
from leadstream.runtime.service import Parts

OWN = {
    "discovery.adapters.datashopper": [
        'provider_requests_total{operation="search",outcome="server_error",provider="datashopper"}',
    ],
    "enrichment.adapters.clay": [
        'provider_requests_total{operation="enrich",outcome="server_error",provider="clay"}',
        'provider_request_duration_seconds_count{operation="verify",provider="clay"}',
    ],
    "delivery.adapters.slack.sender": [
        'provider_requests_total{operation="post",outcome="client_error",provider="slack"}',
    ],
    "discovery.adapters.figures": [
        'leads_scored_total{score="hot"}',
        'leads_rejected_total{reason="missing_name"}',
    ],
    "enrichment.adapters.figures": [
        'enrichments_total{outcome="failed"}',
        'enrichments_skipped_total{reason="missing_domain"}',
        'lead_age_seconds_count{stage="enriched"}',
    ],
    "delivery.entrypoints.recorder": [
        'deliveries_total{channel="email",outcome="failed"}',
        'leads_delivered_total{status="no_channel"}',
        'lead_age_seconds_count{stage="delivered"}',
        'lead_told_seconds_count{outcome="delivered",score="hot"}',
    ],
    "platform_upload.adapters.recorder": [
        'platform_uploads_total{adapter="none",outcome="refused",platform="tech-platform"}',
        'billing_events_total{platform="tech-platform"}',
        'lead_age_seconds_count{stage="uploaded"}',
    ],
    "scheduler.entrypoints.clock": [
        'ticks_total{schedule="daily-lead-generation"}',
        'tick_lateness_seconds_count{schedule="daily-lead-generation"}',
    ],
}


async def do(job: Job) -> Outcome:
    return Succeeded()


async def take(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    return Work()


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(f"leadstream_{name}", labels)


def test_a_service_starts_with_every_series_that_its_parts_may_count() -> None:
    kind = JobKind(name="series-test", handler=do)

    show_series("enrichment", Parts(kinds=[kind], handlers={"series.test": take}))

    for outcome in OUTCOMES:
        assert value("job_attempts_total", kind=kind.name, outcome=outcome) == 0
    assert value("job_duration_seconds_count", kind=kind.name) == 0
    assert value("jobs_ended_total", kind=kind.name, state="failed") == 0
    assert value("job_leases_expired_total", kind=kind.name) == 0
    for outcome in ("ok", "dead_letter"):
        assert value("events_consumed_total", topic="series.test", outcome=outcome) == 0
    for reason in Reason:
        assert value("dead_letters_total", topic="series.test", reason=reason) == 0
    for topic in ("lead.enriched", "lead.failed"):
        assert value("events_published_total", topic=topic) is not None
        assert value("events_refused_total", topic=topic) is not None


@pytest.fixture(scope="module")
def fresh() -> list[str]:
    """The exposition of a process that has loaded the services and counted nothing."""
    loads = "".join(f"import {module};" for module in OWN)
    program = (
        "from leadstream.observability.metrics import render_metrics as r; print(r()[0].decode())"
    )
    ran = subprocess.run(  # noqa: S603 - a program of our own
        [sys.executable, "-c", loads + program], capture_output=True, text=True, check=True
    )
    return ran.stdout.splitlines()


@pytest.mark.parametrize("series", [each for found in OWN.values() for each in found])
def test_a_services_own_series_are_there_once_it_is_loaded(fresh: list[str], series: str) -> None:
    assert f"leadstream_{series} 0.0" in fresh

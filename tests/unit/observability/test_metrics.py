"""The metrics are a contract: this is a copy of its text, to be changed with it only."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leadstream.observability import metrics

SECTION_8 = """
`provider_requests_total{provider,operation,outcome}`, `provider_request_duration_seconds{provider,operation}`,
`leads_created_total`, `leads_rejected_total{reason}`, `leads_per_query`, `leads_scored_total{score}`,
`enrichments_total{outcome}`, `enrichment_duration_seconds`, `contacts_found`, `deliveries_total{channel,outcome}`,
`platform_uploads_total{platform,adapter,outcome}`, `billing_events_total{platform}`, `ticks_total{schedule}`,
`tick_lateness_seconds{schedule}`, `events_consumed_total{topic,outcome}`, `events_published_total{topic}`,
`dead_letters_total{topic,reason}`, `jobs{kind,state}`, `job_oldest_ready_seconds{kind}`, `job_attempts_total{kind,outcome}`,
`job_duration_seconds{kind}`, `outbox_rows`, `outbox_oldest_seconds`, `consumer_lag_records{topic}`, `pauses{scope_kind}`,
`lead_age_seconds{stage}` (time since discovery), `build_info`.
"""  # noqa: E501 - the contract's own lines

CONTRACT = {
    found["name"]: [label for label in (found["labels"] or "").strip("{}").split(",") if label]
    for found in re.finditer(r"`(?P<name>[a-z_]+)(?P<labels>\{[a-z_,]+\})?`", SECTION_8)
}


# What the contract does not name and we show all the same; the alerts hang on some of these names.
BEYOND = {
    "job_leases_expired_total": ["kind"],
    "job_oldest_unheld_seconds": ["kind"],
    "jobs_ended_total": ["kind", "state"],
    "events_refused_total": ["topic"],
    "rows_deleted_total": ["table"],
    "outbox_lanes": ["topic"],
    "records_missing_total": ["topic"],
    "pauses_by_reason": ["scope_kind", "name", "reason"],
    "schedule_next_tick_timestamp_seconds": ["schedule"],
    "schedule_last_tick_timestamp_seconds": ["schedule"],
    "lead_told_seconds": ["score", "outcome"],
    "leads_overdue": ["score"],
    "companies_found_total": [],
    "leads_known_total": [],
    "enrichments_skipped_total": ["reason"],
    "leads_delivered_total": ["status"],
    "upload_adjustments_total": ["adapter", "field", "action"],
    "provider_spend_total": ["provider"],
    "spending_cap_use_ratio": ["period"],
}


def exposed() -> dict[str, list[str]]:
    """Every metric of ours as the exposition names it, with its labels."""
    found: dict[str, list[str]] = {}
    for name, collector in vars(metrics).items():
        if not name.isupper() or not hasattr(collector, "_labelnames"):
            continue
        [family] = collector.describe()
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        found[f"{family.name}{suffix}"] = list(collector._labelnames)
    return found


def test_the_contract_was_read() -> None:
    assert len(CONTRACT) == 27
    assert CONTRACT["platform_uploads_total"] == ["platform", "adapter", "outcome"]


def test_every_metric_of_the_contract_is_there_under_its_name_and_labels() -> None:
    expected = {f"leadstream_{name}": labels for name, labels in (CONTRACT | BEYOND).items()}

    assert exposed() == expected


@pytest.mark.parametrize("labels", CONTRACT.values(), ids=CONTRACT)
def test_no_label_is_an_id(labels: list[str]) -> None:
    assert not [label for label in labels if label == "id" or label.endswith("_id")]


def test_the_exposition_is_what_prometheus_reads() -> None:
    metrics.set_build_info("delivery", "1.2.3")
    metrics.TICKS_TOTAL.labels("daily-lead-generation").inc()

    content, media_type = metrics.render_metrics()

    families = {family.name: family for family in text_string_to_metric_families(content.decode())}
    assert media_type.startswith("text/plain")
    assert families["leadstream_build_info"].samples[0].labels["service"] == "delivery"
    assert families["leadstream_ticks"].samples[0].name == "leadstream_ticks_total"
    samples = {sample.name for family in families.values() for sample in family.samples}
    assert not [name for name in samples if name.endswith("_created")]
    assert "process_resident_memory_bytes" in families
    assert "python_gc_objects_collected" in families


def test_every_metric_says_what_it_is() -> None:
    described = [
        family
        for family in text_string_to_metric_families(metrics.render_metrics()[0].decode())
        if family.name.startswith("leadstream_")
    ]

    assert described
    assert all(family.documentation.endswith(".") for family in described)

"""Alerts that can fire: every series and label they ask for is one that the code has."""

from functools import cache
from typing import Any

import pytest
import yaml

import delivery.adapters.metrics as delivery_metrics
from delivery.domain.delivery import Channel
from discovery.application.plan_runs import SOURCES, WEEKLY_TRENDS, run_kind
from leadstream.observability import metrics
from leadstream.pauses.store import NAMED_KINDS, REASONS
from leadstream.settings import CONSOLE_PORT, SERVICE_PORTS
from scheduler.application.builtin import BUILTIN
from unit.deploy.rules import (
    PROMETHEUS,
    RUNBOOKS,
    TEST_FILES,
    Selector,
    alert_names,
    alerts,
    kebab,
    rules,
    selectors,
)

# An external label of Prometheus, or a value of the chart: whose repository it is, nobody here knows.
RUNBOOK_URL = "{{ $externalLabels.runbooks }}/"
# What Prometheus adds to every series of ours.
TARGET = {"job", "instance", "service"}
# Not ours: kafka-exporter 1.9, postgres-exporter 0.11 and later, Prometheus itself.
EXPORTERS = {
    "kafka_consumergroup_lag": {"consumergroup", "topic", "partition"},
    "kafka_consumergroup_current_offset": {"consumergroup", "topic", "partition"},
    "pg_stat_activity_count": {"datname", "server", "state"},
    "pg_settings_max_connections": {"server"},
    "up": set(),
}
# Where the values of a label are a closed set, those that there are.
VALUES = {
    "service": {*SERVICE_PORTS, "console"},
    "consumergroup": set(SERVICE_PORTS),
    "job": {"leadstream"},
    "score": {"hot", "warm", "cold"},
    "schedule": set(BUILTIN),
    "reason": REASONS,
    "scope_kind": NAMED_KINDS | {"all", "workspace", "connection", "destination", "budget"},
    "channel": {channel.value for channel in Channel},
    "state": {"succeeded", "failed"},
    "report": {"bounced", "complained"},
    "kind": {*map(run_kind, SOURCES), WEEKLY_TRENDS, "credit-reset"},
}


def declared() -> dict[str, set[str]]:
    """Every series of ours, as it is scraped, with its labels."""
    found: dict[str, set[str]] = {}
    for collector in [*vars(metrics).values(), *vars(delivery_metrics).values()]:
        if not hasattr(collector, "_labelnames"):
            continue
        [family] = collector.describe()
        suffixes = {"counter": ["_total"], "info": ["_info"]}.get(family.type, [""])
        if family.type == "histogram":
            suffixes = ["_bucket", "_count", "_sum"]
        for suffix in suffixes:
            more = {"le"} if suffix == "_bucket" else set()
            found[family.name + suffix] = {*collector._labelnames, *more}
    return found


def recorded() -> dict[str, str]:
    return {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}


def asked() -> list[Selector]:
    return [selector for rule in rules() for selector in selectors(rule["expr"])]


def test_the_expressions_are_read() -> None:
    [lag, paused] = selectors(
        'sum by (topic) (leadstream_consumer_lag_records{service=~"a|b"}) > 0 unless on (topic)'
        ' label_replace(leadstream_pauses{scope_kind!="topic"}, "topic", "$1", "leadstream_x", "(.*)")'
    )

    assert lag == Selector("leadstream_consumer_lag_records", {"service": ("a", "b")})
    assert paused == Selector("leadstream_pauses", {"scope_kind": ("topic",)})
    assert len(asked()) > 150


def test_every_series_that_a_rule_asks_for_exists_with_its_labels() -> None:
    series = declared() | EXPORTERS
    unknown = []
    for selector in asked():
        if ":" in selector.metric:
            if selector.metric not in recorded():
                unknown.append(selector.metric)
            continue
        labels = series.get(selector.metric)
        if labels is None or not set(selector.labels) <= labels | TARGET:
            unknown.append(str(selector))

    assert not unknown


def test_every_value_that_a_rule_compares_with_is_one_that_occurs() -> None:
    unknown = [
        (selector.metric, name, value)
        for selector in asked()
        for name, values in selector.labels.items()
        for value in values
        if name in VALUES and value not in VALUES[name]
    ]

    assert not unknown


def test_the_objectives_have_their_buckets() -> None:
    bounds = {
        selector.labels["le"][0]: selector.metric
        for selector in asked()
        if selector.metric.endswith("_bucket")
    }

    assert bounds == {
        "300.0": "leadstream_lead_told_seconds_bucket",
        "30.0": "leadstream_tick_lateness_seconds_bucket",
    }
    assert 300 in metrics.AGE_BUCKETS
    assert 30 in metrics.LATENESS_BUCKETS


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_how_urgent_it_is_what_is_wrong_and_what_to_do(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in {"page", "ticket"}
    assert alert["annotations"]["summary"]
    assert alert["annotations"]["description"].endswith(".")
    assert alert["annotations"]["runbook_url"] == f"{RUNBOOK_URL}{kebab(alert['alert'])}.md"


@pytest.mark.parametrize("name", alert_names())
def test_an_alert_has_its_runbook_and_the_index_names_it(name: str) -> None:
    text = (RUNBOOKS / f"{kebab(name)}.md").read_text()

    assert text.startswith(f"# {name}\n")
    for part in ("Symptom", "See", "Decide", "Do", "Undo"):
        assert f"\n## {part}\n" in text
    assert f"]({kebab(name)}.md)" in (RUNBOOKS / "README.md").read_text()


@cache
def checks() -> list[dict[str, Any]]:
    return [
        check
        for path in TEST_FILES
        for test in yaml.safe_load(path.read_text())["tests"]
        for check in test["alert_rule_test"]
    ]


@pytest.mark.parametrize("name", alert_names())
def test_an_alert_is_tested_both_ways(name: str) -> None:
    fires = {bool(check["exp_alerts"]) for check in checks() if check["alertname"] == name}

    assert fires == {True, False}


def test_every_severity_of_an_alert_is_seen_firing() -> None:
    fired = {
        (check["alertname"], found["exp_labels"]["severity"])
        for check in checks()
        for found in check["exp_alerts"]
    }

    assert fired == {(alert["alert"], alert["labels"]["severity"]) for alert in alerts()}


def test_the_services_are_scraped_where_they_listen() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())
    [ours] = [each for each in config["scrape_configs"] if each["job_name"] == "leadstream"]

    targets = {target for each in ours["static_configs"] for target in each["targets"]}
    ports = {**SERVICE_PORTS, "console": CONSOLE_PORT}
    assert targets == {f"{name}:{port}" for name, port in ports.items()}


def test_nothing_of_alertmanager_needs_a_secret() -> None:
    config = yaml.safe_load((PROMETHEUS / "alertmanager.yml").read_text())

    assert [receiver for receiver in config["receivers"] if set(receiver) != {"name"}] == []


def test_where_the_runbooks_are_is_set_once_and_is_no_label_of_an_alert() -> None:
    config = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())

    assert config["global"]["external_labels"] == {"runbooks": "docs/runbooks"}
    (dropped,) = config["alerting"]["alert_relabel_configs"]
    assert dropped == {"action": "labeldrop", "regex": "runbooks"}

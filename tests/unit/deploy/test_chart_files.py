"""What the chart has from elsewhere is what is there now."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from leadstream_dev import chart
from support.helm import CHART, PROCESSES, Helm
from unit.deploy.test_manifests import NEWEST, check

RULES, DASHBOARDS = Path("deploy/prometheus/rules"), Path("deploy/grafana/dashboards")
RULE = """\
groups:
  - name: jobs
    rules:
      - alert: OldestReadyJob
        expr: max by (service) (leadstream_job_oldest_ready_seconds) > 600
        for: 10m
        labels: {severity: page}
        annotations:
          summary: "{{ $labels.service }}: {{ $value | humanizeDuration }}"
"""
DASHBOARD = json.dumps({"title": "Jobs", "panels": [{"legendFormat": "{{kind}}"}]}, indent=2)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that has the chart, and no rules or dashboards yet."""
    shutil.copytree(CHART, tmp_path / chart.CHART)
    for target in chart.COPIES:
        shutil.rmtree(tmp_path / target, ignore_errors=True)
    return tmp_path


def add(repository: Path, path: Path, text: str) -> None:
    (repository / path).parent.mkdir(parents=True, exist_ok=True)
    (repository / path).write_text(text)


def test_the_chart_is_up_to_date() -> None:
    assert chart.stale() == [], "run `make chart-files`"


def test_there_may_be_nothing_to_copy(repository: Path) -> None:
    chart.write(repository)

    assert chart.stale(repository) == []


def test_a_change_elsewhere_is_told_and_mended(repository: Path) -> None:
    add(repository, RULES / "jobs.yml", RULE)
    add(repository, DASHBOARDS / "jobs.json", DASHBOARD)
    copies = [chart.CHART / "files/dashboards/jobs.json", chart.CHART / "files/rules/jobs.yml"]

    assert chart.stale(repository) == copies
    chart.write(repository)

    assert chart.stale(repository) == []
    assert (repository / copies[1]).read_text() == RULE
    add(repository, RULES / "jobs.yml", RULE.replace("10m", "5m"))
    assert chart.stale(repository) == copies[1:]


def test_what_is_gone_elsewhere_goes_here(repository: Path) -> None:
    add(repository, chart.CHART / "files/rules/old.yml", RULE)

    assert chart.stale(repository) == [chart.CHART / "files/rules/old.yml"]
    chart.write(repository)

    assert not (repository / chart.CHART / "files/rules/old.yml").exists()


def test_a_setting_that_the_schema_lacks_is_told(repository: Path) -> None:
    path = repository / chart.SCHEMA
    schema = json.loads(path.read_text())
    del schema["definitions"]["settings-delivery"]["properties"]["RESEND_RATE"]
    path.write_text(json.dumps(schema, indent=2))

    assert chart.stale(repository) == [chart.SCHEMA]


def test_rules_and_dashboards_arrive_as_they_were_written(helm: Helm, repository: Path) -> None:
    """Both are full of braces that are none of Helm's business."""
    add(repository, RULES / "jobs.yml", RULE)
    add(repository, RULES / "empty.yml", "groups: []\n")
    add(repository, DASHBOARDS / "jobs.json", DASHBOARD)
    chart.write(repository)
    monitoring = {
        "labels": {"release": "prometheus"},
        "prometheusRule": {"enabled": True},
        "dashboards": {"enabled": True},
    }

    rendered = helm.render({"monitoring": monitoring}, chart=repository / chart.CHART)
    (rule,) = rendered.all("PrometheusRule").values()
    (dashboard,) = rendered.all("ConfigMap").values()

    assert rule["spec"]["groups"] == yaml.safe_load(RULE)["groups"]
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert dashboard["data"] == {"jobs.json": DASHBOARD}
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"
    check(rule, NEWEST)
    check(dashboard, NEWEST)


def test_alerts_and_dashboards_lead_to_the_runbooks_of_whoever_runs_it(helm: Helm) -> None:
    url = "https://git.acme.example/leads/docs/runbooks"
    parts = {"prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}}

    rendered = helm.render({"monitoring": {"runbookUrl": url, **parts}})

    (rule,) = rendered.all("PrometheusRule").values()
    alerts = [
        each for group in rule["spec"]["groups"] for each in group["rules"] if "alert" in each
    ]
    assert len(alerts) > 20
    assert all(each["annotations"]["runbook_url"].startswith(f"{url}/") for each in alerts)
    for board in rendered.all("ConfigMap").values():
        (text,) = board["data"].values()
        (runbooks,) = [v for v in json.loads(text)["templating"]["list"] if v["name"] == "runbooks"]
        assert runbooks["query"] == url


def test_without_rules_there_is_no_rule(helm: Helm, repository: Path) -> None:
    monitoring = {"prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}}

    rendered = helm.render({"monitoring": monitoring}, chart=repository / chart.CHART)

    assert not rendered.all("PrometheusRule")
    assert not rendered.all("ConfigMap")


def test_prometheus_knows_the_services_by_the_names_that_rules_use(helm: Helm) -> None:
    rendered = helm.render({"monitoring": {"serviceMonitor": {"enabled": True}}})
    monitor = rendered.all("ServiceMonitor")["acme-leadstream"]["spec"]
    (endpoint,) = monitor["endpoints"]
    (among,) = monitor["selector"]["matchExpressions"]

    assert endpoint["path"] == "/metrics"
    assert [each["targetLabel"] for each in endpoint["relabelings"]] == ["job", "service"]
    assert endpoint["relabelings"][0]["replacement"] == "leadstream"
    assert among["values"] == list(PROCESSES)
    for service in PROCESSES:
        labels = rendered.one("Service", service)["metadata"]["labels"]
        assert labels[among["key"]] == service
        assert monitor["selector"]["matchLabels"].items() <= labels.items()

"""The dashboards as files: made by the code, complete, and about metrics that exist."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

# Loaded for what it adds to the metrics.
import delivery.adapters.metrics  # noqa: F401
from leadstream.observability.metrics import REGISTRY
from support.panels import BOARDS, panels_of, targets_of

ROOT = Path(__file__).parents[3]
GRAFANA = ROOT / "deploy" / "grafana"
# What Prometheus itself knows of our services.
SCRAPED = {"up", "ALERTS"}
SCRAPE_LABELS = {"job", "service", "instance", "alertstate", "le"}
# The figures of the specification's Monitoring section, and what each is about.
SPECIFIED = {
    "Total leads created per day": "leads_created_total",
    "Leads per query": "leads_per_query",
    "DataShopper API failures": "provider_requests_total",
    "Enrichment success rate": "enrichments_total",
    "Average enrichment time": "enrichment_duration_seconds",
    "Clay API failures": "provider_requests_total",
    "Contacts found per lead": "contacts_found",
    "Hot lead percentage": "leads_scored_total",
    "Warm lead percentage": "leads_scored_total",
    "Cold lead percentage": "leads_scored_total",
    "Leads uploaded per platform": "platform_uploads_total",
    "Upload success rate": "platform_uploads_total",
    "Platform API failures": "provider_requests_total",
    "Email delivery rate": "email_fates_total",
    "Slack notification success": "deliveries_total",
    "Webhook success rate": "deliveries_total",
}
PANELS = [(uid, panel) for uid, board in BOARDS.items() for panel in panels_of(board)]
each_board = pytest.mark.parametrize("uid", BOARDS)
each_panel = pytest.mark.parametrize(
    ("uid", "panel"), PANELS, ids=[f"{uid}: {panel['title']}" for uid, panel in PANELS]
)


def metrics() -> dict[str, set[str]]:
    """The labels of each series that a service of ours exposes."""
    found: dict[str, set[str]] = {}
    for collector in list(REGISTRY._collector_to_names):
        labels = set(getattr(collector, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[collector]:
            found[name] = labels
    return found


def expressions(board: Mapping[str, Any]) -> list[str]:
    return [
        *(target.expr for target in targets_of(board)),
        *(each["expr"] for each in board["annotations"]["list"]),
    ]


def test_the_json_is_what_the_code_makes() -> None:
    environment = {**os.environ, "PYTHONPATH": str(GRAFANA)}

    ran = subprocess.run(
        [sys.executable, "-m", "boards", "--check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr


def test_the_seven_dashboards_are_there() -> None:
    assert {uid: board["title"].removeprefix("Leadstream / ") for uid, board in BOARDS.items()} == {
        "leadstream-overview": "Overview",
        "leadstream-providers": "Providers",
        "leadstream-jobs": "Jobs and queues",
        "leadstream-kafka": "Kafka and outbox",
        "leadstream-delivery": "Delivery",
        "leadstream-platforms": "Platforms",
        "leadstream-scheduler": "Scheduler",
    }
    assert all(board["uid"] == uid for uid, board in BOARDS.items())


@pytest.mark.parametrize(("title", "metric"), SPECIFIED.items())
def test_each_figure_of_the_specification_has_one_panel_that_names_its_metric(
    title: str, metric: str
) -> None:
    (panel,) = [panel for _, panel in PANELS if panel["title"] == title]

    assert f"`leadstream_{metric}`" in panel["description"]
    assert any(f"leadstream_{metric}" in target["expr"] for target in panel["targets"])


def test_the_specification_asks_for_sixteen() -> None:
    assert len(SPECIFIED) == 16


@each_panel
def test_a_panel_says_what_it_shows_and_why_it_may_be_empty(
    uid: str, panel: dict[str, Any]
) -> None:
    defaults = panel["fieldConfig"]["defaults"]

    assert panel["description"].split("\n\nMetric: `")[0].endswith((".", "`"))
    assert len(defaults["noValue"].split()) > 3
    assert defaults["unit"]
    assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    assert [target["refId"] for target in panel["targets"]] == list(
        "ABCDEFGHIJKL"[: len(panel["targets"])]
    )


@each_panel
def test_names_in_a_legend_are_labels_that_the_query_keeps(uid: str, panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        wanted = set(re.findall(r"\{\{(\w+)\}\}", target.get("legendFormat", "")))
        kept = {
            label.strip()
            for found in re.findall(r"by \(([^)]*)\)", target["expr"])
            for label in found.split(",")
        }
        assert wanted <= kept


@each_board
def test_every_metric_and_label_exists(uid: str) -> None:
    exposed = metrics()

    for expr in expressions(BOARDS[uid]):
        names = set(re.findall(r"\b(leadstream_\w+|up|ALERTS)\b", re.sub(r'"[^"]*"', "", expr)))
        assert names, expr
        assert names - SCRAPED <= exposed.keys(), expr
        known = set().union(*(exposed[name] for name in names - SCRAPED), SCRAPE_LABELS)
        matched = set(re.findall(r'(\w+)(?:=~|!~|!=|=)"', expr))
        grouped = {
            label.strip()
            for found in re.findall(r"(?:by|on) \(([^)]*)\)", expr)
            for label in found.split(",")
            if label.strip()
        }
        assert matched | grouped <= known, expr


@each_board
def test_no_label_is_an_id_and_every_variable_is_used(uid: str) -> None:
    board = BOARDS[uid]
    everything = " ".join(expressions(board))
    variables = {each["name"] for each in board["templating"]["list"]}
    used = set(re.findall(r"\$(\w+)", everything)) - {"__range", "__rate_interval"}

    assert used == variables - {"datasource", "runbooks"}
    assert not re.search(r"\b\w+_id\b", everything)


@each_board
def test_panels_have_ids_of_their_own_and_do_not_overlap(uid: str) -> None:
    panels = BOARDS[uid]["panels"]
    places = Counter(
        (x, y)
        for at in (panel["gridPos"] for panel in panels)
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    )

    assert len({panel["id"] for panel in panels}) == len(panels)
    assert max(places.values()) == 1
    assert max(x for x, _ in places) < 24


@each_board
def test_dashboards_lead_to_each_other_and_to_the_runbooks(uid: str) -> None:
    board = BOARDS[uid]
    links = {link["type"]: link for link in board["links"]}

    assert board["tags"] == links["dashboards"]["tags"] == ["leadstream"]
    assert links["link"]["url"] == "${runbooks}"
    assert board["schemaVersion"] >= 41


def test_the_runbooks_that_panels_lead_to_exist() -> None:
    urls = [link["url"] for _, panel in PANELS for link in panel.get("links", ())]

    assert len(urls) > 10
    for url in urls:
        assert (ROOT / url.replace("${runbooks}", "docs/runbooks")).is_file(), url


def test_provisioning_knows_the_data_source_and_the_dashboards() -> None:
    provisioning = GRAFANA / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "prometheus.yml").read_text())
    folders = yaml.safe_load((provisioning / "dashboards" / "leadstream.yml").read_text())

    (source,) = sources["datasources"]
    assert (source["uid"], source["url"]) == ("prometheus", "http://prometheus:9090")
    for board in BOARDS.values():
        (chosen,) = [v for v in board["templating"]["list"] if v["name"] == "datasource"]
        assert chosen["current"]["value"] == source["uid"]
    (provider,) = folders["providers"]
    assert provider["options"]["path"].startswith("/")

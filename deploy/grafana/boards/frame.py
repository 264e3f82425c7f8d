"""What all dashboards have in common: data source, variables, links, annotations, refresh."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard

from boards.panels import RUNBOOKS, SOURCE, Panel

TAG = "leadstream"
# Where to read on when a panel looks bad.
RUNBOOK_OF = {
    "Services up": "service-down",
    "Failed jobs": "jobs-failing",
    "Failed": "jobs-failing",
    "Oldest ready job": "jobs-waiting",
    "Age of the oldest ready job": "jobs-waiting",
    "Dead letters": "dead-letters",
    "Dead letters and refused events": "dead-letters",
    "Dead letters by reason": "dead-letters",
    "Lag": "consumer-stuck",
    "Consumer lag": "consumer-stuck",
    "Oldest event in the outbox": "outbox-stuck",
    "Error ratio": "provider-errors",
    "Providers and connections paused": "provider-paused",
    "Upload success rate": "uploads-rejected",
    "Delivered within 5 minutes": "hot-leads-late",
    "Lateness": "tick-late",
    "Ticks per day": "tick-missed",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard: the values of a label."""

    name: str
    metric: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard. The uid is in people's links, so it never changes; it is also the name of the file."""

    uid: str
    title: str
    about: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    variables: Sequence[Variable] = field(default_factory=tuple)

    def build(self) -> dashboard.Dashboard:
        board = (
            build.Dashboard(f"Leadstream / {self.title}")
            .uid(self.uid)
            .description(self.about)
            .tags([TAG])
            .timezone("utc")
            .time("now-24h", "now")
            .refresh("30s")
            .tooltip(dashboard.DashboardCursorSync.CROSSHAIR)
            .variables([_source(), _runbooks_at(), *map(_choice, self.variables)])
            .annotations([_nightly_job(), _alerts()])
            .links([_dashboards(), _runbooks()])
        )
        for title, panels in self.rows:
            board.with_row(build.Row(title))
            for panel in panels:
                board.with_panel(panel)
        built = board.build()
        for number, placed in enumerate(built.panels or (), start=1):
            # People link to a panel by its id; without one Grafana would give it another at every load.
            placed.id_val = number
            if isinstance(placed, dashboard.Panel) and placed.title in RUNBOOK_OF:
                placed.links = [_runbook(RUNBOOK_OF[placed.title])]
        return built


def _source() -> build.DatasourceVariable:
    chosen = dashboard.VariableOption(selected=True, text="Prometheus", value="prometheus")
    return (
        build.DatasourceVariable("datasource")
        .label("Data source")
        .type("prometheus")
        .current(chosen)
    )


def _runbooks_at() -> build.ConstantVariable:
    return build.ConstantVariable("runbooks").value(RUNBOOKS)


def _choice(variable: Variable) -> build.QueryVariable:
    label = variable.label or variable.name
    return (
        build.QueryVariable(variable.name)
        .label(variable.name.capitalize())
        .datasource(SOURCE)
        .query({"query": f"label_values({variable.metric}, {label})", "refId": variable.name})
        .refresh(dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(dashboard.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(dashboard.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def _nightly_job() -> build.AnnotationQuery:
    expr = 'increase(leadstream_ticks_total{schedule="daily-lead-generation"}[1m]) > 0'
    return _annotation("Nightly job", expr, "blue")


def _alerts() -> build.AnnotationQuery:
    return _annotation("Alerts", 'ALERTS{alertstate="firing"}', "red")


def _annotation(name: str, expr: str, color: str) -> build.AnnotationQuery:
    return (
        build.AnnotationQuery()
        .name(name)
        .datasource(SOURCE)
        .enable(True)
        .expr(expr)
        .icon_color(color)
    )


def _dashboards() -> build.DashboardLink:
    return (
        build.DashboardLink("Leadstream")
        .type(dashboard.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(False)
        .keep_time(True)
    )


def _runbook(name: str) -> dashboard.DashboardLink:
    link = build.DashboardLink(f"Runbook: {name}").type(dashboard.DashboardLinkType.LINK)
    return link.url(f"${{runbooks}}/{name}.md").target_blank(True).build()


def _runbooks() -> build.DashboardLink:
    return (
        build.DashboardLink("Runbooks")
        .type(dashboard.DashboardLinkType.LINK)
        .url("${runbooks}")
        .icon("doc")
        .target_blank(True)
    )

"""The kinds of panels that dashboards are made of. Each says what it shows, from which metric, and why it is empty."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.builders import common as build
from grafana_foundation_sdk.builders import dashboard as boards
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.models import common, dashboard
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE = dashboard.DataSourceRef(type_val="prometheus", uid="${datasource}")
# Where the runbooks are: a constant of each dashboard, which the chart sets.
RUNBOOKS = "docs/runbooks"
METRIC = re.compile(r"\bleadstream_[a-z_]+|\bup\b|\bALERTS\b|\bprocess_[a-z_]+")

Panel: TypeAlias = bargauge.Panel | stat.Panel | table.Panel | timeseries.Panel
P = TypeVar("P", bargauge.Panel, stat.Panel, table.Panel, timeseries.Panel)


@dataclass(frozen=True, slots=True)
class Query:
    expr: str
    # Grafana's pattern for the name of a series, such as `{{topic}}`.
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Levels:
    """From which value on a figure is a warning, and bad; below them (or above, if `falling`) it is good."""

    warning: float
    bad: float
    falling: bool = False

    def steps(self) -> list[dashboard.Threshold]:
        if self.falling:
            parts = [(None, "red"), (self.bad, "orange"), (self.warning, "green")]
        else:
            parts = [(None, "green"), (self.warning, "orange"), (self.bad, "red")]
        return [dashboard.Threshold(value=value, color=color) for value, color in parts]


# A bad thing, of which one is enough.
NONE_IS_GOOD = Levels(1, 1)
MOSTLY = Levels(0.99, 0.9, falling=True)
PLAIN = [dashboard.Threshold(value=None, color="blue")]


def figure(  # noqa: PLR0913 - what a panel is
    title: str,
    about: str,
    *queries: Query,
    empty: str,
    unit: str = "short",
    levels: Levels | None = None,
    decimals: int | None = None,
    span: int = 4,
    height: int = 5,
) -> stat.Panel:
    """One number, or one for each series, over the whole range shown."""
    panel = (
        stat.Panel()
        .reduce_options(build.ReduceDataOptions().calcs(["lastNotNull"]))
        .graph_mode(common.BigValueGraphMode.NONE)
        .color_mode(common.BigValueColorMode.VALUE)
        .text_mode(common.BigValueTextMode.AUTO)
        .thresholds(_thresholds(levels))
    )
    if decimals is not None:
        panel.decimals(decimals)
    return (
        _finish(panel, title, about, queries, empty, unit, instant=True).span(span).height(height)
    )


def bars(  # noqa: PLR0913
    title: str,
    about: str,
    *queries: Query,
    empty: str,
    unit: str = "short",
    levels: Levels | None = None,
    decimals: int | None = 0,
    span: int = 12,
    height: int = 8,
) -> bargauge.Panel:
    """Numbers beside each other, as bars, over the whole range shown."""
    panel = (
        bargauge.Panel()
        .reduce_options(build.ReduceDataOptions().calcs(["lastNotNull"]))
        .orientation(common.VizOrientation.HORIZONTAL)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .show_unfilled(True)
        .min(0)
        .thresholds(_thresholds(levels))
    )
    if decimals is not None:
        panel.decimals(decimals)
    return (
        _finish(panel, title, about, queries, empty, unit, instant=True).span(span).height(height)
    )


def graph(  # noqa: PLR0913
    title: str,
    about: str,
    *queries: Query,
    empty: str,
    unit: str = "short",
    stacked: bool = False,
    drawn: common.GraphDrawStyle = common.GraphDrawStyle.LINE,
    span: int = 12,
    height: int = 8,
) -> timeseries.Panel:
    """How it went over time."""
    legend = (
        build.VizLegendOptions()
        .display_mode(common.LegendDisplayMode.TABLE)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["lastNotNull", "max"])
    )
    mode = common.StackingMode.NORMAL if stacked else common.StackingMode.NONE
    panel = (
        timeseries.Panel()
        .draw_style(drawn)
        .fill_opacity(30 if stacked else 10)
        .line_width(1)
        .show_points(common.VisibilityMode.AUTO)
        .stacking(build.StackingConfig().mode(mode))
        .legend(legend)
        .tooltip(build.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).hide_zeros(True))
        .min(0)
    )
    return (
        _finish(panel, title, about, queries, empty, unit, instant=False).span(span).height(height)
    )


def per_day(
    title: str, about: str, *queries: Query, empty: str, span: int = 12
) -> timeseries.Panel:
    """A bar a day for two weeks, whatever range is shown; queries give the 24 hours before a midnight UTC."""
    bars = common.GraphDrawStyle.BARS
    panel = graph(title, about, *queries, empty=empty, stacked=True, drawn=bars, span=span)
    return panel.interval("1d").time_from("14d").decimals(0)


def listing(
    title: str, about: str, query: Query, *, empty: str, span: int = 24, height: int = 9
) -> table.Panel:
    """The series of one query as rows, a column for each label."""
    panel = (
        table.Panel()
        .decimals(0)
        .with_transformation(
            dashboard.DataTransformerConfig(
                id_val="organize",
                options={"excludeByName": {"Time": True}, "renameByName": {"Value": "count"}},
            )
        )
    )
    _finish(panel, title, about, [], empty, "short", instant=True)
    target = _target(query, "A", instant=True).format(PromQueryFormat.TABLE)
    panel.description(_described(about, [query])).with_target(target)
    return panel.span(span).height(height)


def _finish(  # noqa: PLR0913
    panel: P,
    title: str,
    about: str,
    queries: Sequence[Query],
    empty: str,
    unit: str,
    *,
    instant: bool,
) -> P:
    panel.title(title).description(_described(about, queries)).datasource(SOURCE)
    panel.unit(unit).no_value(empty)
    for number, query in enumerate(queries):
        panel.with_target(_target(query, "ABCDEFGHIJKL"[number], instant=instant))
    return panel


def _target(query: Query, ref_id: str, *, instant: bool) -> Dataquery:
    target = Dataquery().expr(query.expr).ref_id(ref_id).datasource(SOURCE)
    if query.legend:
        target.legend_format(query.legend)
    return target.instant() if instant else target.range()


def _described(about: str, queries: Sequence[Query]) -> str:
    """With the names of the metrics, for whoever wants to ask Prometheus."""
    names = dict.fromkeys(name for query in queries for name in METRIC.findall(query.expr))
    metrics = ", ".join(f"`{re.sub('_(bucket|sum|count)$', '', name)}`" for name in names)
    return f"{about}\n\nMetric: {metrics}"


def _thresholds(levels: Levels | None) -> boards.ThresholdsConfig:
    steps = levels.steps() if levels else PLAIN
    return boards.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(steps)

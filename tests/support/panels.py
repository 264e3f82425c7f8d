"""The panels of deploy/grafana/dashboards, and what Prometheus answers to them."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.prometheus import SCRAPE_SECONDS, Prometheus

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"
BOARDS: Mapping[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.glob("*.json"))
}


@dataclass(frozen=True, slots=True)
class Target:
    """One query of a panel."""

    panel: str
    legend: str
    expr: str
    instant: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """A stretch of time that Prometheus has seen, as a dashboard's time range."""

    start: float
    end: float

    def fill_in(self, expr: str) -> str:
        """Put values in the place of Grafana's variables, as Grafana does with `All` chosen."""
        fixed = {
            "$__rate_interval": f"{4 * SCRAPE_SECONDS}s",
            "$__range": f"{math.ceil(self.end - self.start)}s",
        }
        for name, value in fixed.items():
            expr = expr.replace(name, value)
        return re.sub(r"\$\{?\w+\}?", ".*", expr)


def panels_of(board: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Without the rows that they lie in."""
    for panel in board["panels"]:
        yield from panel.get("panels", ())
        if panel["type"] != "row":
            yield panel


def targets_of(board: Mapping[str, Any]) -> Iterator[Target]:
    for panel in panels_of(board):
        for target in panel["targets"]:
            legend, instant = target.get("legendFormat", ""), target.get("instant", False)
            yield Target(panel["title"], legend, target["expr"], instant)


async def answer(prometheus: Prometheus, target: Target, replay: Replay) -> dict[str, float]:
    """The last number of each series, under the name that the panel's legend gives it; without those that are none."""
    expr = replay.fill_in(target.expr)
    if target.instant:
        series = await prometheus.query(expr, at=replay.end)
        values = [(each["metric"], [each["value"]]) for each in series]
    else:
        series = await prometheus.query_range(expr, start=replay.start, end=replay.end)
        values = [(each["metric"], each["values"]) for each in series]
    named = {_name(target.legend, labels): _last(points) for labels, points in values}
    return {name: value for name, value in named.items() if not math.isnan(value)}


def _name(legend: str, labels: Mapping[str, str]) -> str:
    filled = re.sub(r"\{\{(\w+)\}\}", lambda found: labels.get(found[1], ""), legend)
    return filled or ", ".join(labels.values())


def _last(points: list[list[Any]]) -> float:
    numbers = [float(value) for _, value in points]
    return next((n for n in reversed(numbers) if not math.isnan(n)), math.nan)

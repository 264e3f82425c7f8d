"""The rule files of Prometheus as the tests read them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "deploy" / "prometheus"
RULE_FILES = sorted((PROMETHEUS / "rules").glob("*.yml"))
TEST_FILES = sorted((PROMETHEUS / "tests").glob("*.yml"))
RUNBOOKS = ROOT / "docs" / "runbooks"


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric as an expression asks for it."""

    metric: str
    # The values that a label is held against, taken apart where they are alternatives.
    labels: Mapping[str, tuple[str, ...]]


@cache
def rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in RULE_FILES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def alert_names() -> list[str]:
    return sorted({rule["alert"] for rule in alerts()})


def kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


_TEXT = r'"(?:[^"\\]|\\.)*"'
_SELECTOR = re.compile(
    rf"(?<![\w:\"$])(?P<metric>[a-z][a-z0-9_:]*)(?:\{{(?P<labels>(?:{_TEXT}|[^}}])*)\}})?"
)
_MATCHER = re.compile(rf"(\w+)\s*(=~|!~|!=|=)\s*({_TEXT})")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)")


def selectors(expression: str) -> list[Selector]:
    """The series an expression reads. Ours and the exporters' all have an underscore or a colon, but for `up`."""
    found = []
    for match in _SELECTOR.finditer(_GROUPING.sub(" ", _without_texts(expression))):
        metric = match["metric"]
        if metric != "up" and not re.match(r"(leadstream|kafka|pg|process)[_:]", metric):
            continue
        matchers = _MATCHER.findall(match["labels"] or "")
        labels = {name: tuple(value[1:-1].split("|")) for name, _, value in matchers}
        found.append(Selector(metric, labels))
    return found


def _without_texts(expression: str) -> str:
    """Texts that are arguments, as of label_replace, hold no series."""
    return re.sub(rf"(?<=[,(])\s*{_TEXT}", " ", expression)

"""How many jobs there are, of all services: by state, and by kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from leadstream.admin.answers import JobsSummary

STATES: Final = ("ready", "running", "failed", "succeeded", "cancelled")


@dataclass(slots=True)
class Tally:
    count: int = 0
    # There may be more than was counted.
    more: bool = False


@dataclass(frozen=True, slots=True)
class Tallies:
    states: Mapping[str, Tally]
    kinds: Mapping[tuple[str, str], Mapping[str, Tally]]
    # Since when those that have ended are counted; None where nobody has said.
    finished_since: datetime | None = None
    names: list[str] = field(default_factory=list)


def tally(summaries: Mapping[str, JobsSummary]) -> Tallies:
    """By the services' names."""
    states = {state: Tally() for state in STATES}
    kinds: dict[tuple[str, str], dict[str, Tally]] = defaultdict(
        lambda: {state: Tally() for state in STATES}
    )
    for service, summary in summaries.items():
        for state in summary["more"]:
            states[state].more = True
        for each in summary["counts"]:
            more = each["state"] in summary["more"]
            for tallied in (states[each["state"]], kinds[service, each["kind"]][each["state"]]):
                tallied.count += each["count"]
                tallied.more |= more
    since = [summary["finished_since"] for summary in summaries.values()]
    return Tallies(states, dict(sorted(kinds.items())), max(since, default=None), _names(kinds))


def _names(kinds: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({kind for _, kind in kinds})

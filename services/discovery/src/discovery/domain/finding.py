"""One company of an answer, with what was observed of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from discovery.domain.company import Company, fill_gaps
from discovery.domain.scoring import Score, Signal, distinct, score, strongest


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    company: Company
    signals: tuple[Signal, ...]

    @property
    def key(self) -> str:
        return self.company.key

    @property
    def score(self) -> Score:
        return score(self.signals)


def unite(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each company once, in the order of first mention: its signals together, its facts completed."""
    united: dict[str, Finding] = {}
    for finding in findings:
        known = united.get(finding.key)
        united[finding.key] = finding if known is None else together(known, finding)
    return tuple(united.values())


def together(first: Finding, second: Finding) -> Finding:
    """Two finds of one company: both their signals, and the first's facts completed."""
    return Finding(
        company=fill_gaps(first.company, second.company),
        signals=strongest(distinct((*first.signals, *second.signals))),
    )

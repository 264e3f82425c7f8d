"""What a search has brought, and what becomes of it: new leads, known ones, and what the day's limit leaves out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from discovery.domain.finding import Finding, together
from discovery.domain.lead import Lead, Shelf, discover, observe
from discovery.domain.search import Question

# The domains of leads by the keys they are known by.
Known = Mapping[str, str | None]


class Rejection(StrEnum):
    """Why an item did not become a lead; also a metric's label, so the set is closed."""

    NOT_AN_OBJECT = "not_an_object"
    MISSING_NAME = "missing_name"
    INVALID_NAME = "invalid_name"
    INVALID_SIGNALS = "invalid_signals"
    OVER_DAILY_LIMIT = "over_daily_limit"
    # By what the query asks for, where its source could not be asked for that.
    FILTERED_OUT = "filtered_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """An answer, read: `found` items, of which some were malformed, and some the same company again."""

    found: int
    findings: tuple[Finding, ...]
    repeated: int
    rejected: Mapping[Rejection, int]
    # A part of what there is to be seen, as one pushed signal is: it is added to what was seen before.
    adds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Where the items went: found = created + known + rejected."""

    found: int
    created: int
    known: int
    rejected: Mapping[Rejection, int]
    # As they are now: the new ones and the known ones that were seen again.
    leads: Shelf
    # What is to be told to others, in order.
    announced: tuple[Lead, ...]


def gather(
    harvest: Harvest,
    asked: Question,
    shelf: Shelf,
    *,
    room: int,
    new_id: Callable[[], UUID],
    now: datetime,
) -> Gathered:
    """Bring a harvest in. `room` is how many leads its query may still create that day: the best of what is new."""
    query, source = asked.query, asked.source
    known, new = _sort_out(harvest.findings, shelf)
    best = sorted(new, key=lambda finding: finding.score.rank, reverse=True)[:room]
    created = [
        discover(each, lead_id=new_id(), query=query, source=source, now=now) for each in best
    ]
    seen = {
        lead.id: observe(lead, each, query=query, source=source, now=now, adds=harvest.adds)
        for lead, each in known
    }
    risen = [seen[lead.id] for lead, _ in known if seen[lead.id].revision > lead.revision]
    left_out = Counter({Rejection.OVER_DAILY_LIMIT: len(new) - len(created)})
    by_key = {key: seen[lead.id] for key, lead in shelf.items() if lead.id in seen}
    return Gathered(
        found=harvest.found,
        created=len(created),
        known=len(harvest.findings) - len(new) + harvest.repeated,
        rejected=Counter(harvest.rejected) + left_out,
        leads=by_key | {lead.key: lead for lead in (*created, *seen.values())},
        announced=(*created, *risen),
    )


def _sort_out(
    findings: Sequence[Finding], shelf: Shelf
) -> tuple[list[tuple[Lead, Finding]], list[Finding]]:
    """The leads that are known, each with what was found of it; and what is new."""
    known: dict[UUID, tuple[Lead, Finding]] = {}
    new: list[Finding] = []
    for finding in findings:
        lead = _recognise(finding, shelf)
        before = known.get(lead.id) if lead else None
        if lead is None or (before and not _may_be_one(before[1], finding)):
            new.append(finding)
        else:
            known[lead.id] = (lead, together(before[1], finding) if before else finding)
    return list(known.values()), new


def brings_new(findings: Sequence[Finding], known: Known) -> bool:
    """Whether one of them is a company that a workspace with these leads does not know, as `gather` would tell."""
    return not all(
        each.key in known
        or (each.company.domain is not None and known.get(each.company.name_key, "") is None)
        for each in findings
    )


def _recognise(finding: Finding, shelf: Shelf) -> Lead | None:
    """Who has the domain; or who has the name, and whose domain nobody knew."""
    lead = shelf.get(finding.key)
    if lead is not None or finding.company.domain is None:
        return lead
    namesake = shelf.get(finding.company.name_key)
    return namesake if namesake and namesake.domain is None else None


def _may_be_one(one: Finding, other: Finding) -> bool:
    domains = {one.company.domain, other.company.domain} - {None}
    return len(domains) < 2

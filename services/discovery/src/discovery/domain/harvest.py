"""What a search has brought, and what becomes of it: new leads, known ones, and what the day's limit leaves out."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from discovery.domain.company import DomainOf
from discovery.domain.finding import Finding, unite
from discovery.domain.items import Rejection, read_item
from discovery.domain.lead import Lead, Shelf, discover, observe
from discovery.domain.search import Query

# We ask for 50. A provider that sends a hundred times that has lost its mind, and we needn't follow.
MAX_ITEMS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """An answer, read: `found` items, of which some were malformed, and some the same company again."""

    found: int
    findings: tuple[Finding, ...]
    repeated: int
    rejected: Mapping[Rejection, int]


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


def read_answer(items: Sequence[object], domain_of: DomainOf) -> Harvest:
    read = [read_item(item, domain_of) for item in items[:MAX_ITEMS]]
    usable = [each for each in read if isinstance(each, Finding)]
    rejected = Counter(each for each in read if isinstance(each, Rejection))
    rejected[Rejection.OVER_DAILY_LIMIT] += max(0, len(items) - MAX_ITEMS)
    findings = unite(usable)
    return Harvest(
        found=len(items),
        findings=findings,
        repeated=len(usable) - len(findings),
        rejected=+rejected,
    )


def gather(
    harvest: Harvest,
    query: Query,
    shelf: Shelf,
    *,
    room: int,
    new_id: Callable[[], UUID],
    now: datetime,
) -> Gathered:
    """Bring a harvest in. `room` is how many leads the query may still create that day."""
    known = [finding for finding in harvest.findings if finding.key in shelf]
    new = [finding for finding in harvest.findings if finding.key not in shelf]
    created = [
        discover(
            finding, lead_id=new_id(), workspace_id=query.workspace_id, query_id=query.id, now=now
        )
        for finding in new[:room]
    ]
    seen = [observe(shelf[finding.key], finding, now=now) for finding in known]
    risen = [lead for lead in seen if lead.revision > shelf[lead.key].revision]
    left_out = Counter({Rejection.OVER_DAILY_LIMIT: len(new) - len(created)})
    return Gathered(
        found=harvest.found,
        created=len(created),
        known=len(known) + harvest.repeated,
        rejected=Counter(harvest.rejected) + left_out,
        leads={lead.key: lead for lead in (*created, *seen)},
        announced=(*created, *risen),
    )

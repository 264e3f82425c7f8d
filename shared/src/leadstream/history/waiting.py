"""How much waits behind a pause, and since when; cheap, however much that is and however many pauses there are."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from leadstream.history.queries import SQL
from leadstream.jobs.kinds import JobKind
from leadstream.pauses import scope_kind
from leadstream.postgres import Database

LANES = frozenset({"connection", "destination"})
# Jobs that are counted: of a lane, and of a kind.
MOST_OF_LANE = 1_000
MOST_OF_KIND = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What waits behind a scope."""

    # None: not jobs wait, but records in a topic.
    waiting: int | None
    # When the first of them could have run.
    oldest: datetime | None
    # There may be more than was counted.
    more: bool


NOTHING = Behind(waiting=0, oldest=None, more=False)
RECORDS = Behind(waiting=None, oldest=None, more=False)


async def behind(
    database: Database, scopes: Iterable[str], kinds: Sequence[JobKind]
) -> Mapping[str, Behind]:
    """What waits behind each of the scopes."""
    wanted = set(scopes)
    lanes = {scope for scope in wanted if scope_kind(scope) in LANES}
    topics = {scope for scope in wanted if scope_kind(scope) == "topic"}
    found = dict.fromkeys(wanted, NOTHING) | dict.fromkeys(topics, RECORDS)
    if lanes:
        found |= await _in_lanes(database, lanes, kinds)
    if wide := wanted - lanes - topics:
        found |= await _wide(database, wide, kinds)
    return found


async def _in_lanes(
    database: Database, lanes: Iterable[str], kinds: Sequence[JobKind]
) -> dict[str, Behind]:
    names = [kind.name for kind in kinds]
    rows = await database.look(
        SQL.waiting_in_lanes, list(lanes), names, MOST_OF_LANE + 1, by_index=True
    )
    return {
        row["scope"]: Behind(
            waiting=min(row["waiting"], MOST_OF_LANE),
            oldest=row["oldest"],
            more=row["waiting"] > MOST_OF_LANE,
        )
        for row in rows
    }


async def _wide(
    database: Database, scopes: Iterable[str], kinds: Sequence[JobKind]
) -> dict[str, Behind]:
    """Behind what holds jobs of many lanes: a kind, a provider, a workspace, all."""
    parted = {scope: _parted(scope) for scope in scopes}
    rows = await database.look(
        SQL.waiting_by_kind,
        [kind.name for kind in kinds],
        [owner for _, owner in parted.values() if owner],
        MOST_OF_KIND,
        by_index=True,
    )
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row["kind"]] += row["waiting"]
    full = {kind for kind, count in counted.items() if count >= MOST_OF_KIND}

    def sum_up(scope: str) -> Behind:
        wide, owner = parted[scope]
        held = {kind.name for kind in kinds if wide in kind.scopes}
        its = [row for row in rows if row["kind"] in held and owner in (row["workspace_id"], None)]
        return Behind(
            waiting=sum(row["waiting"] for row in its),
            oldest=min((row["oldest"] for row in its), default=None),
            more=bool(held & full),
        )

    return {scope: sum_up(scope) for scope in scopes}


def _parted(scope: str) -> tuple[str, UUID | None]:
    """`workspace:<id>` holds all that is one workspace's, `provider:<name>:<id>` what of a provider's is."""
    kind, _, name = scope.partition(":")
    if kind == "workspace":
        return "all", UUID(name)
    provider, _, owner = name.partition(":")
    return (f"{kind}:{provider}", UUID(owner)) if owner and kind == "provider" else (scope, None)

"""Looking through tables for a person, a part at a time; and the tables that every service has.

One list for all that is asked about a person: a place can't be known to an erasure and not be shown.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import orjson

from leadstream.erasure.people import addresses_in, without_people
from leadstream.erasure.store import ERASED, HOLDERS, SQL, Kind, Person
from leadstream.postgres import Tx

Key: TypeAlias = UUID | int
# Rows looked through in one transaction: some tenths of a second, and no lock is held for longer.
BATCH = 5000
_BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a table with keys after one, up to another (None: the last)."""

    after: Key
    until: Key | None
    # Rows that earlier sweeps removed, and that these rows may point to.
    found: Sequence[UUID] = ()
    # On whose behalf.
    erasure_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    # Rows by table, or what of it.
    removed: Mapping[str, int]
    found: Sequence[UUID] = ()
    # What was seen to be in other hands, by whose.
    elsewhere: Mapping[str, int] = field(default_factory=dict)


def united(several: Iterable[Swept]) -> Swept:
    """What all of them together have removed."""
    removed: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    found: list[UUID] = []
    for each in several:
        removed.update(each.removed)
        elsewhere.update(each.elsewhere)
        found += each.found
    return Swept(removed, found, elsewhere)


Erase: TypeAlias = Callable[[Tx, Person, Part], Awaitable[Swept]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """How a person is shown, and taken out of one table, and of what hangs on its rows."""

    name: str
    erase: Erase
    # Queries: what the rows say of a person (`Shown`). With `last` they are asked for a part, else for all.
    show: Sequence[str]
    # How an objection takes the person out of what is still to be told; None: these are facts, which stay.
    withhold: Erase | None = None
    # A query: which key is $2 rows after $1. None: the table is small, and looked through at once.
    last: str | None = None
    first: Key = _BEFORE_ALL
    # A query: the addresses in the rows after $1, up to $2 (null: to the end); without `last` it takes nothing.
    addresses: str | None = None

    async def part(
        self,
        tx: Tx,
        after: str | None,
        *,
        found: Sequence[UUID] = (),
        erasure_id: UUID | None = None,
        size: int | None = None,
    ) -> Part:
        """The next rows to look through."""
        begin = self.first if after is None else type(self.first)(after)
        until = await tx.fetchval(self.last, begin, (size or BATCH) - 1) if self.last else None
        return Part(begin, until, found, erasure_id)

    async def addresses_in(self, tx: Tx, part: Part) -> list[str]:
        """Whoever is in these rows, as addresses are compared."""
        if self.addresses is None:
            return []
        where = (part.after, part.until) if self.last else ()
        rows = await tx.fetch(self.addresses, *where)
        return [row["address"] for row in rows if row["address"]]

    async def shown(self, tx: Tx, person: Person, part: Part) -> list[Any]:
        """What these rows say of the person."""
        where = (part.after, part.until) if self.last else ()
        return [
            row
            for query in self.show
            for each in person.spelt()
            for row in await tx.fetch(query, each.email, each.workspace_id, *where)
        ]

    async def take_out(self, tx: Tx, person: Person, part: Part, kind: Kind) -> Swept:
        """Erase the person from these rows, or from what of them is still to be told."""
        erase = self.withhold if kind is Kind.OBJECTED and self.withhold else self.erase
        return united([await erase(tx, each, part) for each in person.spelt()])


def name_after(sweep: Sweep, sweeps: Iterable[str]) -> str | None:
    """Which of them comes next."""
    names = list(sweeps)
    place = names.index(sweep.name) + 1
    return names[place] if place < len(names) else None


async def _erase_from_jobs(tx: Tx, person: Person, part: Part) -> Swept:
    where = (person.email, person.workspace_id, ERASED, part.after, part.until)
    attempts = await tx.fetch(SQL.erase_from_attempts, *where)
    jobs = await tx.fetch(SQL.erase_from_errors, *where)
    return Swept({"job_attempts": len(attempts), "jobs.last_error": len(jobs)})


async def _erase_from_audit(tx: Tx, person: Person, part: Part) -> Swept:
    nobody = {"email": ERASED, "full_name": None}
    where = (person.email, person.workspace_id, nobody, part.after, part.until)
    return Swept({"audit_log": len(await tx.fetch(SQL.erase_from_audit, *where))})


async def _erase_from_outbox(tx: Tx, person: Person, part: Part) -> Swept:
    rows = await tx.fetch(SQL.find_events, person.email, part.after, part.until)
    return Swept({"outbox": await _erase_from_events(tx, rows, person)})


async def _erase_from_refused(tx: Tx, person: Person, part: Part) -> Swept:
    rows = await tx.fetch(SQL.find_refused_events, person.email)
    return Swept({"outbox": await _erase_from_events(tx, rows, person)})


async def _erase_from_events(tx: Tx, rows: Sequence[Any], person: Person) -> int:
    count = 0
    for row in rows:
        payload = _without(row["topic"], row["payload"], person)
        if payload is None:
            continue
        statement = SQL.replace_event if row["place"] == "outbox" else SQL.replace_refused_event
        await tx.execute(statement, row["seq"], payload)
        count += 1
    return count


def _without(topic: str, payload: bytes, person: Person) -> bytes | None:
    """The event without the person; None where there is nothing of theirs, such as in a dead letter's own bytes."""
    name = HOLDERS.get(topic)
    if name is None:
        return None
    event = orjson.loads(payload)
    if person.workspace_id is not None and event["workspace_id"] != str(person.workspace_id):
        return None
    if person.email not in addresses_in(event[name]):
        return None
    return orjson.dumps({**event, name: without_people(event[name], person.is_at)})


# After a service's own: what waits to be told to others is told without the person first.
SHARED_SWEEPS = (
    Sweep(
        name="outbox",
        erase=_erase_from_outbox,
        withhold=_erase_from_outbox,
        show=(SQL.show_events,),
        last=SQL.last_event,
        first=0,
        addresses=SQL.addresses_in_events,
    ),
    Sweep(
        name="outbox_refused",
        erase=_erase_from_refused,
        withhold=_erase_from_refused,
        show=(SQL.show_refused_events,),
        addresses=SQL.addresses_in_refused_events,
    ),
    Sweep(
        name="jobs",
        erase=_erase_from_jobs,
        show=(SQL.show_attempts, SQL.show_job_errors),
        last=SQL.last_job,
        addresses=SQL.addresses_in_jobs,
    ),
    Sweep(
        name="audit_log",
        erase=_erase_from_audit,
        show=(SQL.show_audit,),
        last=SQL.last_audit,
        addresses=SQL.addresses_in_audit,
    ),
)

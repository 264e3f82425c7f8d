"""Who was erased, and the traces of people in the tables that every service has."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson

from leadstream.erasure.people import addresses_in, normal_address, without_people
from leadstream.ids import new_id
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("leadstream.erasure", "erasure.sql")
# What stands where an address stood.
ERASED: Final = "[erased]"
# Where an event keeps its people, by topic.
HOLDERS: Final = {"lead.enriched": "enrichment", "lead.upload": "lead"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody to be erased, in one workspace or (None) in all."""

    email: str = field(repr=False)
    workspace_id: UUID | None

    def is_at(self, address: str) -> bool:
        return address == self.email


# Removes a person from a service's own tables; says how many rows of which.
Eraser = Callable[[Tx, Person], Awaitable[Mapping[str, int]]]


class ErasedPeople:
    """Those among some addresses that were erased, and where."""

    def __init__(self, found: Iterable[tuple[str, UUID | None]] = ()) -> None:
        self._found = frozenset(found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def everywhere(self, address: str) -> bool:
        return (address, None) in self._found

    def within(self, workspace_id: UUID | None) -> Callable[[str], bool]:
        """A test for addresses of one workspace."""
        return lambda address: self.everywhere(address) or (address, workspace_id) in self._found


async def find_erased(tx: Tx, addresses: Iterable[str]) -> ErasedPeople:
    """Look before people are stored, in the transaction that stores them: no erasure commits in between."""
    wanted = sorted(set(addresses))
    if not wanted:
        return ErasedPeople()
    await tx.execute(SQL.lock_people_shared)
    return _people(await tx.fetch(SQL.find_erased, wanted))


async def erased_by_now(database: Database, addresses: Iterable[str]) -> ErasedPeople:
    """Look before people are used; somebody may be erased right after. `find_erased` is for what is stored."""
    wanted = sorted(set(addresses))
    return _people(await database.pool.fetch(SQL.find_erased, wanted)) if wanted else ErasedPeople()


def _people(rows: Iterable[Any]) -> ErasedPeople:
    return ErasedPeople((row["address"], row["workspace_id"]) for row in rows)


async def is_erased(tx: Tx, email: str, workspace_id: UUID) -> bool:
    address = normal_address(email)
    return (await find_erased(tx, [address])).within(workspace_id)(address)


async def erase(tx: Tx, person: Person, eraser: Eraser) -> tuple[bool, dict[str, int]]:
    """Erase a person and remember that; say whether that was new, and what was removed, by table."""
    await tx.execute(SQL.lock_people)
    made = await tx.fetchval(SQL.remember_erased, new_id(), person.email, person.workspace_id)
    removed = {**await eraser(tx, person), **await _erase_traces(tx, person)}
    return made is not None, removed


async def _erase_traces(tx: Tx, person: Person) -> dict[str, int]:
    where = (person.email, person.workspace_id)
    attempts = await tx.fetch(SQL.erase_from_attempts, *where, ERASED)
    jobs = await tx.fetch(SQL.erase_from_errors, *where, ERASED)
    nobody = {"email": ERASED, "full_name": None}
    audit = await tx.fetch(SQL.erase_from_audit, *where, nobody)
    events = [
        *await tx.fetch(SQL.find_events, person.email),
        *await tx.fetch(SQL.find_refused_events, person.email),
    ]
    return {
        "job_attempts": len(attempts),
        "jobs.last_error": len(jobs),
        "audit_log": len(audit),
        "outbox": await _erase_from_events(tx, events, person),
    }


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

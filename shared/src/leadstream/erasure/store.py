"""Who was erased: remembered as a hash, and asked for before people are stored or used."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from leadstream.erasure.people import normal_address
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


class ErasedPeople:
    """Those among some addresses that were erased, and where."""

    def __init__(self, found: Iterable[tuple[str, UUID | None]] = ()) -> None:
        self._found = frozenset(found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def __iter__(self) -> Iterator[tuple[str, UUID | None]]:
        """Each address, and the workspace that it was erased in (None: all)."""
        return iter(sorted(self._found, key=str))

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


async def erased_among(tx: Tx, addresses: Iterable[str]) -> ErasedPeople:
    """As `find_erased`, for who stores nobody: it holds up nothing, and nothing holds it up."""
    wanted = sorted(set(addresses))
    return _people(await tx.fetch(SQL.find_erased, wanted)) if wanted else ErasedPeople()


async def erased_by_now(database: Database, addresses: Iterable[str]) -> ErasedPeople:
    """Look before people are used; somebody may be erased right after. `find_erased` is for what is stored."""
    wanted = sorted(set(addresses))
    return _people(await database.hot.fetch(SQL.find_erased, wanted)) if wanted else ErasedPeople()


def _people(rows: Iterable[Any]) -> ErasedPeople:
    return ErasedPeople((row["address"], row["workspace_id"]) for row in rows)


async def is_erased(tx: Tx, email: str, workspace_id: UUID) -> bool:
    address = normal_address(email)
    return (await find_erased(tx, [address])).within(workspace_id)(address)


async def remember(tx: Tx, person: Person) -> bool:
    """From the end of this transaction on nobody stores the person any more; say whether that is new."""
    await tx.execute(SQL.lock_people)
    made = await tx.fetchval(SQL.remember_erased, new_id(), person.email, person.workspace_id)
    return made is not None


async def is_known(tx: Tx, person: Person) -> bool:
    known: bool = await tx.fetchval(SQL.was_erased, person.email, person.workspace_id)
    return known

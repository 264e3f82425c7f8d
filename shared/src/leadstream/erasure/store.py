"""Who was erased, or has objected: remembered as a hash, and asked for before people are stored or used."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

from leadstream.erasure.people import normal_address, spellings
from leadstream.ids import new_id
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("leadstream.erasure", "erasure.sql")
# What stands where an address stood.
ERASED: Final = "[erased]"
# Where an event keeps its people, by topic.
HOLDERS: Final = {"lead.enriched": "enrichment", "lead.upload": "lead"}


class Kind(StrEnum):
    ERASED = "erased"
    # Told to nobody any more; what is here of them stays.
    OBJECTED = "objected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, in one workspace or (None) in all."""

    email: str = field(repr=False)
    workspace_id: UUID | None

    def is_at(self, address: str) -> bool:
        return address == self.email

    def spelt(self) -> list[Self]:
        """The same person by each form of the address: what is stored may have any of them."""
        return [replace(self, email=each) for each in spellings(self.email)]


class ErasedPeople:
    """Those among some addresses that nobody is to be told about, and where: who objected is among them."""

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
    """Look before people are stored, in the transaction that stores them: no erasure commits in between.

    What else is to be looked up `later` is asked for with it.
    """
    if wanted := sorted(set(addresses)):
        await tx.lock(SQL.lock_people_shared)
        found = tx.later(SQL.find_erased, wanted, returns=("address", "workspace_id"))
        await tx.flush()
        return _people(found.rows)
    await tx.flush()
    return ErasedPeople()


async def known_among(tx: Tx, addresses: Iterable[str]) -> list[tuple[Kind, Person]]:
    """As `find_erased`, for who stores nobody: it holds up nothing, and nothing holds it up."""
    wanted = sorted(set(addresses))
    rows = await tx.fetch(SQL.find_erased, wanted) if wanted else ()
    return [
        (Kind(row["kind"]), Person(email=row["address"], workspace_id=row["workspace_id"]))
        for row in rows
    ]


async def erased_by_now(database: Database, addresses: Iterable[str]) -> ErasedPeople:
    """Look before people are used; somebody may be erased right after. `find_erased` is for what is stored."""
    wanted = sorted(set(addresses))
    return _people(await database.hot.fetch(SQL.find_erased, wanted)) if wanted else ErasedPeople()


def _people(rows: Iterable[Any]) -> ErasedPeople:
    return ErasedPeople((row["address"], row["workspace_id"]) for row in rows)


async def is_erased(tx: Tx, email: str, workspace_id: UUID) -> bool:
    address = normal_address(email)
    return (await find_erased(tx, [address])).within(workspace_id)(address)


async def remember(tx: Tx, person: Person, kind: Kind) -> bool:
    """From the end of this transaction on nobody stores the person any more; say whether that is new."""
    await tx.execute(SQL.lock_people)
    made = [
        await tx.fetchval(SQL.remember_person, new_id(), each.email, each.workspace_id, kind.value)
        for each in person.spelt()
    ]
    return any(made)


async def is_known(tx: Tx, person: Person, kind: Kind) -> bool:
    known = [
        await tx.fetchval(SQL.is_remembered, each.email, each.workspace_id, kind.value)
        for each in person.spelt()
    ]
    return all(known)


async def lift_objection(tx: Tx, person: Person) -> bool:
    """Say whether there was one: of this very scope, and not an erasure."""
    lifted = [
        await tx.fetch(SQL.lift_objection, each.email, each.workspace_id) for each in person.spelt()
    ]
    return any(lifted)

"""Who is to be erased at platforms, in Postgres: sealed, and only until it is done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from uuid import UUID

from leadstream.crypto import Cell, Keyring, UndecryptableError
from leadstream.erasure import Person as ErasedPerson
from leadstream.erasure import Place
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import NewJob, Priority
from leadstream.postgres import Database, Tx, after_commit, load_queries
from leadstream.rotation import SealedColumn, SealedPlace
from platform_upload.adapters.connections import sealed_connections
from platform_upload.application.erase_person import ERASE_PERSON, Found, UnreadablePersonError
from platform_upload.application.ports import Person, Trace
from platform_upload.domain.connection import Connection, lane_of

SQL = load_queries("platform_upload.adapters", "erasure.sql")
# Where a person is sealed, with the keys that credentials are.
PERSON: Final = ("person_erasures", "person")
# Spellings of one person's name that are worth looking for.
MOST_NAMES: Final = 10


class PostgresPeople:
    """What the jobs ask."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def find(self, job_id: UUID, connection: Connection) -> Found | None:
        row = await self._database.pool.fetchrow(SQL.get_person, job_id)
        if row is None:
            return None
        try:
            person = unseal(self._keyring, row["person"], cell_of(row["workspace_id"], job_id))
        except UndecryptableError as exc:
            raise UnreadablePersonError(str(exc)) from exc
        where = (row["platform"], row["lead_ids"], connection.adapter)
        rows = await self._database.pool.fetch(SQL.traces_of, *where)
        traces: dict[str, list[Trace]] = {}
        for each in rows:
            traces.setdefault(each["adapter"], []).append(_trace(each))
        return Found(person=person, traces=traces, leads=row["lead_ids"])

    async def are_under_way(self, job_id: UUID) -> bool:
        found: bool = await self._database.pool.fetchval(SQL.are_under_way, job_id)
        return found


class AtPlatforms:
    """Where an erasure goes on (`leadstream.erasure.Elsewhere`): one job for each connection."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    async def begin(
        self, tx: Tx, erasure_id: UUID, receipt_id: UUID, person: ErasedPerson
    ) -> Sequence[Place]:
        await tx.execute(SQL.forget_unsent, erasure_id)
        rows = await tx.fetch(SQL.people_of_erasure, erasure_id)
        add_jobs(tx, [_job(row) for row in rows])
        if rows:
            after_commit(partial(self._wake))
        return [
            {
                "job": str(row["job_id"]),
                "connection": str(row["connection_id"]),
                "workspace_id": str(row["workspace_id"]),
                "platform": row["platform"],
                "leads": row["leads"],
            }
            for row in rows
        ]

    async def open(self, receipt_id: UUID) -> Sequence[Place]:
        rows = await self._database.pool.fetch(SQL.open_people, receipt_id)
        return [
            {
                "what": "platform",
                "job": str(row["job_id"]),
                "connection": str(row["connection_id"]),
                "workspace_id": str(row["workspace_id"]),
                "platform": row["platform"],
                "adapter": row["adapter"],
                "state": row["state"],
                "attempts": row["attempts"],
                "held_by": row["held_by"] or [],
            }
            for row in rows
        ]


def sealed_places(database: Database, keyring: Keyring) -> Sequence[SealedPlace]:
    """Everything in this service that is encrypted."""
    people = SealedColumn(
        database,
        keyring,
        *PERSON,
        after=SQL.sealed_people_after,
        replace=SQL.replace_sealed_person,
    )
    return (sealed_connections(database, keyring), people)


def cell_of(workspace_id: UUID, job_id: UUID) -> Cell:
    return Cell(workspace_id, *PERSON, job_id)


def seal(keyring: Keyring, person: Person, cell: Cell) -> bytes:
    return keyring.encrypt_json({"email": person.email, "names": list(person.names)}, cell)


def unseal(keyring: Keyring, sealed: bytes, cell: Cell) -> Person:
    """Raise UndecryptableError."""
    found: Mapping[str, Any] = keyring.decrypt_json(sealed, cell)
    return Person(email=found["email"], names=tuple(found["names"]))


def names_in(contacts: Iterable[Mapping[str, Any]], known: Iterable[str] = ()) -> tuple[str, ...]:
    """How the person is called, each spelling once."""
    found = dict.fromkeys(known)
    for contact in contacts:
        apart = " ".join(str(contact[n]) for n in ("first_name", "last_name") if contact.get(n))
        for name in (contact.get("full_name"), apart):
            if isinstance(name, str) and name.strip():
                found[name.strip()] = None
    return tuple(found)[:MOST_NAMES]


def _trace(row: Any) -> Trace:
    return Trace(
        lead_id=row["lead_id"], external_id=row["external_id"], written=row["written"] or {}
    )


def _job(row: Any) -> NewJob:
    return NewJob(
        id=row["job_id"],
        kind=ERASE_PERSON,
        priority=Priority.HOT,
        lane=lane_of(row["connection_id"]),
        # Nothing of the person: a payload can be seen.
        payload={
            "receipt_id": str(row["receipt_id"]),
            "platform": row["platform"],
            "leads": row["leads"],
        },
        workspace_id=row["workspace_id"],
    )

"""Sources that push, in Postgres: who they are, what they feed, and what was taken from them."""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from discovery.adapters.arrivals import Item, add_arrivals
from discovery.adapters.pushed import Fault, Pushed
from discovery.adapters.vault import COLUMN, TABLE
from discovery.application.bring_in import BRING_IN, bring_in_job
from discovery.domain.search import QueryStatus
from leadstream.crypto import Keyring
from leadstream.ids import derived_id
from leadstream.jobs.ledger import add_jobs
from leadstream.postgres import Database, Tx, load_queries
from leadstream.reading import clean
from leadstream.rotation import SealedColumn

SQL = load_queries("discovery.adapters", "push_sources.sql")
_BETWEEN: Final = re.compile(r"[\s_-]+")


def sealed_sources(database: Database, keyring: Keyring) -> SealedColumn:
    return SealedColumn(
        database, keyring, TABLE, COLUMN, after=SQL.sealed_after, replace=SQL.replace_sealed
    )


class UsedIdError(Exception):
    """The id of a message is that of another one, which was taken in before."""


@dataclass(frozen=True, slots=True)
class Source:
    id: UUID
    workspace_id: UUID
    name: str
    query: str | None
    topics: Mapping[str, str]
    is_paused: bool

    @classmethod
    def of(cls, row: Any) -> "Source":
        return cls(
            id=row["id"],
            workspace_id=row["workspace_id"],
            name=row["name"],
            query=row["query"],
            topics=row["topics"],
            is_paused=row["status"] == "paused",
        )

    @property
    def queries(self) -> set[str]:
        """What it feeds, by name."""
        return {*self.topics.values(), *([self.query] if self.query else [])}

    def query_of(self, topic: str | None) -> str | None:
        """What a topic feeds, however it is spelled; None: nothing."""
        by_form = {topic_form(name): query for name, query in self.topics.items()}
        return by_form.get(topic_form(topic), self.query) if topic else self.query


def topic_form(topic: str) -> str:
    """What the spellings of one topic share. Not those of C, C++ and C#: other marks than these mean something."""
    return _BETWEEN.sub(" ", unicodedata.normalize("NFKC", clean(topic)).casefold()).strip()


@dataclass(frozen=True, slots=True)
class Message:
    """A request that is signed by its source, and what was in it."""

    id: str
    body: bytes
    received_at: datetime

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.body).digest()


@dataclass(frozen=True, slots=True)
class Sorted:
    """Signals by the query that they feed, and those that feed none."""

    by_query: Mapping[UUID, Sequence[Item]]
    faults: Sequence[Fault] = ()
    # By name.
    paused: set[str] = field(default_factory=set)


async def queries_named(tx: Tx, workspace_id: UUID, names: Iterable[str]) -> dict[str, Any]:
    """The queries of a workspace that are there, by name."""
    ids = [derived_id("query", workspace_id, name) for name in names]
    return {row["name"]: row for row in await tx.fetch(SQL.queries_named, ids, workspace_id)}


async def sort_pushed(tx: Tx, source: Source, pushed: Sequence[Pushed]) -> Sorted:
    there = await queries_named(tx, source.workspace_id, source.queries)
    by_query: dict[UUID, list[Item]] = defaultdict(list)
    faults, paused = [], set()
    for each in pushed:
        name = source.query_of(each.topic)
        query = there.get(name) if name else None
        if name is None:
            reason = "feeds no query of this source" if each.topic else "is missing"
            faults.append(Fault(each.index, "topic", reason))
        elif query is None:
            faults.append(Fault(each.index, "topic", "feeds a query that was deleted"))
        elif query["status"] != QueryStatus.ACTIVE:
            paused.add(name)
        else:
            by_query[query["id"]].append(each.item)
    return Sorted(by_query, faults, paused)


async def taken_before(tx: Tx, source: Source, message: Message) -> int | None:
    """How many signals the message had when it was taken in; None if it was not. Raises UsedIdError."""
    row = await tx.fetchrow(SQL.get_request, source.id, message.id)
    if row is None:
        return None
    if row["digest"] != message.digest:
        raise UsedIdError
    count: int = row["signals"]
    return count


async def take_in(
    tx: Tx, source: Source, message: Message, by_query: Mapping[UUID, Sequence[Item]]
) -> bool:
    """Store all of a message, with a job for each query; False if somebody else has, at this moment."""
    count = sum(map(len, by_query.values()))
    taken = await tx.fetchval(SQL.insert_request, source.id, message.id, message.digest, count)
    if taken is None:
        return False
    request_id = derived_id("pushed-request", source.id, message.id)
    day = message.received_at.date()
    # A source's day is shown as a night is: one list of runs, one funnel.
    tick_id = derived_id("pushed-day", source.id, day.isoformat())
    ids = {query_id: derived_id(BRING_IN, request_id, query_id) for query_id in by_query}
    arrivals = {ids[query_id]: items for query_id, items in by_query.items()}
    await add_arrivals(tx, arrivals, workspace_id=source.workspace_id, origin_id=request_id)
    jobs = [
        bring_in_job(
            BRING_IN,
            ids[query_id],
            workspace_id=source.workspace_id,
            query_id=query_id,
            tick_id=tick_id,
            day=day,
        )
        for query_id in by_query
    ]
    add_jobs(tx, jobs)
    return True

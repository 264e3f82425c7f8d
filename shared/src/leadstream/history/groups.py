"""Failed jobs of one group: run again or put aside, in batches, so that nobody waits for the locks of all of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from leadstream.history.queries import SQL
from leadstream.history.rerun import BATCH, Place
from leadstream.postgres import Database, Tx


class Verb(StrEnum):
    RETRY = "retried"
    CANCEL = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Which of the jobs that failed in one way; None matches all."""

    group: UUID
    kind: str | None = None
    workspace_id: UUID | None = None
    lead_id: UUID | None = None
    # When they failed: as the list of failures has it.
    since: datetime | None = None

    @property
    def filters(self) -> tuple[object, ...]:
        return self.group, self.kind, self.workspace_id, self.lead_id, self.since


async def count_group(database: Database, which: Group) -> Counter[str]:
    """How many jobs there are of which kind."""
    rows = await database.look(SQL.count_group, *which.filters)
    return Counter({row["kind"]: row["count"] for row in rows})


class GroupBatches:
    """Goes through the jobs that had failed when it began."""

    def __init__(self, which: Group, verb: Verb) -> None:
        self._which = which
        self._statement = {Verb.RETRY: SQL.rerun_group, Verb.CANCEL: SQL.cancel_group}[verb]
        # By the clock that says when jobs failed.
        self._until: datetime | None = None
        self._place: Place | None = None

    async def next(self, tx: Tx) -> Counter[str]:
        """Change the next jobs; return how many of which kind: none, when there are no more."""
        place = self._place or (None, None)
        rows = await tx.fetch(self._statement, *self._which.filters, self._until, *place, BATCH)
        if rows:
            self._until = rows[0]["until"]
        self._place = max(((row["finished_at"], row["id"]) for row in rows), default=None)
        return Counter(row["kind"] for row in rows)

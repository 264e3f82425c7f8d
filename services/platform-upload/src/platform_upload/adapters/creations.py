"""Records at platforms that keep no key for them: made by one worker at a time, and never asked for blindly twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from leadstream.postgres import Database
from platform_upload.adapters.record_locks import SQL, RecordLocks
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict

# A record that was made shows in the platform's search by then.
SHOWS_WITHIN = timedelta(seconds=30)
# No record comes of what was refused like this.
_REFUSED = frozenset(
    {Verdict.PERMANENT, Verdict.CREDENTIAL, Verdict.CONFIGURATION, Verdict.RESOLVE_EXISTING}
)


@dataclass(frozen=True, slots=True)
class Creation:
    """A record that was asked for within the last hour."""

    # None where nobody has said whether it was made.
    record_id: str | None
    # How long it may still take to show.
    wait: timedelta


class Creations:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._locks = RecordLocks(database)
        self.aclose = self._locks.aclose

    @asynccontextmanager
    async def alone(self, record: UUID, budget: Budget) -> AsyncIterator[None]:
        async with self._locks.hold(record, budget):
            yield

    async def get(self, record: UUID) -> Creation | None:
        row = await self._database.pool.fetchrow(SQL.get_creation, record, SHOWS_WITHIN)
        return Creation(row["record_id"], row["wait"]) if row else None

    async def announce(self, record: UUID) -> None:
        """Write down that it is about to be asked for; raise RefusedError where that was done moments ago."""
        if await self._database.pool.fetchval(SQL.announce_creation, record, SHOWS_WITHIN) is None:
            raise RefusedError(not_yet(SHOWS_WITHIN))

    async def made(self, record: UUID, record_id: str | None) -> None:
        await self._database.pool.execute(SQL.note_creation, record, record_id)

    async def refused(self, record: UUID, refused: Refused) -> None:
        """Forget it where the refusal leaves no doubt that nothing was made."""
        if refused.code == "not_sent" or refused.throttled or refused.verdict in _REFUSED:
            await self.forget(record)

    async def forget(self, record: UUID) -> None:
        await self._database.pool.execute(SQL.forget_creation, record)


def not_yet(wait: timedelta) -> Refused:
    """Why a record is not asked for again now."""
    return Refused(
        verdict=Verdict.RETRY,
        code="unanswered_creation",
        message="the platform was asked to make this record and has not said whether it did: it may still show",
        after=wait,
    )

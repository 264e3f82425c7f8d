"""Answers in Postgres: the cache, the right to ask, and each call on record before it is made."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from enrichment.adapters.erasure import without_erased
from enrichment.adapters.stored_answer import contacts_of, read_answer
from enrichment.application.ports import (
    Ask,
    Begun,
    Busy,
    Cached,
    CarryOn,
    ClosedCall,
    Flight,
    Lost,
    OverBudget,
    StoreUnavailableError,
)
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from enrichment.domain.days import day_of
from leadstream.clock import Clock
from leadstream.ids import new_id
from leadstream.jobs.model import Job
from leadstream.postgres import UNAVAILABLE, Database, load_queries

T = TypeVar("T")
log = logging.getLogger(__name__)
SQL = load_queries("enrichment.adapters", "answers.sql")

# How long, at most, an answer that is paid for waits for a Postgres that restarts.
PATIENCE: Final = timedelta(seconds=8)
# An attempt may wait twice, and must not be cut short by the end of its time: it would be made, and paid, again.
PATIENCE_SHARE: Final = 1 / 4
RETRY_SECONDS: Final = 0.5


class PostgresAnswers:
    """Kept for `cache`, and asked for by one job at a time.

    `hold` is for how long a job may be at it before another may think it dead: longer than any attempt. `daily_calls`
    is the provider budget of workspaces that have none of their own; None for no limit.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        provider: str,
        cache: timedelta,
        hold: timedelta,
        daily_calls: int | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._provider = provider
        self._cache = cache
        self._hold = hold
        self._patience = min(PATIENCE, hold * PATIENCE_SHARE)
        self._daily_calls = daily_calls

    async def begin(self, job: Job, domain: str, *, budgeted: bool) -> Begun:
        try:
            return await self._begin(job, domain, budgeted=budgeted)
        except UNAVAILABLE as exc:
            raise StoreUnavailableError("the answers are out of reach") from exc

    async def _begin(self, job: Job, domain: str, *, budgeted: bool) -> Begun:
        now = self._clock.now()
        row = await self._database.pool.fetchrow(
            SQL.begin,
            self._provider,
            domain,
            new_id(),
            job.id,
            self._hold,
            now - self._cache,
            job.lease_id,
            job.lead_id,
            job.workspace_id,
            budgeted,
            self._daily_calls,
            day_of(now),
        )
        if row is None:
            return await self._look_up(job, domain)
        flight = Flight(id=row["flight_id"], domain=domain, paid_by=row["paid_by"])
        if row["state"] == "verifying":
            return await self._carry_on(flight, read_answer(row))
        if row["is_lost"]:
            return Lost()
        return Ask(flight) if row["is_open"] else OverBudget()

    async def _look_up(self, job: Job, domain: str) -> Begun:
        fresh_after = self._clock.now() - self._cache
        row = await self._database.pool.fetchrow(
            SQL.look_up_answer, self._provider, domain, fresh_after
        )
        if row is None:
            # It was forgotten in this very moment: the next look takes the flight.
            return Busy(0.0)
        if row["is_fresh"]:
            return Cached(read_answer(row), row["paid_by"] == job.id)
        return Busy(row["held_seconds"])

    async def _carry_on(self, flight: Flight, answer: Answer) -> CarryOn:
        pool = self._database.pool
        for row in await pool.fetch(SQL.lose_verifications, flight.id):
            answer = answer.with_status(row["position"], EmailStatus.UNKNOWN)
        return CarryOn(flight, answer, await pool.fetchval(SQL.count_refused, flight.id))

    async def without_erased(self, answer: Answer) -> Answer:
        return await self._insist(partial(without_erased, self._database, answer))

    async def advance(
        self,
        job: Job,
        flight: Flight,
        answer: Answer,
        closed: ClosedCall | None,
        *,
        opens: int | None,
    ) -> UUID | None:
        call = None if opens is None else new_id()
        step = (
            flight.id,
            contacts_of(answer),
            dict(answer.facts),
            list(answer.rejected),
            answer.credits_used,
            self._clock.now(),
            closed.id if closed else None,
            closed.ending.value if closed else None,
            call,
            opens,
            job.id,
            job.lease_id,
            job.lead_id,
            job.workspace_id,
        )
        await self._insist(partial(self._database.pool.execute, SQL.advance, *step))
        return call

    async def _insist(self, step: Callable[[], Awaitable[T]]) -> T:
        """Take the step, also when Postgres has to restart first."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience.total_seconds()
        while True:
            try:
                return await step()
            except UNAVAILABLE as exc:
                if loop.time() >= until:
                    raise StoreUnavailableError("an answer could not be kept in time") from exc
                log.warning("answers.unavailable", extra={"error": repr(exc)})
                await asyncio.sleep(RETRY_SECONDS)

"""Answers in Postgres: the cache, the right to ask, and each call on record before it is made."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

from enrichment.adapters.erasure import addresses_of, without_erased
from enrichment.adapters.spending_caps import REASON, look_at_caps
from enrichment.adapters.stored_answer import contacts_of, read_answer
from enrichment.application.ports import (
    Ask,
    Begun,
    Busy,
    Cached,
    CarryOn,
    ClosedCall,
    Erased,
    Flight,
    Lost,
    OverBudget,
    OverCap,
    Resume,
    StoreUnavailableError,
    Verification,
)
from enrichment.application.providers import Pending
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from enrichment.domain.days import day_of
from enrichment.domain.money import Money
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.ids import new_id
from leadstream.jobs.model import Job, Problem
from leadstream.postgres import UNAVAILABLE, Database, load_queries
from leadstream.together import Together

T = TypeVar("T")
log = logging.getLogger(__name__)
SQL = load_queries("enrichment.adapters", "answers.sql")

# How long, at most, an answer that is paid for waits for a Postgres that restarts.
PATIENCE: Final = timedelta(seconds=8)
# An attempt may wait twice, and must not be cut short by the end of its time: it would be made, and paid, again.
PATIENCE_SHARE: Final = 1 / 4
RETRY_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Question:
    """What an attempt has a statement write down before its call."""

    job: Job
    # Whose row is locked: of two statements of one kind alike.
    answer: tuple[Any, ...]
    parameters: tuple[Any, ...]


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
        cache: timedelta,
        hold: timedelta,
        daily_calls: int | None,
        money: Money,
    ) -> None:
        self._database = database
        self._clock = clock
        self._cache = cache
        self._hold = hold
        self._patience = min(PATIENCE, hold * PATIENCE_SHARE)
        self._daily_calls = daily_calls
        self._prices = money.prices
        self._caps = money.caps
        # What attempts that run side by side write down before their calls is one commit for each workspace: each locks
        # what its workspace has spent, and who holds that of one and wants that of another would wait in a circle.
        self._begins = self._together(SQL.begin)
        self._steps = self._together(SQL.advance)

    async def begin(
        self,
        job: Job,
        *,
        account: Account,
        domain: str,
        most_units: Decimal,
        budgeted: bool,
        fresher_than: datetime | None = None,
    ) -> Begun:
        now = self._clock.now()
        fresh_after = self._fresh_after(fresher_than)
        price = self._price(account, "enrich")
        try:
            step = (
                _key(account),
                domain,
                new_id(),
                job.id,
                self._hold,
                fresh_after,
                job.lease_id,
                job.lead_id,
                job.workspace_id,
                budgeted,
                self._daily_calls,
                day_of(now),
                account.provider,
                account.owner,
                most_units,
                price,
                self._caps.daily,
                self._caps.monthly,
            )
            row = await self._begins(_Question(job, (_key(account), domain), step))
            if row is None:
                return await self._look_up(job, account, domain, fresh_after)
            return await self._begun(job, account, domain, row, most_units * price)
        except UNAVAILABLE as exc:
            raise StoreUnavailableError("the answers are out of reach") from exc

    def _together(self, query: str) -> Together["_Question", Any]:
        return Together(partial(self._ask, query), apart=lambda each: each.job.workspace_id)

    async def _ask(self, query: str, questions: Sequence["_Question"]) -> Sequence[Any]:
        """What the statement gives for each, or None: in one round trip and one transaction.

        In the order of their answers, so that two replicas that want the same ones don't wait for each other. A lease
        alone does not say whose a row is: all that were claimed together share it.
        """
        ordered = sorted(questions, key=lambda each: each.answer)
        rows = await self._database.hot.fetchmany(query, [each.parameters for each in ordered])
        found = {(row["job_id"], row["lease_id"]): row for row in rows}
        return [found.get((each.job.id, each.job.lease_id)) for each in questions]

    async def _begun(
        self, job: Job, account: Account, domain: str, row: Any, wanted: Decimal
    ) -> Begun:
        flight = Flight(
            id=row["flight_id"],
            provider=account.provider,
            owner=account.owner,
            domain=domain,
            paid_by=row["paid_by"],
        )
        if row["state"] == "pending":
            since = row["pending_since"] or self._clock.now()
            known = Pending(ref=row["ref"], after=timedelta(0), known=read_answer(row))
            return Resume(flight=flight, pending=known, since=since)
        if row["state"] == "verifying":
            return await self._carry_on(flight, row)
        if row["is_lost"]:
            return Lost()
        if row["is_open"]:
            return Ask(flight, unanswered=row["is_unanswered"])
        if not row["is_within_budget"]:
            return OverBudget()
        if row["budget_day"] is not None:
            await self._database.pool.execute(
                SQL.give_back_budget, job.workspace_id, row["budget_day"]
            )
        return await self._over_cap(job, wanted)

    async def _over_cap(self, job: Job, wanted: Decimal) -> OverCap:
        assert job.workspace_id is not None  # noqa: S101 - leads are a workspace's
        now = self._clock.now()
        use, _ = await look_at_caps(self._database.pool, job.workspace_id, day_of(now), self._caps)
        until, why = use.full_until(wanted, now)
        return OverCap(until=until, problem=Problem(error_class=REASON, message=why))

    def _price(self, account: Account, operation: str) -> Decimal:
        return Decimal(0) if account.training else self._prices.of(account.provider, operation)

    async def _look_up(
        self, job: Job, account: Account, domain: str, fresh_after: datetime
    ) -> Begun:
        row = await self._database.hot.fetchrow(
            SQL.look_up_answer, _key(account), domain, fresh_after, job.id
        )
        if row is None:
            # It was forgotten in this very moment: the next look takes the flight.
            return Busy(0.0)
        if row["is_fresh"]:
            return Cached(read_answer(row), row["paid_by"] == job.id, row["answered_at"])
        return Busy(row["held_seconds"])

    async def find(
        self, job: Job, *, account: Account, domain: str, fresher_than: datetime | None = None
    ) -> Cached | None:
        fresh_after = self._fresh_after(fresher_than)
        try:
            found = await self._look_up(job, account, domain, fresh_after)
        except UNAVAILABLE as exc:
            raise StoreUnavailableError("the answers are out of reach") from exc
        return found if isinstance(found, Cached) else None

    def _fresh_after(self, fresher_than: datetime | None) -> datetime:
        fresh_after = self._clock.now() - self._cache
        return fresh_after if fresher_than is None else max(fresh_after, fresher_than)

    async def keep_pending(self, job: Job, flight: Flight, pending: Pending) -> None:
        known = pending.known
        step = (flight.id, pending.ref, contacts_of(known), dict(known.facts), list(known.rejected))
        await self._insist(partial(self._database.pool.execute, SQL.keep_pending, *step))

    async def _carry_on(self, flight: Flight, row: Any) -> CarryOn:
        pool, answer, at = self._database.pool, read_answer(row), row["answered_at"]
        for lost in await pool.fetch(SQL.lose_verifications, flight.id):
            position, verifier = lost["position"], lost["provider"]
            answer = answer.with_status(position, EmailStatus.UNKNOWN, by=verifier)
        return CarryOn(flight, answer, at, await pool.fetchval(SQL.count_refused, flight.id))

    async def without_erased(self, answer: Answer) -> Answer:
        return await self._insist(partial(without_erased, self._database, answer))

    async def advance(
        self,
        job: Job,
        flight: Flight,
        answer: Answer,
        closed: ClosedCall | None,
        *,
        at: datetime,
        opens: Verification | None,
    ) -> UUID | OverCap | Erased | None:
        call = None if opens is None else new_id()
        price = Decimal(0) if opens is None else self._price(opens.account, "verify")
        step = (
            flight.id,
            contacts_of(answer),
            dict(answer.facts),
            list(answer.rejected),
            answer.credits_used,
            at,
            closed.id if closed else None,
            closed.ending.value if closed else None,
            call,
            opens.position if opens else None,
            job.id,
            job.lease_id,
            job.lead_id,
            job.workspace_id,
            closed.units if closed else None,
            closed.ref if closed else None,
            opens.account.provider if opens else None,
            opens.account.owner if opens else None,
            opens.most_units if opens else None,
            price,
            day_of(self._clock.now()),
            self._caps.daily,
            self._caps.monthly,
            addresses_of([answer]),
        )
        row = await self._insist(partial(self._steps, _Question(job, (flight.id,), step)))
        if row["erased"]:
            return Erased(frozenset(row["erased"]))
        if opens is None or row["is_open"] or not row["is_kept"]:
            return call if row["is_open"] else None
        return await self._insist(partial(self._over_cap, job, opens.most_units * price))

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


def _key(account: Account) -> str:
    """Whose answer it is, as the first column of the key has it."""
    return account.provider if account.owner == "all" else f"{account.provider}:{account.owner}"

"""One source's answer about a company: what is known of it, or what it says when it is asked, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from enrichment.application.attempt import Attempt, Ended, Refused
from enrichment.application.calls import SHORTEST_WAIT
from enrichment.application.ports import (
    Answers,
    Ask,
    Busy,
    Cached,
    CallFault,
    CarryOn,
    ClosedCall,
    Ending,
    Flight,
    Lost,
    OverBudget,
    OverCap,
    Resume,
    StoreUnavailableError,
)
from enrichment.application.providers import (
    CompanyAsked,
    ContactAnswer,
    ContactSource,
    Found,
    NotFound,
    Pending,
)
from enrichment.application.results import Kept
from enrichment.application.verify_addresses import VerifyAddresses, Verifying
from enrichment.domain.answer import Answer
from enrichment.domain.days import start_of_next_day
from enrichment.domain.merging import MAX_CONTACTS
from leadstream.accounts import Account, Accounts
from leadstream.clock import Clock
from leadstream.jobs.model import Failed, Held, Job, Problem, Released, Retry

LONGEST_WAIT: Final = timedelta(seconds=5)
PENDING_TIME: Final = timedelta(hours=1)

_LOST = Problem(
    error_class="worker_lost",
    message="the worker was lost during the call, which may have been paid",
)
_OVER_BUDGET = Problem(
    error_class="provider_budget_spent",
    message="the workspace's provider budget of the day is spent",
)
_NOT_KEPT = Problem(
    error_class="answer_lost",
    message="what the provider has not finished could not be kept, and may have been paid",
)


class AskSource:
    def __init__(
        self,
        source: ContactSource,
        answers: Answers,
        verify: VerifyAddresses,
        accounts: Accounts,
        clock: Clock,
        *,
        pending_time: timedelta = PENDING_TIME,
    ) -> None:
        """`pending_time` is for how long a provider may be at what it was asked."""
        self.name = source.name
        self._source = source
        self._answers = answers
        self._verify = verify
        self._accounts = accounts
        self._clock = clock
        self._pending_time = pending_time

    async def __call__(
        self, attempt: Attempt, known: Sequence[Answer]
    ) -> Cached | Kept | Refused | Ended:
        """`known` are the answers of sources before this one. Raises StoreUnavailableError where nothing was called."""
        account = attempt.accounts[self.name]
        if isinstance(account, Held):
            return account
        found = await self._answer(attempt, account, known)
        if isinstance(found, OverCap):
            return _held_by_cap(attempt.job, found)
        if isinstance(found, Kept):
            holds = [each for each in found.holds if await self._still_holds(attempt, each)]
            return replace(found, holds=tuple(holds))
        if isinstance(found, Held) and not await self._still_holds(attempt, found):
            return Released(after=SHORTEST_WAIT)
        return found

    async def _still_holds(self, attempt: Attempt, hold: Held) -> bool:
        """What was said of a key that has been changed meanwhile holds nobody up."""
        keys = [each for each in attempt.accounts.values() if isinstance(each, Account)]
        account = next((each for each in keys if each.scope == hold.scope), None)
        if account is None:
            return True
        try:
            return await self._accounts.is_current(account, attempt.lead.workspace_id)
        except StoreUnavailableError:
            # Nobody knows, and whoever asks with that key will be told again.
            return False

    async def _answer(
        self, attempt: Attempt, account: Account, known: Sequence[Answer]
    ) -> Cached | Kept | Refused | OverCap | Ended:
        begun = await self._answers.begin(
            attempt.job,
            account=account,
            domain=attempt.domain,
            most_units=self._source.most_units(MAX_CONTACTS),
            budgeted=not attempt.job.payload["manual"],
            fresher_than=attempt.fresher_than,
        )
        match begun:
            case Cached() | OverCap():
                return begun
            case Busy(seconds):
                return Released(after=_wait_for_other(seconds))
            case Lost():
                return Retry(problem=_LOST, ambiguous=True)
            case OverBudget():
                return self._held_until_tomorrow(attempt.job)
            case Ask():
                found = await self._ask(attempt, account, begun)
            case Resume():
                found = await self._resume(attempt, account, begun)
            case CarryOn(flight, answer, at, refused):
                return await self._verified(attempt, flight, answer, None, at=at, refused=refused)
        if isinstance(found, Found | NotFound):
            return await self._taken(attempt, begun.flight, found, known)
        return found

    async def _ask(
        self, attempt: Attempt, account: Account, begun: Ask
    ) -> Found | NotFound | Refused | Ended:
        company = _company(attempt, unanswered=begun.unanswered)
        attempt.calls.make(self.name)
        try:
            found = await self._source.find(company, limit=MAX_CONTACTS, account=account)
        except CallFault as fault:
            if isinstance(fault.outcome, Failed):
                return Refused(fault.outcome, fault.ending)
            return fault.outcome
        return await self._or_later(attempt, begun.flight, found)

    async def _resume(
        self, attempt: Attempt, account: Account, begun: Resume
    ) -> Found | NotFound | Ended:
        attempt.calls.make(self.name)
        try:
            found = await self._source.find(
                _company(attempt), limit=MAX_CONTACTS, account=account, pending=begun.pending
            )
        except CallFault as fault:
            return fault.outcome
        # Only now: it may have been done long ago, while a pause kept everybody from asking.
        if isinstance(found, Pending) and self._clock.now() - begun.since > self._pending_time:
            minutes = self._pending_time.total_seconds() / 60
            message = f"{self.name} was not done after {minutes:g} minutes"
            problem = Problem(error_class="never_finished", message=message)
            return Retry(problem=problem, ambiguous=True)
        return await self._or_later(attempt, begun.flight, found)

    async def _or_later(
        self, attempt: Attempt, flight: Flight, found: ContactAnswer
    ) -> Found | NotFound | Released | Retry:
        if not isinstance(found, Pending):
            return found
        try:
            await self._answers.keep_pending(attempt.job, flight, found)
        except StoreUnavailableError:
            return Retry(problem=_NOT_KEPT, ambiguous=True)
        return Released(after=found.after)

    async def _taken(
        self,
        attempt: Attempt,
        flight: Flight,
        found: Found | NotFound,
        known: Sequence[Answer],
    ) -> Kept | OverCap | Held | Released:
        answer = found.answer if isinstance(found, Found) else Answer()
        closed = ClosedCall(id=flight.id, ending=Ending.SUCCEEDED, units=found.units, ref=found.ref)
        at = self._clock.now()
        return await self._verified(attempt, flight, answer.knowing(known), closed, at=at)

    async def _verified(
        self,
        attempt: Attempt,
        flight: Flight,
        answer: Answer,
        closed: ClosedCall | None,
        *,
        at: datetime,
        refused: int = 0,
    ) -> Kept | OverCap | Held | Released:
        return await self._verify(
            Verifying(
                job=attempt.job,
                calls=attempt.calls,
                accounts=attempt.verifiers,
                flight=flight,
                answer=answer,
                answered_at=at,
                closed=closed,
                refused=refused,
                holds=attempt.missing_verifiers,
            )
        )

    def _held_until_tomorrow(self, job: Job) -> Held:
        return Held(
            scope=job.lane,
            reason=_OVER_BUDGET.error_class,
            problem=_OVER_BUDGET,
            until=start_of_next_day(self._clock.now()),
        )


def _company(attempt: Attempt, *, unanswered: bool = False) -> CompanyAsked:
    return CompanyAsked(
        name=attempt.lead.company_name, domain=attempt.domain, unanswered=unanswered
    )


def _held_by_cap(job: Job, over: OverCap) -> Held:
    """Until there is room again: what people ask for by hand waits, too, for money is money."""
    return Held(
        scope=job.lane, reason=over.problem.error_class, problem=over.problem, until=over.until
    )


def _wait_for_other(seconds: float) -> timedelta:
    """The longer the other has been at it, the longer it may still take."""
    return min(max(timedelta(seconds=seconds / 2), SHORTEST_WAIT), LONGEST_WAIT)

"""Find the people to talk to at a lead's company: from what is known, or by asking the provider once."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from enrichment.application.calls import Calls
from enrichment.application.ports import (
    RATE_LIMITED,
    Answers,
    Ask,
    Busy,
    Cached,
    CallFault,
    CarryOn,
    ClosedCall,
    ContactSource,
    Ending,
    Flight,
    Lost,
    MayCall,
    OverBudget,
    OverCap,
    Pace,
    Resume,
    StoreUnavailableError,
    Verification,
)
from enrichment.application.results import Completed, Skipped
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from enrichment.domain.days import start_of_next_day
from enrichment.domain.lead import DomainOf, Lead, SkipReason
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.jobs.model import Held, Job, Outcome, Problem, Released, Retry, Succeeded

# A lead should not wait for its last address longer than for its contacts.
VERIFICATION_TIME: Final = timedelta(seconds=15)
# A verifier that is always over its limit must not hold a lead for ever.
MAX_REFUSED: Final = 3
STORE_AWAY: Final = timedelta(seconds=1)
SHORTEST_WAIT: Final = timedelta(seconds=0.1)
LONGEST_WAIT: Final = timedelta(seconds=5)
# Clay says afterwards what an answer took.
MOST_UNITS: Final = Decimal(1)

_LOST = Problem(
    error_class="worker_lost",
    message="the worker was lost during the call, which may have been paid",
)
_OVER_BUDGET = Problem(
    error_class="provider_budget_spent",
    message="the workspace's provider budget of the day is spent",
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What stays the same from one call of an attempt to the next."""

    job: Job
    lead: Lead
    flight: Flight
    calls: Calls
    # Verifications of this answer that the provider has refused before.
    refused: int


class EnrichLead:
    """The job `enrich-lead`: makes one attempt, with no transaction open."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        answers: Answers,
        source: ContactSource,
        pace: Pace,
        clock: Clock,
        *,
        account: Account,
        domain_of: DomainOf,
        may_call: MayCall,
        verification_time: timedelta = VERIFICATION_TIME,
    ) -> None:
        self._answers = answers
        self._source = source
        self._pace = pace
        self._clock = clock
        self._account = account
        self._domain_of = domain_of
        self._may_call = may_call
        self._verification_time = verification_time

    async def __call__(self, job: Job) -> Outcome:
        lead = Lead.read(job.payload["lead"], self._domain_of)
        calls = Calls(self._pace, self._may_call)
        try:
            return await self._attempt(job, lead, calls)
        finally:
            await calls.give_back_rest()

    async def _attempt(self, job: Job, lead: Lead, calls: Calls) -> Outcome:
        reason = lead.skip_reason
        if reason is not None or lead.domain is None:
            reason = reason or SkipReason.MISSING_DOMAIN
            return Succeeded(result=Skipped(lead=lead, reason=reason, at=self._clock.now()))
        try:
            begun = await self._answers.begin(
                job,
                account=self._account,
                domain=lead.domain,
                most_units=MOST_UNITS,
                budgeted=not job.payload["manual"],
            )
        except StoreUnavailableError:
            return Released(after=STORE_AWAY)
        match begun:
            case Cached(answer, paid):
                now = self._clock.now()
                return Succeeded(result=Completed(lead=lead, answer=answer, paid=paid, at=now))
            case Busy(seconds):
                return Released(after=_wait_for_other(seconds))
            # Clay answers at once, so nothing of it is pending.
            case Lost() | Resume():
                return Retry(problem=_LOST, ambiguous=True)
            case OverBudget() | OverCap():
                return self._held(job, begun)
            case Ask(flight):
                return await self._ask(_Attempt(job, lead, flight, calls, 0))
            case CarryOn(flight, answer, refused):
                attempt = _Attempt(job, lead, flight, calls, refused)
                return await self._verify(attempt, answer, None)

    def _held(self, job: Job, over: OverBudget | OverCap) -> Held:
        if isinstance(over, OverCap):
            return _held_by_cap(job, over)
        return Held(
            scope=job.lane,
            reason=_OVER_BUDGET.error_class,
            problem=_OVER_BUDGET,
            until=start_of_next_day(self._clock.now()),
        )

    async def _ask(self, attempt: _Attempt) -> Outcome:
        attempt.calls.make()
        try:
            answer = await self._source.enrich(
                domain=attempt.flight.domain, company_name=attempt.lead.company_name
            )
        except CallFault as fault:
            return fault.outcome
        closed = ClosedCall(id=attempt.flight.id, ending=Ending.SUCCEEDED)
        try:
            answer = await self._answers.without_erased(answer)
        except StoreUnavailableError:
            # It is paid for, and looked through again when it is written down. Nobody hears of an address till then.
            return self._completed(attempt, answer, closed)
        return await self._verify(attempt, answer, closed)

    async def _verify(
        self, attempt: _Attempt, answer: Answer, closed: ClosedCall | None
    ) -> Outcome:
        """Ask about addresses in order until one is valid. How far it came is kept before each call."""
        until = self._clock.now() + self._verification_time
        while True:
            position = answer.next_to_verify()
            if position is None or self._clock.now() >= until:
                return self._completed(attempt, answer, closed)
            may_call = await attempt.calls.may_make_one()
            try:
                call = await self._answers.advance(
                    attempt.job,
                    attempt.flight,
                    answer,
                    closed,
                    opens=self._verification(position) if may_call else None,
                )
            except StoreUnavailableError:
                # The answer is paid for: better kept with addresses nobody was asked about than asked for again.
                return self._completed(attempt, answer, closed)
            if call is None:
                return Released(after=SHORTEST_WAIT)
            if isinstance(call, OverCap):
                return _held_by_cap(attempt.job, call)
            verified = await self._verify_one(attempt, answer, position, call)
            if isinstance(verified, Held):
                return verified
            answer, closed = verified

    def _verification(self, position: int) -> Verification:
        return Verification(position=position, account=self._account, most_units=MOST_UNITS)

    async def _verify_one(
        self, attempt: _Attempt, answer: Answer, position: int, call: UUID
    ) -> tuple[Answer, ClosedCall] | Held:
        attempt.calls.make()
        try:
            status = await self._source.verify(answer.contacts[position].email or "")
            ending = Ending.SUCCEEDED
        except CallFault as fault:
            too_early = _as_too_early(fault)
            if too_early and attempt.refused < MAX_REFUSED:
                return too_early
            status, ending = EmailStatus.UNKNOWN, fault.ending
        return answer.with_status(position, status), ClosedCall(id=call, ending=ending)

    def _completed(self, attempt: _Attempt, answer: Answer, closed: ClosedCall | None) -> Succeeded:
        return Succeeded(
            result=Completed(
                lead=attempt.lead,
                answer=answer,
                paid=attempt.flight.paid_by == attempt.job.id,
                at=self._clock.now(),
                flight=attempt.flight,
                closed=closed,
            )
        )


def _held_by_cap(job: Job, over: OverCap) -> Held:
    """Until there is room again: what people ask for by hand waits, too, for money is money."""
    return Held(
        scope=job.lane, reason=over.problem.error_class, problem=over.problem, until=over.until
    )


def _as_too_early(fault: CallFault) -> Held | None:
    outcome = fault.outcome
    return outcome if isinstance(outcome, Held) and outcome.reason == RATE_LIMITED else None


def _wait_for_other(seconds: float) -> timedelta:
    """The longer the other has been at it, the longer it may still take."""
    return min(max(timedelta(seconds=seconds / 2), SHORTEST_WAIT), LONGEST_WAIT)

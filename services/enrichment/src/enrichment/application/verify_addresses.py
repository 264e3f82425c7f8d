"""Ask about the addresses of an answer that is paid for, one after the other until one is valid."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from enrichment.application.calls import SHORTEST_WAIT, Away, Calls, NotYet
from enrichment.application.ports import (
    RATE_LIMITED,
    Answers,
    CallFault,
    ClosedCall,
    Ending,
    Erased,
    Flight,
    OverCap,
    People,
    StoreUnavailableError,
    Verification,
)
from enrichment.application.providers import EmailVerifier, Objected, Pending, Verified
from enrichment.application.results import Kept
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.jobs.model import Held, Job, Released

# A lead should not wait for its last address longer than for its contacts.
VERIFICATION_TIME: Final = timedelta(seconds=15)
# A verifier that is always over its limit must not hold a lead for ever.
MAX_REFUSED: Final = 3
# A fault that says how long nobody is to be asked with this key.
Rest: TypeAlias = Held | Released


@dataclass(slots=True)
class Verifying:
    """How far the verification of an answer has come."""

    job: Job
    calls: Calls
    # The verifiers of the workspace's plan, in its order.
    accounts: Sequence[Account]
    flight: Flight
    answer: Answer
    # When the source gave it.
    answered_at: datetime
    # The last call that was made, until it is written down.
    closed: ClosedCall | None = None
    # Verifications of this answer that were refused before.
    refused: int = 0
    holds: list[Held] = field(default_factory=list)
    # Whether it was kept without anybody who was erased.
    is_looked_through: bool = False

    def account_to_ask(self) -> tuple[int, Account] | None:
        found = self.answer.next_to_verify([each.provider for each in self.accounts])
        if found is None:
            return None
        position, verifier = found
        return position, next(each for each in self.accounts if each.provider == verifier)

    def without(self, account: Account) -> None:
        """It can't be asked in this attempt."""
        self.accounts = [each for each in self.accounts if each is not account]

    def learn(self, position: int, verifier: str, status: EmailStatus, closed: ClosedCall) -> None:
        self.answer = self.answer.with_status(position, status, by=verifier)
        self.closed = closed


class VerifyAddresses:
    """Each address is asked about until a verifier knows something; faults of theirs are unknown, too."""

    def __init__(
        self,
        answers: Answers,
        verifiers: Mapping[str, EmailVerifier],
        people: People,
        clock: Clock,
        *,
        time: timedelta = VERIFICATION_TIME,
    ) -> None:
        self._answers = answers
        self._verifiers = verifiers
        self._people = people
        self._clock = clock
        self._time = time

    async def __call__(self, at: Verifying) -> Kept | OverCap | Rest:
        """How far it came is kept before each call. What does not end as `Kept` goes on in another attempt."""
        until = self._clock.now() + self._time
        while True:
            next_one = at.account_to_ask()
            if next_one is None or self._clock.now() >= until:
                return await self._looked_through(at)
            position, account = next_one
            may_call = await at.calls.may_make_one(account, now=self._clock.now())
            if isinstance(may_call, Away):
                at.without(account)
                continue
            opens = None if isinstance(may_call, NotYet) else self._call_about(position, account)
            try:
                call = await self._answers.advance(
                    at.job, at.flight, at.answer, at.closed, at=at.answered_at, opens=opens
                )
            except StoreUnavailableError:
                # The answer is paid for: better kept with addresses nobody was asked about than asked for again. It is
                # looked through when it is written down: nobody hears of an address till then.
                return self._kept(at)
            if isinstance(call, Erased):
                at.answer = at.answer.without(call.addresses)
                continue
            at.is_looked_through = True
            if call is None:
                wait = may_call.after if isinstance(may_call, NotYet) else SHORTEST_WAIT
                return Released(after=wait)
            if isinstance(call, OverCap):
                return call
            rest = await self._ask(at, position, account, call)
            if rest:
                return rest

    def _call_about(self, position: int, account: Account) -> Verification:
        most_units = self._verifiers[account.provider].most_units()
        return Verification(position=position, account=account, most_units=most_units)

    async def _ask(self, at: Verifying, position: int, account: Account, call: UUID) -> Rest | None:
        email = at.answer.contacts[position].email or ""
        verifier = self._verifiers[account.provider]
        at.calls.make(verifier.name)
        succeeded = ClosedCall(id=call, ending=Ending.SUCCEEDED)
        try:
            verdict = await verifier.verify(email, account=account)
        except CallFault as fault:
            return self._without_answer(at, position, account, call, fault)
        match verdict:
            case Verified(status=status, units=units):
                at.learn(position, verifier.name, status, replace(succeeded, units=units))
            case Pending(after=after) if at.refused < MAX_REFUSED:
                return Released(after=after)
            case Pending():
                at.learn(position, verifier.name, EmailStatus.UNKNOWN, succeeded)
            case Objected():
                try:
                    await self._people.erase(email)
                except StoreUnavailableError:
                    # They are asked again, and object again.
                    return Released(after=SHORTEST_WAIT)
                at.answer, at.closed = at.answer.without([email]), succeeded
        return None

    def _without_answer(
        self, at: Verifying, position: int, account: Account, call: UUID, fault: CallFault
    ) -> Held | None:
        outcome = fault.outcome
        if isinstance(outcome, Held):
            if outcome.reason == RATE_LIMITED and at.refused < MAX_REFUSED:
                return outcome
            if outcome.reason != RATE_LIMITED and account.provider != at.flight.provider:
                at.holds.append(outcome)
                at.without(account)
        closed = ClosedCall(id=call, ending=fault.ending)
        at.learn(position, account.provider, EmailStatus.UNKNOWN, closed)
        return None

    async def _looked_through(self, at: Verifying) -> Kept:
        """Without who was erased: whom nobody was asked about, `advance` has not left out."""
        if not at.is_looked_through:
            with suppress(StoreUnavailableError):
                at.answer = await self._answers.without_erased(at.answer)
        return self._kept(at)

    def _kept(self, at: Verifying) -> Kept:
        return Kept(
            answer=at.answer,
            flight=at.flight,
            closed=at.closed,
            at=at.answered_at,
            holds=tuple(at.holds),
        )

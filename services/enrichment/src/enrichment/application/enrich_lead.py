"""Find the people to talk to at a lead's company: from what is known, or by asking the sources of a plan in turn.

How far a lead has come is written nowhere: each attempt walks over the answers that are there. The first that is
missing is asked for, by an attempt of the kind whose provider it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from enrichment.application.ask_source import AskSource
from enrichment.application.attempt import Attempt, Ended, Refused
from enrichment.application.calls import Calls
from enrichment.application.kinds import kind_of
from enrichment.application.ports import (
    Answers,
    Cached,
    Ending,
    Holds,
    Pace,
    StoreUnavailableError,
)
from enrichment.application.results import Completed, Kept, PassedOn, Skipped
from enrichment.domain.answer import Answer
from enrichment.domain.lead import DomainOf, Lead, SkipReason
from enrichment.domain.merging import merge, without_credits
from leadstream.accounts import (
    Account,
    Accounts,
    Plan,
    Sources,
    StopWhen,
    UnreadableAccountError,
)
from leadstream.clock import Clock
from leadstream.jobs.model import Held, Job, Outcome, Passed, Problem, Released, Succeeded

STORE_AWAY: Final = timedelta(seconds=1)
# A mended plan or key is noticed soon.
MENDING_REST: Final = timedelta(minutes=5)
CREDENTIAL_MISSING: Final = "credential_missing"
CREDENTIAL_UNREADABLE: Final = "credential_unreadable"

_NO_SOURCE = Problem(
    error_class="configuration", message="the workspace's plan names no source of contacts to ask"
)


@dataclass(slots=True)
class _Walk:
    """The answers of the sources so far, in the order of the plan."""

    providers: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    paid: bool = False
    # The answer that this attempt has brought.
    kept: Kept | None = None
    refused: Ending | None = None

    def add(self, provider: str, answer: Answer, *, at: datetime, paid: bool) -> None:
        answer = answer.from_provider(provider, at)
        self.providers.append(provider)
        self.answers.append(answer if paid else without_credits(answer))
        self.paid = self.paid or paid

    def is_enough(self, stop_when: StopWhen) -> bool:
        if self.refused:
            return True
        if stop_when is StopWhen.VERIFIED:
            return any(answer.is_verified for answer in self.answers)
        return any(answer.contacts for answer in self.answers)


class EnrichLead:
    """The jobs of one source: makes one attempt, with no transaction open."""

    def __init__(  # noqa: PLR0913 - the composition root names each part
        self,
        ask: AskSource,
        answers: Answers,
        sources: Sources,
        accounts: Accounts,
        clock: Clock,
        *,
        paces: Mapping[str, Pace],
        holds: Holds,
        domain_of: DomainOf,
    ) -> None:
        self._ask = ask
        self._answers = answers
        self._sources = sources
        self._accounts = accounts
        self._clock = clock
        self._paces = paces
        self._holds = holds
        self._domain_of = domain_of

    async def __call__(self, job: Job) -> Outcome:
        lead = Lead.read(job.payload["lead"], self._domain_of)
        own_key = Account(provider=self._ask.name, workspace_id=lead.workspace_id).scope
        scopes = ["all", f"kind:{job.kind}", f"provider:{self._ask.name}", own_key]
        calls = Calls(self._ask.name, scopes, paces=self._paces, holds=self._holds)
        try:
            return await self._attempt(job, lead, calls)
        except StoreUnavailableError:
            return Released(after=STORE_AWAY)
        finally:
            await calls.give_back_rest()

    async def _attempt(self, job: Job, lead: Lead, calls: Calls) -> Outcome:
        reason = lead.skip_reason
        if reason is not None or lead.domain is None:
            reason = reason or SkipReason.MISSING_DOMAIN
            return Succeeded(result=Skipped(lead=lead, reason=reason, at=self._clock.now()))
        plan = await self._sources.of(lead.workspace_id)
        if not plan.contacts:
            return self._held(job.lane, _NO_SOURCE)
        names = dict.fromkeys((*plan.contacts, *plan.verify))
        # All at once, and before anything is paid for: what may fail here must not cost an answer.
        accounts = {name: await self._account(name, lead, plan) for name in names}
        own = accounts.get(self._ask.name)
        calls.account = own if isinstance(own, Account) else None
        attempt = Attempt(
            job=job, lead=lead, domain=lead.domain, plan=plan, accounts=accounts, calls=calls
        )
        return await self._walk(attempt)

    async def _account(self, provider: str, lead: Lead, plan: Plan) -> Account | Held:
        workspace_id = lead.workspace_id
        try:
            found = await self._accounts.find(provider, workspace_id, training=plan.training)
        except UnreadableAccountError as exc:
            unreadable = Problem(error_class=CREDENTIAL_UNREADABLE, message=str(exc))
            return self._held(exc.scope, unreadable)
        if found:
            return found
        message = f"neither the workspace nor the deployment has a key for {provider}"
        return Held(
            scope=Account(provider=provider, workspace_id=workspace_id).scope,
            reason=CREDENTIAL_MISSING,
            # Without an end: it is lifted as soon as there is a key.
            problem=Problem(error_class=CREDENTIAL_MISSING, message=message),
        )

    async def _walk(self, attempt: Attempt) -> Outcome:
        walk = _Walk()
        for provider in attempt.plan.contacts:
            if walk.is_enough(attempt.plan.stop_when):
                break
            if provider == self._ask.name:
                ended = await self._own_step(attempt, walk)
                if ended:
                    return ended
            elif cached := await self._look_up(attempt, walk, provider):
                walk.add(provider, cached.answer, at=cached.at, paid=cached.paid)
            else:
                return Passed(
                    kind=kind_of(provider),
                    tried=walk.kept is not None,
                    result=PassedOn(kept=walk.kept),
                )
        return Succeeded(result=self._completed(attempt, walk))

    async def _own_step(self, attempt: Attempt, walk: _Walk) -> Ended | None:
        found = await self._ask(attempt, walk.answers)
        match found:
            case Cached(answer, paid, at):
                walk.add(self._ask.name, answer, at=at, paid=paid)
            case Kept(answer=answer, flight=flight, at=at):
                walk.kept = found
                walk.add(self._ask.name, answer, at=at, paid=flight.paid_by == attempt.job.id)
            case Refused(outcome, ending):
                if not any(answer.contacts for answer in walk.answers):
                    return outcome
                # Somebody is known: better told than lost with this source.
                walk.providers.append(self._ask.name)
                walk.refused = ending
            case ended:
                return ended
        return None

    async def _look_up(self, attempt: Attempt, walk: _Walk, provider: str) -> Cached | None:
        account = attempt.accounts[provider]
        if isinstance(account, Held):
            return None
        try:
            return await self._answers.find(
                attempt.job,
                account=account,
                domain=attempt.domain,
                fresher_than=attempt.fresher_than,
            )
        except StoreUnavailableError:
            if walk.kept is None:
                raise
            # What was paid for in this attempt must be written down first.
            return None

    def _completed(self, attempt: Attempt, walk: _Walk) -> Completed:
        return Completed(
            lead=attempt.lead,
            answer=merge(walk.answers),
            providers=tuple(walk.providers),
            paid=walk.paid,
            at=self._clock.now(),
            kept=walk.kept,
            refused=walk.refused,
        )

    def _held(self, scope: str, problem: Problem) -> Held:
        until = self._clock.now() + MENDING_REST
        return Held(scope=scope, reason=problem.error_class, problem=problem, until=until)

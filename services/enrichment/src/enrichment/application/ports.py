"""What enriching a lead needs from the outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from enrichment.application.providers import Pending
from enrichment.domain.answer import Answer
from leadstream.accounts import Account
from leadstream.errors import LeadstreamError, TransientError
from leadstream.jobs.model import Failed, Held, Job, Problem, Retry

# The reason of a pause that the provider asked for, because calls came too fast.
RATE_LIMITED: Final = "rate_limited"


class Ending(StrEnum):
    """How a call to the provider ended, as `provider_calls` keeps it."""

    SUCCEEDED = "succeeded"
    # The provider would not do it: nothing was paid.
    REFUSED = "refused"
    # It could not be done: nothing was paid.
    FAILED = "failed"
    # It may have been done, and paid for.
    UNKNOWN = "unknown"


class CallFault(LeadstreamError):  # noqa: N818 - a fault of theirs, not an error of ours
    """A call that brought no answer, and what that means for the attempt."""

    def __init__(self, outcome: Retry | Failed | Held) -> None:
        super().__init__(outcome.problem.message)
        self.outcome = outcome

    @property
    def ending(self) -> Ending:
        return ending_of(self.outcome)


def ending_of(outcome: Retry | Failed | Held) -> Ending:
    if isinstance(outcome, Retry):
        return Ending.UNKNOWN if outcome.ambiguous else Ending.FAILED
    return Ending.REFUSED


class StoreUnavailableError(TransientError):
    """What was to be written down could not be, for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """The right to ask about a company, which one job at a time has."""

    # Also the id of the call that asks.
    id: UUID
    # Who is asked, and whose key it is asked with.
    provider: str
    owner: str
    domain: str
    # The job that pays, or has paid, for the answer.
    paid_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedCall:
    id: UUID
    ending: Ending
    # What it took, in the provider's unit. None: as much as it could have taken, where it may have been paid for.
    units: Decimal | None = None
    # The provider's own name of its answer.
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The call about an address that is to be made next."""

    # Of the contact in its answer.
    position: int
    account: Account
    # What it can cost at most, in the provider's unit.
    most_units: Decimal


@dataclass(frozen=True, slots=True)
class Cached:
    """There is a fresh answer already."""

    answer: Answer
    # Whether this very job paid for it, before it lost its worker.
    paid: bool
    # When the provider gave it.
    at: datetime


@dataclass(frozen=True, slots=True)
class Busy:
    """Another job is asking about this company; `seconds` since it began."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """An earlier attempt of this job called, and nobody knows what came of it."""


@dataclass(frozen=True, slots=True)
class OverBudget:
    """The workspace's provider budget of the day is spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverCap:
    """The workspace's caps have no room for what the call can cost; `until` they may have."""

    until: datetime
    problem: Problem


@dataclass(frozen=True, slots=True)
class Ask:
    """Go ahead: the call is on record."""

    flight: Flight
    # An earlier call of this job about the company was never answered.
    unanswered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """The provider was asked already, and is to be asked after its answer."""

    flight: Flight
    pending: Pending
    # When it was asked.
    since: datetime


@dataclass(frozen=True, slots=True)
class CarryOn:
    """The answer is paid for and here, its addresses are not all verified."""

    flight: Flight
    answer: Answer
    # When the provider gave it.
    at: datetime
    # How many verifications of this answer the provider has refused so far.
    refused: int


@dataclass(frozen=True, slots=True)
class Erased:
    """People of these addresses were erased in all workspaces: they are to be left out of the answer."""

    addresses: frozenset[str]


Begun: TypeAlias = Cached | Busy | Lost | OverBudget | OverCap | Ask | Resume | CarryOn


class Answers(Protocol):
    """Answers about companies, each paid for once however many leads, workspaces and replicas want it."""

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
        """Find out what there is to do about a company; with `Ask`, the call is durable before it is made.

        `most_units` is what the call can cost at most, in the provider's unit; that much money is reserved until the
        attempt is settled. `budgeted` calls count against the workspace's provider budget. An answer that is not
        `fresher_than` is not used, however fresh it is. Raises StoreUnavailableError.
        """

    async def find(
        self, job: Job, *, account: Account, domain: str, fresher_than: datetime | None = None
    ) -> Cached | None:
        """Look for what `begin` would call cached, and ask for nothing. Raises StoreUnavailableError."""

    async def keep_pending(self, job: Job, flight: Flight, pending: Pending) -> None:
        """Keep what to ask after the answer by: from now on `begin` gives `Resume`.

        The job is to be handed back then. Its call ends with the answer, or with an attempt that is ambiguous or
        fails for good. Waits a while for the store, then raises StoreUnavailableError.
        """

    async def without_erased(self, answer: Answer) -> Answer:
        """Leave out who was erased in all workspaces: of an answer that `advance` has not looked through.

        Waits a while for the store, then raises StoreUnavailableError.
        """

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
        """Keep the answer as far as it is, and how the last call ended; open the verification `opens`.

        `at` is when the source gave the answer. Returns the id of the call that was opened, or that there is no room
        for it. None: it was not to be opened, or the flight is another's by now. Neither is done with an answer that
        has somebody who was erased. Waits a while for the store, then raises StoreUnavailableError.
        """


class Pace(Protocol):
    """A provider's pace, shared by all replicas. A job comes with the right to one call to its kind's."""

    async def take(self) -> bool:
        """Wait a little for the right to one more call; False if there is none to be had yet."""

    async def give_back(self) -> None:
        """Return the right to a call that was not made."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why calls are not to be made now."""

    reason: str
    until: datetime | None


class Holds(Protocol):
    def on(self, scopes: Sequence[str], *, other_key_at: str | None = None) -> Hold | None:
        """What holds one of the scopes right now; asked before each call, because a pause may have come since the last.

        `other_key_at`: a scope whose key is not the one that is used, so that what is wrong with it holds nothing.

        A lead that tries an open circuit makes all its calls.
        """


class People(Protocol):
    async def erase(self, email: str) -> None:
        """Erase a person in all workspaces, and keep them from coming back. Raises StoreUnavailableError."""

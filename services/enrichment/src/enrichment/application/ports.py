"""What enriching a lead needs from the outside."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.errors import LeadstreamError, TransientError
from leadstream.jobs.model import Failed, Held, Job, Retry

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
    domain: str
    # The job that pays, or has paid, for the answer.
    paid_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedCall:
    id: UUID
    ending: Ending


@dataclass(frozen=True, slots=True)
class Cached:
    """There is a fresh answer already."""

    answer: Answer
    # Whether this very job paid for it, before it lost its worker.
    paid: bool


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


@dataclass(frozen=True, slots=True)
class Ask:
    """Go ahead: the call is on record."""

    flight: Flight


@dataclass(frozen=True, slots=True)
class CarryOn:
    """The answer is paid for and here, its addresses are not all verified."""

    flight: Flight
    answer: Answer
    # How many verifications of this answer the provider has refused so far.
    refused: int


Begun: TypeAlias = Cached | Busy | Lost | OverBudget | Ask | CarryOn


class Answers(Protocol):
    """Answers about companies, each paid for once however many leads, workspaces and replicas want it."""

    async def begin(self, job: Job, domain: str, *, budgeted: bool) -> Begun:
        """Find out what there is to do about a company; with `Ask`, the call is durable before it is made.

        `budgeted` calls count against the workspace's provider budget. Raises StoreUnavailableError.
        """

    async def without_erased(self, answer: Answer) -> Answer:
        """Leave out who was erased in all workspaces.

        Waits a while for the store, then raises StoreUnavailableError.
        """

    async def advance(
        self,
        job: Job,
        flight: Flight,
        answer: Answer,
        closed: ClosedCall | None,
        *,
        opens: int | None,
    ) -> UUID | None:
        """Keep the answer as far as it is, and how the last call ended; open the verification of contact `opens`.

        Returns the id of the call that was opened. Waits a while for the store, then raises StoreUnavailableError.
        """


class StopWhen(StrEnum):
    """When a workspace's next source is not asked any more."""

    # Somebody is known.
    FOUND = "found"
    # Somebody's address is known to be valid.
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which providers a workspace has asked, each list in its order."""

    contacts: tuple[str, ...]
    verify: tuple[str, ...] = ()
    stop_when: StopWhen = StopWhen.FOUND
    # Sandboxes are asked, and sources that have none are not in the plan.
    training: bool = False


class Sources(Protocol):
    async def of(self, workspace_id: UUID) -> Plan:
        """Return the workspace's plan, or the deployment's where it has none. Raises StoreUnavailableError."""


class Accounts(Protocol):
    async def find(self, provider: str, workspace_id: UUID, *, training: bool) -> Account | None:
        """Return the workspace's own account, else the deployment's; None: there is no key.

        Raises StoreUnavailableError.
        """


class ContactSource(Protocol):
    async def enrich(self, *, domain: str, company_name: str) -> Answer:
        """Ask for the people to talk to at a company. Costs money. Raises CallFault."""

    async def verify(self, email: str) -> EmailStatus:
        """Ask whether an address exists. Raises CallFault."""


class Pace(Protocol):
    """The provider's pace, shared by all replicas. A job comes with the right to one call."""

    async def take(self) -> bool:
        """Wait a little for the right to one more call; False if there is none to be had yet."""

    async def give_back(self) -> None:
        """Return the right to a call that was not made."""


# Whether calls may be made right now: asked before each call, because a pause may have come since the last.
MayCall: TypeAlias = Callable[[], bool]

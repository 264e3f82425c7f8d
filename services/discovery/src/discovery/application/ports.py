"""What the use cases need from outside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeAlias
from uuid import UUID

from discovery.domain.finding import Finding
from discovery.domain.harvest import Harvest, Known
from discovery.domain.search import Filters, Query
from discovery.domain.trends import Change, Week
from leadstream.accounts import Account
from leadstream.jobs.model import Failed, Held, Retry


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search has found. Nothing is an answer, too."""

    harvest: Harvest
    # What the source took for it, in its own unit.
    units: Decimal = Decimal(0)
    # Why it was not asked for more, where there was more.
    note: str | None = None


# Anything but an answer is how the attempt ends.
Fault: TypeAlias = Retry | Failed | Held
SearchOutcome: TypeAlias = Answer | Fault

# Whether the findings of a page make the next one needless.
IsEnough: TypeAlias = Callable[[Sequence[Finding]], Awaitable[bool]]


class IntentSource(Protocol):
    @property
    def name(self) -> str:
        """As accounts, settings, pauses, prices and `query_runs` have it: `datashopper`."""

    async def search(
        self, topic: str, filters: Filters, *, account: Account, is_enough: IsEnough
    ) -> SearchOutcome:
        """Ask once for companies that show intent, page by page until they are enough.

        A search changes nothing there, so it may always be asked again.
        """

    async def test(self, account: Account) -> Fault | None:
        """Make sure that the account works, at no cost; None if it does."""


class Turns(Protocol):
    """The pace of a source, for the calls of an attempt after its first: that one's right came with the job."""

    async def take(self, account: Account) -> bool:
        """Wait for the right to one more call; False if it does not come in time, or the source is paused."""


class Queries(Protocol):
    async def find(self, query_id: UUID) -> Query | None:
        """The query as it is now."""


class Shelves(Protocol):
    async def known(self, workspace_id: UUID, keys: Sequence[str]) -> Known:
        """Which of the keys the workspace has leads for."""

    async def room(self, query_id: UUID, run_on: date) -> int:
        """How many leads the query may still create that day."""


class Volumes(Protocol):
    async def volumes(self, week: Week) -> Mapping[UUID, int]:
        """How many leads each topic had in a week; every topic is in it."""

    async def store(self, week: Week, trends: Sequence["Trend"]) -> None:
        """Put the trends of a week in place of those it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    topic_id: UUID
    volume: int
    previous_volume: int
    change: Change

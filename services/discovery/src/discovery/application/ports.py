"""What the use cases need from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from discovery.domain.harvest import Harvest
from discovery.domain.search import Filters, Query
from discovery.domain.trends import Change, Week
from leadstream.jobs.model import Failed, Held, Retry


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search has found."""

    harvest: Harvest


SearchOutcome: TypeAlias = Answer | Retry | Failed | Held


class IntentSource(Protocol):
    async def search(self, topic: str, filters: Filters) -> SearchOutcome:
        """Ask once for companies that show intent; anything but an answer is how the attempt ends."""


class Queries(Protocol):
    async def find(self, query_id: UUID) -> Query | None:
        """The query as it is now."""


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

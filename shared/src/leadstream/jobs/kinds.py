"""What a service says about each kind of job it has."""

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from leadstream.backoff import Backoff
from leadstream.jobs.model import (
    Failed,
    Job,
    JobState,
    NewJob,
    Outcome,
    Passed,
    Released,
    Retry,
    Settled,
    Succeeded,
)
from leadstream.outbox.event import OutboxEvent
from leadstream.postgres import Tx
from leadstream.ratelimit import RateLimit


class Handler(Protocol):
    async def __call__(self, job: Job) -> Outcome:
        """Make one attempt. No transaction is open; an exception is a bug and counts as a failed attempt."""


class GroupHandler(Protocol):
    async def __call__(self, jobs: Sequence[Job]) -> Sequence[Outcome]:
        """Make one attempt for jobs of one priority together, of one lane unless the kind groups across them.

        The outcomes are in the order of the jobs.
        """


class Recorder(Protocol):
    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        """Write what the attempts mean to the service's own tables; return the events that announce it.

        Runs inside the transaction that settles the jobs, and sees only jobs whose lease still held. Several jobs of
        one lead may be in one call. Must be set-based: one statement for all, not one each.
        """


class GroupSize(Protocol):
    async def __call__(self, lane: str) -> int:
        """How many jobs of the lane one call takes."""


def provider_scopes(kinds: Sequence["JobKind"]) -> str:
    """The scope of the provider that each kind depends on, by its name: JSON, as statements take it."""
    return json.dumps({kind.name: kind.provider_scope for kind in kinds if kind.provider})


async def record_nothing(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
    """For kinds whose only trace is the job itself."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Jobs of one lane and priority go out together: as soon as `size(lane)` wait, or one has waited for `linger`."""

    size: GroupSize
    linger: timedelta
    # The largest size that any lane has: what the claim counts up to.
    largest: int


@dataclass(frozen=True, slots=True)
class Across:
    """Jobs of one priority go out together, up to `largest`, whatever their lanes: the other side knows of none.

    Nothing waits for company: what waits for the provider's pace fills the next call, lanes sharing it evenly.
    """

    largest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """One kind of job: who does it, how many at once, how often, and what is written down."""

    name: str
    handler: Handler | None = None
    group_handler: GroupHandler | None = None
    grouping: Grouping | Across | None = None
    recorder: Recorder = record_nothing
    # Attempts side by side in this process; for group kinds, groups.
    concurrency: int = 50
    # Of one lane, at most so many side by side, and one until it has answered well: a destination that hangs must not
    # take every slot. None: no limit.
    lane_concurrency: int | None = None
    max_attempts: int = 3
    backoff: Backoff = field(default_factory=Backoff)
    # How long an open circuit may hold a job before it has failed.
    outage_patience: timedelta = timedelta(hours=24)
    # A hanging attempt ends here, as a failed one whose effect is unknown. Must fit into the lease.
    timeout: timedelta = timedelta(seconds=45)
    # Pausing `provider:<name>` holds the whole kind, and faults open that scope's circuit; without a provider they open
    # the lane's, if that is a destination or a connection. `provider:<name>:<workspace>` holds one workspace's jobs.
    provider: str | None = None
    # The workspaces that ask the provider with keys of their own: what is wrong with everybody's does not hold them.
    own_keys: Callable[[], Awaitable[Collection[UUID]]] | None = None
    rate: RateLimit | None = None

    def __post_init__(self) -> None:
        if (self.handler is None) == (self.group_handler is None):
            raise ValueError(f"job kind {self.name}: give a handler or a group handler")
        if (self.group_handler is None) != (self.grouping is None):
            raise ValueError(f"job kind {self.name}: a group handler goes with a grouping")

    @property
    def scopes(self) -> list[str]:
        """The pauses that hold the whole kind."""
        scopes = ["all", f"kind:{self.name}"]
        return [*scopes, self.provider_scope] if self.provider_scope else scopes

    def scopes_of(self, job: Job | NewJob) -> list[str]:
        """All pauses that hold a job of this kind."""
        own = [f"{self.provider_scope}:{job.workspace_id}"] if self.provider else []
        return [*self.scopes, *own, job.lane, f"workspace:{job.workspace_id}"]

    @property
    def provider_scope(self) -> str | None:
        return f"provider:{self.provider}" if self.provider else None

    def circuit_scope(self, lane: str) -> str | None:
        """What a fault of the lane's jobs says something about: what fails by itself."""
        by_itself = lane if lane.startswith(("destination:", "connection:")) else None
        return self.provider_scope or by_itself

    def settle(self, job: Job, outcome: Outcome, *, began: datetime, ended: datetime) -> Settled:
        """What an outcome makes of the job."""
        attempts = 0 if isinstance(outcome, Passed) else job.attempts + outcome.counts
        return Settled(
            job=job,
            outcome=outcome,
            state=self._next_state(outcome, attempts),
            attempts=attempts,
            started_at=began,
            finished_at=ended,
            wait=self._wait(job, outcome, began),
        )

    def _next_state(self, outcome: Outcome, attempts: int) -> JobState:
        match outcome:
            case Succeeded():
                return JobState.SUCCEEDED
            case Failed():
                return JobState.FAILED
            case Retry(counts=True) if attempts >= self.max_attempts:
                return JobState.FAILED
            case _:
                return JobState.READY

    def _wait(self, job: Job, outcome: Outcome, began: datetime) -> timedelta:
        match outcome:
            case Released(after=after):
                return after
            # What was given back to an open circuit waits for that, and not for its turn.
            case Retry(counts=counts, own=own, after=after) if counts or own:
                return self.backoff.delay(job.attempts + 1, began=began, at_least=after)
            case _:
                return timedelta(0)

"""Jobs as values: what is asked for, what is claimed, and how an attempt can end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from leadstream.reading import clean


class JobState(StrEnum):
    READY = "ready"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(IntEnum):
    """Hot before warm before cold; what a person asked for by hand goes with the hot."""

    HOT = 0
    WARM = 1
    COLD = 2

    @classmethod
    def of_score(cls, score: str) -> "Priority":
        return cls[score.upper()]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A job to be put into the ledger; the same id a second time changes nothing.

    `payload` must be JSON-serialisable by orjson. `lane` is a pause scope: `workspace:<id>`, `destination:<id>` or
    `connection:<id>`.
    """

    id: UUID
    kind: str
    priority: Priority
    lane: str
    payload: Mapping[str, Any]
    workspace_id: UUID | None = None
    lead_id: UUID | None = None
    run_at: datetime | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job under a lease of this worker."""

    id: UUID
    kind: str
    priority: Priority
    lane: str
    payload: Mapping[str, Any]
    workspace_id: UUID | None
    lead_id: UUID | None
    # Attempts that counted so far; the one about to be made is number `attempts + 1`.
    attempts: int
    # Leases that ran out before: an earlier attempt may have had its effect without anybody recording it.
    lost: int
    created_at: datetime
    lease_id: UUID
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What went wrong, in the words that the run history shows: never a secret, never a payload."""

    error_class: str
    message: str
    status_code: int | None = None
    excerpt: str | None = None

    def __post_init__(self) -> None:
        # In other people's words there may be what Postgres can't hold.
        object.__setattr__(self, "message", clean(self.message))
        object.__setattr__(self, "excerpt", self.excerpt and clean(self.excerpt))


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    """The attempt did what it should. `result` is handed to the recorder."""

    name: ClassVar = "succeeded"
    problem: ClassVar = None
    tried: ClassVar = True
    counts: ClassVar = True
    result: Any = None
    status_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """The attempt failed and may work later: a passing fault. The wait is at least `after`."""

    tried: ClassVar = True
    problem: Problem
    after: timedelta | None = None
    # The effect may have happened all the same (an answer was lost).
    ambiguous: bool = False
    # Of our own making: it says nothing of the provider, and opens no circuit.
    own: bool = False
    # False: an outage failed it, not the job. The attempt is written down and given back.
    counts: bool = True
    result: Any = None

    @property
    def name(self) -> str:
        if not self.counts:
            return "outage"
        return "unknown" if self.ambiguous else "retry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The attempt failed and always will."""

    name: ClassVar = "failed"
    problem: Problem
    # False: it has come to its end without an attempt.
    tried: bool = True
    result: Any = None

    @property
    def counts(self) -> bool:
        return self.tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The scope must rest until `until` (None: until somebody lifts it). No attempt is counted, the job stays ready."""

    name: ClassVar = "held"
    tried: ClassVar = True
    counts: ClassVar = False
    scope: str
    reason: str
    problem: Problem
    until: datetime | None = None
    result: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Not tried: handed back as it was, to run again after `after`."""

    name: ClassVar = "released"
    problem: ClassVar = None
    tried: ClassVar = False
    counts: ClassVar = False
    after: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Another kind goes on with the job, with all attempts before it. `result` is handed to the recorder."""

    name: ClassVar = "passed"
    problem: ClassVar = None
    counts: ClassVar = False
    kind: str
    # False: this kind had nothing to ask.
    tried: bool = True
    result: Any = None


# `name`: what history and metrics call it; `tried`: there was an attempt, `counts`: one of those that the job has.
Outcome: TypeAlias = Succeeded | Retry | Failed | Held | Released | Passed
# How an attempt may end.
OUTCOMES = ("succeeded", "failed", "retry", "unknown", "held", "outage", "passed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A job and how its attempt ended, as the recorder sees it, in the transaction that makes it so."""

    job: Job
    outcome: Outcome
    # The state that the job has from now on: a Retry on the last attempt is FAILED.
    state: JobState
    # Number of attempts that counted, this one included.
    attempts: int
    started_at: datetime
    finished_at: datetime
    # How long a job that stays ready waits.
    wait: timedelta = timedelta(0)

    @property
    def problem(self) -> Problem | None:
        return self.outcome.problem

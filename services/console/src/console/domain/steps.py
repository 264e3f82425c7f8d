"""What a service did for a lead, or is to do, as the story tells it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from console.domain import reasons
from console.domain.masking import masked

# Text with the moments in it, which pages write in the visitor's zone.
Words = tuple[str | datetime, ...]

BAD: Final = frozenset({"failed", "refused", "cancelled", "partial"})
OPEN: Final = frozenset({"ready", "running", "pending", "held"})
AGAIN: Final = frozenset({"failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt, with how long it waited: since the job was there, or since the attempt before."""

    made: Mapping[str, Any]
    waited: timedelta
    took: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    service: str
    # None: of no revision in particular.
    revision: int | None
    what: str
    state: str
    # When it ended; before that, when it was asked for.
    at: datetime | None
    # Why, in words; what else there is to say.
    why: str | None = None
    also: tuple[str, ...] = ()
    waits: Words = ()
    attempts: Sequence[Tried] = ()
    job_id: str | None = None
    job_state: str | None = None
    trace_id: str | None = None

    @property
    def may_run_again(self) -> bool:
        return self.job_id is not None and self.job_state in AGAIN

    @property
    def is_open(self) -> bool:
        return self.job_state in OPEN if self.job_state else self.state in OPEN


def tried(created_at: datetime, attempts: Iterable[Mapping[str, Any]]) -> list[Tried]:
    found = []
    before = created_at
    for each in attempts:
        began, ended = each["started_at"], each["finished_at"]
        found.append(Tried(each, max(began - before, timedelta()), ended - began))
        before = ended
    return found


def waiting_for(job: Mapping[str, Any], now: datetime) -> Words:
    """What a job waits for; nothing where it has ended."""
    match job["state"]:
        case "running":
            return ("it is being done now",)
        case "ready" if job["holds"]:
            return _held(job["holds"])
        case "ready" if job["run_at"] > now:
            return ("it is tried again at " if job["attempts"] else "it begins at ", job["run_at"])
        case "ready":
            return ("it waits for its turn since ", job["run_at"])
    return ()


def _held(holds: Sequence[Mapping[str, Any]]) -> Words:
    """By what holds it longest."""
    last = max(holds, key=lambda hold: (hold["until"] is None, hold["until"] or 0))
    said = f"it is held: {masked(reasons.pause(last['reason']))} ({last['scope']})"
    if last["until"] is None:
        return (f"{said}, until somebody lifts it",)
    return (f"{said}, until ", last["until"])


def problem(error_class: str | None, message: str | None) -> str | None:
    """What went wrong: its class in words, and what was said, without people in it."""
    if not error_class and not message:
        return None
    said = str(masked(message)) if message else ""
    if not error_class:
        return said
    words = reasons.error_class(error_class)
    return f"{words} ({said})" if said and said != error_class else words


def joined(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last

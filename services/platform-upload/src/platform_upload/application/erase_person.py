"""One attempt to take a person out of what was written through a connection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from leadstream.clock import Clock
from leadstream.jobs.model import Failed, Held, Job, Outcome, Problem, Released, Retry, Succeeded
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.outcomes import HOLDS, QUOTA, THROTTLED, held
from platform_upload.application.ports import Connections, Erased, Eraser, Person, Trace
from platform_upload.application.reach import Reach
from platform_upload.domain.answers import Refused, RefusedError, Verdict
from platform_upload.domain.connection import Connection, Hold

ERASE_PERSON = "erase-person"
# What was begun with the person before they were erased has come to its end by then, mostly.
LOOK_AGAIN = timedelta(seconds=2)
# More than this in one instruction is a list that nobody reads.
MOST_NAMED = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Who it is about, and the leads that went out with them, by the adapter that they went by."""

    person: Person
    traces: Mapping[str, Sequence[Trace]]
    # All that may have gone out with them, also those that did not in the end.
    leads: Sequence[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the recorder is told."""

    adapter: str
    leads: Sequence[UUID]
    erased: Erased


class UnreadablePersonError(Exception):
    """Who it is does not decrypt with the keys we have."""


class People(Protocol):
    async def find(self, job_id: UUID, connection: Connection) -> Found | None:
        """Whom a job is about; None where that is not known any more. Raise UnreadablePersonError."""

    async def are_under_way(self, job_id: UUID) -> bool:
        """Whether some of a job's leads are being handed over right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasePerson:
    connections: Connections
    people: People
    # By the name of the connection's adapter.
    erasers: Mapping[str, Eraser]
    clock: Clock
    budget: Callable[[], Budget]

    @property
    def _reach(self) -> Reach:
        return Reach(connections=self.connections, clock=self.clock)

    async def __call__(self, job: Job) -> Outcome:
        connection = await self._reach.open(job.lane)
        if not isinstance(connection, Connection):
            return connection
        # Looked at first: what has ended by then is found to have gone out.
        if await self.people.are_under_way(job.id):
            return Released(after=LOOK_AGAIN)
        try:
            found = await self.people.find(job.id, connection)
        except UnreadablePersonError as exc:
            return Failed(problem=Problem(error_class="undecryptable", message=str(exc)))
        if found is None:
            message = "whom this was about is not known any more: erase them again"
            return Failed(problem=Problem(error_class="forgotten", message=message))
        try:
            erased = await self._erase(connection, found)
        except RefusedError as exc:
            return await self._refused(connection, exc.refused)
        except SpentError:
            message = "the platform was too slow for one attempt"
            problem = Problem(error_class="timeout", message=message)
            return Retry(problem=problem, ambiguous=True)
        return Succeeded(result=Ended(adapter=connection.adapter, leads=found.leads, erased=erased))

    async def _erase(self, connection: Connection, found: Found) -> Erased:
        erased = Erased()
        for adapter, traces in sorted(found.traces.items()):
            eraser = self.erasers.get(adapter)
            if adapter == connection.adapter and eraser:
                done = await eraser.erase(connection, found.person, traces, self.budget())
            else:
                done = Erased(left=(_out_of_reach(adapter, connection, traces),))
            erased = _both(erased, done)
        return erased

    async def _refused(self, connection: Connection, refused: Refused) -> Outcome:
        """As for uploads; but what is not set up for erasing alone holds no uploads."""
        problem = problem_of(refused)
        lane, now = connection.lane, self.clock.now()
        match refused.verdict:
            case Verdict.CREDENTIAL | Verdict.DISABLE:
                if not await self._reach.obey(connection, refused):
                    return Released()
                return held(lane, HOLDS[refused.verdict], problem, now=now)
            case Verdict.QUOTA:
                until = now + (refused.after or QUOTA)
                return Held(scope=lane, reason=Hold.QUOTA, until=until, problem=problem)
            case _ if refused.throttled:
                until = now + (refused.after or THROTTLED)
                return Held(scope=lane, reason=Hold.RATE, until=until, problem=problem)
            case Verdict.PERMANENT | Verdict.CONFIGURATION:
                return Failed(problem=problem)
            case _:
                ambiguous = refused.verdict is Verdict.AMBIGUOUS
                return Retry(problem=problem, after=refused.after, ambiguous=ambiguous)


def problem_of(refused: Refused) -> Problem:
    """By its code only: in the platform's own words there may be the person."""
    message = f"the platform refused: {refused.verdict}"
    return Problem(error_class=refused.code, message=message, status_code=refused.status_code)


def named(traces: Sequence[Trace]) -> str:
    """Records in an instruction: what the platform calls them, or else their lead."""
    names = [trace.external_id or f"of lead {trace.lead_id}" for trace in traces]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _out_of_reach(adapter: str, connection: Connection, traces: Sequence[Trace]) -> str:
    if adapter != connection.adapter:
        return (
            f"{adapter}: the connection leads to {connection.adapter} by now; take the person out of the records "
            f"{named(traces)} by hand"
        )
    return f"{adapter}: nothing is known of how to erase there; take the person out of {named(traces)} by hand"


def _both(one: Erased, other: Erased) -> Erased:
    return replace(
        one,
        records=(*one.records, *other.records),
        left=(*one.left, *other.left),
        written={**one.written, **other.written},
    )

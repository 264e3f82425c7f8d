"""What somebody on call looks at first: the services, the last tick, the funnel, what is held, what has failed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from console.application.hurry import Hurry
from console.application.ports import Api
from console.application.runs import Night, look_at_night
from leadstream.admin.answers import (
    Failure,
    HealthBody,
    JobsSummary,
    ListedPause,
    ScheduleAnswer,
    TickAnswer,
)
from leadstream.admin.errors import AdminError, AwayError
from leadstream.admin.glance import (
    last_ticks,
    list_schedules,
    newest_failures,
    pauses_in_force,
)
from leadstream.admin.jobs import sum_up_jobs
from leadstream.admin.runs import list_ticks

NIGHTLY: Final = "daily-lead-generation"
# Both together, with the visitor's own check, stay under a second, whoever is away.
FIRST_LOOK: Final = 0.5
SECOND_LOOK: Final = 0.35
GROUPS: Final = 5
# Of jobs: what there is to do, and what needs somebody. Those that went well are the funnel.
SHOWN: Final = ("ready", "running", "failed")


@dataclass(frozen=True, slots=True)
class Count:
    state: str
    count: int
    # There may be more: counting has ended there.
    more: bool


@dataclass(frozen=True, slots=True)
class Service:
    """`away`: why nothing is known of it."""

    name: str
    away: AdminError | None
    ready: bool = False
    failing: Sequence[str] = ()
    jobs: Sequence[Count] | AdminError = ()

    def count(self, state: str) -> int:
        if isinstance(self.jobs, AdminError):
            return 0
        return sum(each.count for each in self.jobs if each.state == state)


@dataclass(frozen=True, slots=True)
class Held:
    service: str
    pause: ListedPause


@dataclass(frozen=True, slots=True)
class Group:
    service: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class LastTick:
    """`late`: how long after its time it came; None if somebody triggered it."""

    schedule: ScheduleAnswer
    tick: TickAnswer | None
    late: timedelta | None


@dataclass(frozen=True, slots=True)
class Tonight:
    """Each part is what is known of it, or the error of the service that was asked."""

    services: list[Service]
    last: LastTick | AdminError | None
    # None: nothing has ever run.
    night: Night | AdminError | None
    held: list[Held]
    groups: list[Group]
    errors: list[AdminError]


async def look(api: Api, services: Sequence[str]) -> Tonight:
    first = Hurry(api, FIRST_LOOK)
    seen, last, ticks = await asyncio.gather(
        asyncio.gather(*(_look_at(first, each) for each in services)),
        _last_tick(first),
        first.try_(list_ticks(limit=1)),
    )
    there = [service for service, _ in seen if not service.away]
    second = Hurry(api, SECOND_LOOK)
    night, groups = await asyncio.gather(_night(second, ticks), _failures(second, there))
    found = [(service, pauses) for service, pauses in seen if not service.away]
    return Tonight(
        services=[service for service, _ in seen],
        last=last,
        night=night,
        held=_held(found),
        groups=[group for group in groups if isinstance(group, Group)],
        errors=[
            *(pauses for _, pauses in found if isinstance(pauses, AdminError)),
            *(error for error in groups if isinstance(error, AdminError)),
        ],
    )


async def _look_at(api: Api, name: str) -> tuple[Service, list[ListedPause] | AdminError]:
    ready, jobs, pauses = await asyncio.gather(
        api.readiness(name), api.try_(sum_up_jobs(name)), api.try_(pauses_in_force(name))
    )
    held = pauses if isinstance(pauses, AdminError) else pauses["items"]
    return _service(name, ready, jobs), held


def _service(name: str, ready: HealthBody | AdminError, jobs: JobsSummary | AdminError) -> Service:
    if isinstance(ready, AdminError):
        return Service(name, ready)
    if isinstance(jobs, AwayError):
        return Service(name, jobs)
    counts = jobs if isinstance(jobs, AdminError) else _counts(jobs)
    failing = sorted(ready["failing"])
    return Service(name, None, ready["status"] == "ok", failing, counts)


def _counts(summary: JobsSummary) -> list[Count]:
    return [
        Count(
            state,
            sum(each["count"] for each in summary["counts"] if each["state"] == state),
            state in summary["more"],
        )
        for state in SHOWN
    ]


async def _last_tick(api: Api) -> LastTick | AdminError | None:
    schedules, ticks = await api.all(list_schedules(), last_ticks(NIGHTLY, 1))
    if isinstance(schedules, AdminError):
        return schedules
    if isinstance(ticks, AdminError):
        return ticks
    nightly = next((each for each in schedules["items"] if each["name"] == NIGHTLY), None)
    if nightly is None:
        return None
    tick = next(iter(ticks["items"]), None)
    late = tick["emitted_at"] - tick["scheduled_for"] if tick and not tick["manual"] else None
    return LastTick(nightly, tick, late)


async def _night(api: Api, ticks: Any) -> Night | AdminError | None:
    if isinstance(ticks, AdminError):
        return ticks
    if not ticks["items"]:
        return None
    try:
        return await look_at_night(api, ticks["items"][0]["tick_id"])
    except AdminError as exc:
        return exc


async def _failures(api: Api, services: Sequence[Service]) -> list[Group | AdminError]:
    """The newest groups of all services; only those are asked that have any."""
    asked = [each.name for each in services if each.count("failed")]
    answers = await asyncio.gather(*(api.try_(newest_failures(each, GROUPS)) for each in asked))
    errors = [each for each in answers if isinstance(each, AdminError)]
    groups = [
        Group(service, failure)
        for service, answer in zip(asked, answers, strict=True)
        if not isinstance(answer, AdminError)
        for failure in answer["items"]
    ]
    groups.sort(key=lambda group: group.failure["last"], reverse=True)
    return [*groups[:GROUPS], *errors]


def _held(found: Sequence[tuple[Service, list[ListedPause] | AdminError]]) -> list[Held]:
    """What most waits behind comes first."""
    held = [
        Held(service.name, pause)
        for service, pauses in found
        if not isinstance(pauses, AdminError)
        for pause in pauses
    ]
    return sorted(held, key=lambda each: -(each.pause["waiting"] or 0))

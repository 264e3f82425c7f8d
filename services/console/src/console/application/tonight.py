"""What somebody on call looks at first: the services, the last tick, the funnel, what is held, what has failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from console.application.in_time import in_time
from console.application.ports import Api
from console.application.runs import Night, look_at_night
from leadstream.admin import schedules
from leadstream.admin.answers import (
    Failure,
    HealthBody,
    JobsSummary,
    ListedPause,
    ListedTick,
    PageListedTick,
    ScheduleAnswer,
    TickAnswer,
)
from leadstream.admin.errors import AdminError, AwayError
from leadstream.admin.jobs import list_failures, sum_up_jobs
from leadstream.admin.pauses import list_pauses
from leadstream.admin.runs import list_ticks

NIGHTLY: Final = "daily-lead-generation"
LATE: Final = "has not answered in time"
GROUPS: Final = 5
TICKS: Final = 6
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
    # Other ticks of the same day, newest first: somebody may have run it again.
    earlier: list[ListedTick]
    held: list[Held]
    groups: list[Group]
    errors: list[AdminError]


async def look(api: Api, services: Sequence[str]) -> Tonight:
    answers = await in_time(
        {
            **{(each, "ready"): api.readiness(each) for each in services},
            **{(each, "jobs"): api.try_(sum_up_jobs(each)) for each in services},
            **{(each, "pauses"): api.try_(list_pauses(each)) for each in services},
            ("scheduler", "tick"): _last_tick(api),
            ("discovery", "ticks"): api.try_(list_ticks(limit=TICKS)),
        }
    )

    def told(service: str, what: str) -> Any:
        return answers.get((service, what)) or AwayError(service, LATE)

    seen = [_service(each, told(each, "ready"), told(each, "jobs")) for each in services]
    there = [each for each in seen if not each.away]
    night, groups = await _second_look(api, told("discovery", "ticks"), there)
    pauses = {each.name: told(each.name, "pauses") for each in there}
    return Tonight(
        services=seen,
        last=answers.get(("scheduler", "tick"), AwayError("scheduler", LATE)),
        night=night,
        earlier=_earlier(told("discovery", "ticks")),
        held=_held(pauses),
        groups=_newest(groups),
        errors=[each for each in (*pauses.values(), *groups.values()) if _is_error(each)],
    )


async def _second_look(
    api: Api, ticks: Any, services: Sequence[Service]
) -> tuple[Night | AdminError | None, dict[str, Any]]:
    """The newest night, and the failures of those services that have any: what the first look has made known."""
    failing = [each.name for each in services if each.count("failed")]
    answers = await in_time(
        {
            "": _night(api, ticks),
            **{each: api.try_(list_failures(each, limit=GROUPS)) for each in failing},
        }
    )
    night = answers.pop("", AwayError("discovery", LATE))
    return night, {each: answers.get(each) or AwayError(each, LATE) for each in failing}


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
    found, ticks = await api.all(schedules.list_schedules(), schedules.list_ticks(NIGHTLY, limit=1))
    if isinstance(found, AdminError):
        return found
    if isinstance(ticks, AdminError):
        return ticks
    nightly = next((each for each in found["items"] if each["name"] == NIGHTLY), None)
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


def _earlier(ticks: PageListedTick | AdminError) -> list[ListedTick]:
    if isinstance(ticks, AdminError):
        return []
    newest, others = ticks["items"][:1], ticks["items"][1:]
    return [each for each in others if each["run_on"] == newest[0]["run_on"]]


def _newest(groups: Mapping[str, Any]) -> list[Group]:
    found = [
        Group(service, failure)
        for service, answer in groups.items()
        if not _is_error(answer)
        for failure in answer["items"]
    ]
    return sorted(found, key=lambda group: group.failure["last"], reverse=True)[:GROUPS]


def _held(pauses: Mapping[str, Any]) -> list[Held]:
    """What most waits behind comes first."""
    held = [
        Held(service, pause)
        for service, answer in pauses.items()
        if not _is_error(answer)
        for pause in answer["items"]
    ]
    return sorted(held, key=lambda each: -(each.pause["waiting"] or 0))


def _is_error(answer: Any) -> bool:
    return isinstance(answer, AdminError)

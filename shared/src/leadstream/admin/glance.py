"""What is asked of the services for a first look at all of them."""

from leadstream.admin.answers import (
    PageFailure,
    PageListedPause,
    PageScheduleAnswer,
    PageTickAnswer,
)
from leadstream.admin.calls import Call, given, path


def newest_failures(service: str, limit: int) -> Call[PageFailure]:
    return Call(service, "GET", "failures", PageFailure, given(limit=limit))


def pauses_in_force(service: str) -> Call[PageListedPause]:
    return Call(service, "GET", "pauses", PageListedPause)


def list_schedules() -> Call[PageScheduleAnswer]:
    return Call("scheduler", "GET", "schedules", PageScheduleAnswer)


def last_ticks(schedule: str, limit: int) -> Call[PageTickAnswer]:
    route = path("schedules", schedule, "ticks")
    return Call("scheduler", "GET", route, PageTickAnswer, given(limit=limit))

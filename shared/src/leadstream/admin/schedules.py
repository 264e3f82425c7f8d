"""What is due when: schedules, their ticks, and making up for times that were missed."""

from typing import Any

from leadstream.admin.answers import (
    Backfilled,
    PageDatetime,
    PageScheduleAnswer,
    PageTickAnswer,
    ScheduleAnswer,
    ScheduleBody,
    SchedulerTriggered,
)
from leadstream.admin.calls import Call, given, path

SERVICE = "scheduler"


def list_schedules(*, past: int | None = None) -> Call[PageScheduleAnswer]:
    """With so many of their last times."""
    return Call(SERVICE, "GET", "schedules", PageScheduleAnswer, given(past=past))


def get_schedule(name: str, *, past: int | None = None) -> Call[ScheduleAnswer]:
    return Call(SERVICE, "GET", path("schedules", name), ScheduleAnswer, given(past=past))


def next_times(
    name: str,
    *,
    cron: str | None = None,
    timezone: str | None = None,
    count: int | None = None,
) -> Call[PageDatetime]:
    """The next times; with a cron or a zone, as they would be."""
    params = given(cron=cron, timezone=timezone, count=count)
    return Call(SERVICE, "GET", path("schedules", name, "next"), PageDatetime, params)


def list_ticks(
    name: str, *, limit: int | None = None, cursor: str | None = None
) -> Call[PageTickAnswer]:
    """Newest first."""
    params = given(limit=limit, cursor=cursor)
    return Call(SERVICE, "GET", path("schedules", name, "ticks"), PageTickAnswer, params)


def put_schedule(
    name: str, body: ScheduleBody, *, reason: str | None = None
) -> Call[ScheduleAnswer]:
    """What is left out of the body is as it is at first."""
    return _change("PUT", path("schedules", name), ScheduleAnswer, body, reason)


def trigger_schedule(name: str, *, reason: str | None = None) -> Call[SchedulerTriggered]:
    return _change("POST", path("schedules", name, "trigger"), SchedulerTriggered, {}, reason)


def pause_schedule(name: str, *, reason: str) -> Call[ScheduleAnswer]:
    body = {"reason": reason}
    return _change("POST", path("schedules", name, "pause"), ScheduleAnswer, body, reason)


def resume_schedule(name: str, *, reason: str | None = None) -> Call[ScheduleAnswer]:
    return _change("POST", path("schedules", name, "resume"), ScheduleAnswer, {}, reason)


def backfill_schedule(
    name: str, *, since: str, until: str, dry_run: bool = False, reason: str | None = None
) -> Call[Backfilled]:
    """Emit the ticks that a range is missing; a dry run says which."""
    body = {"from": since, "to": until, "dry_run": dry_run}
    return _change("POST", path("schedules", name, "backfill"), Backfilled, body, reason)


def _change(method: Any, where: str, answer: Any, body: Any, reason: str | None) -> Call[Any]:
    return Call(SERVICE, method, where, answer, body=body, reason=reason)

"""Schedules: when they are due, whether they run, and how they have kept their times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Final

from console.application.ports import Api
from console.domain.cron_words import NoCronError, in_words
from console.domain.strip import Mark, Time, marks, summary
from leadstream.admin.answers import AuditEntry, Backfilled, ScheduleAnswer, ScheduleBody
from leadstream.admin.audit import list_changes
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.schedules import (
    backfill_schedule,
    get_schedule,
    list_schedules,
    next_times,
)

# Of the last times so many are in the strip.
PAST: Final = 40
UPCOMING: Final = 5
# The schedule whose ticks begin a night's run.
NIGHTLY: Final = "daily-lead-generation"


@dataclass(frozen=True, slots=True)
class ScheduleView:
    row: ScheduleAnswer
    words: str
    state: str
    strip: list[Mark]
    summary: str
    # Who paused it and when, as far as the audit knows.
    paused_by: AuditEntry | None = None

    @property
    def has_runs(self) -> bool:
        return self.row["name"] == NIGHTLY


async def listed(api: Api) -> tuple[list[ScheduleView], AdminError | None]:
    """All of them, or why there are none."""
    found, pauses = await api.all(
        list_schedules(past=PAST),
        list_changes("scheduler", action="schedule.paused", limit=100),
    )
    if isinstance(found, AdminError):
        return [], found
    by: dict[str, AuditEntry] = {}
    if not isinstance(pauses, AdminError):
        for change in pauses["items"]:
            by.setdefault(change["target"], change)
    return [seen(row, by.get(f"schedule:{row['name']}")) for row in found["items"]], None


def seen(row: ScheduleAnswer, paused_by: AuditEntry | None = None) -> ScheduleView:
    times = [
        Time(each["scheduled_for"], each["tick_id"], each["emitted_at"], each["manual"])
        for each in row.get("past", ())
    ]
    strip = marks(times, settled_until=row["settled_until"])
    state = "paused" if row["paused"] else "runs" if row["enabled"] else "off"
    is_known = row["paused"] and paused_by is not None
    return ScheduleView(
        row=row,
        words=words(row["cron"]),
        state=state,
        strip=strip,
        summary=summary(strip),
        paused_by=paused_by if is_known else None,
    )


def words(cron: str) -> str:
    """The cron in words; itself, where the scheduler knows one that we do not."""
    try:
        return in_words(cron)
    except NoCronError:
        return cron


@dataclass(frozen=True, slots=True)
class CronPlan:
    """A schedule as it is and as it would be; `error`: it can't be so."""

    row: ScheduleAnswer
    body: ScheduleBody
    before: str
    after: str
    times: list[datetime]
    error: RefusedError | None
    changes: bool


async def plan_cron(api: Api, name: str, wanted: Mapping[str, str]) -> CronPlan:
    """What a change of the cron or the zone would do."""
    asked = next_times(
        name, cron=wanted.get("cron"), timezone=wanted.get("timezone"), count=UPCOMING
    )
    row, upcoming = await api.all(get_schedule(name), asked)
    if isinstance(row, AdminError):
        raise row
    error = None
    if isinstance(upcoming, AdminError):
        if not (isinstance(upcoming, RefusedError) and upcoming.status == 422):
            raise upcoming
        error = upcoming
    body = changed(row, wanted)
    return CronPlan(
        row=row,
        body=body,
        before=words(row["cron"]),
        after=words(body["cron"]),
        times=[] if isinstance(upcoming, AdminError) else upcoming["items"],
        error=error,
        changes=body != changed(row, {}),
    )


def changed(row: ScheduleAnswer, wanted: Mapping[str, str]) -> ScheduleBody:
    """The whole schedule, which a PUT needs: what is not asked for stays."""
    enabled = wanted.get("enabled")
    return {
        "cron": wanted.get("cron") or row["cron"],
        "timezone": wanted.get("timezone") or row["timezone"],
        "catch_up": wanted.get("catch_up") or row["catch_up"],  # type: ignore[typeddict-item] # the service decides
        "enabled": row["enabled"] if enabled is None else enabled == "yes",
        "params": row["params"],
    }


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    since: str
    until: str
    ticks: list[datetime]

    @property
    def days(self) -> list[tuple[date, list[datetime]]]:
        return [
            (day, list(times)) for day, times in groupby(self.ticks, key=lambda time: time.date())
        ]


async def plan_backfill(api: Api, name: str, since: str, until: str) -> BackfillPlan:
    answer: Backfilled = await api.ask(
        backfill_schedule(name, since=since, until=until, dry_run=True)
    )
    return BackfillPlan(since, until, answer["ticks"])


def in_utc(moment: str) -> str:
    """A moment as a form has it, which knows no zones: UTC."""
    return f"{moment}Z" if moment and not moment.endswith("Z") and "+" not in moment else moment

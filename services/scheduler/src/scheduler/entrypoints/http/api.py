"""What the admin calls do; every change is one transaction with its audit row."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from leadstream.api import Caller, Change, ConflictError, InvalidError, NotFoundError, Paging
from leadstream.api import PostgresAudit as Audit
from leadstream.clock import Clock
from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx
from scheduler.adapters.postgres import SQL, PostgresSchedules, read_schedule, tick_id
from scheduler.application.emit_ticks import EmitTicks
from scheduler.application.errors import InvalidScheduleError
from scheduler.application.past_times import Emitted, past_times
from scheduler.application.ports import Cron
from scheduler.domain.schedule import Schedule, Tick
from scheduler.entrypoints.clock import observe
from scheduler.entrypoints.http.bodies import BackfillBody, ScheduleBody, TriggerBody

UPCOMING = 5
# A time is a whole minute; stepping back a second puts `from` itself inside the range.
RESOLUTION = timedelta(seconds=1)
MAX_BACKFILL = 1000
# So long ago a time that has no tick is said to be missing even before the first tick that is kept.
FRESH = timedelta(days=30)
_SHOWN = ("cron", "timezone", "catch_up", "enabled", "params", "pause_reason")


class SchedulesApi:
    def __init__(self, database: Database, emit_ticks: EmitTicks, clock: Clock) -> None:
        self._database = database
        self._emit_ticks = emit_ticks
        self._cron: Cron = emit_ticks.cron
        self._clock = clock
        self._audit = Audit()

    async def list_all(self, past: int) -> dict[str, Any]:
        rows = await self._database.pool.fetch(SQL.list_schedules)
        return {"items": await self._with_past(rows, past), "next": None}

    async def get(self, name: str, past: int) -> dict[str, Any]:
        [answer] = await self._with_past([await self._look_up(name)], past)
        return answer

    async def next_times(
        self,
        name: str,
        after: datetime | None,
        count: int,
        *,
        cron: str | None = None,
        timezone: str | None = None,
    ) -> dict[str, Any]:
        schedule = read_schedule(await self._look_up(name))
        if cron is not None or timezone is not None:
            schedule = replace(
                schedule, cron=cron or schedule.cron, timezone=timezone or schedule.timezone
            )
            self._check(schedule)
        start = after or self._from_now(schedule)
        return {"items": self._upcoming(schedule, start, count), "next": None}

    async def ticks(self, name: str, paging: Paging) -> dict[str, Any]:
        await self._look_up(name)
        after = paging.after(datetime)
        rows = await self._database.look(
            SQL.list_ticks, name, paging.limit + 1, after[0] if after else None
        )
        page: dict[str, Any] = paging.page(
            rows, key=lambda row: (row["scheduled_for"],), render=dict
        )
        return page

    async def put(self, caller: Caller, name: str, body: ScheduleBody) -> dict[str, Any]:
        self._check(body)
        now = self._clock.now()
        upcoming = self._cron.next_times(body.cron, body.timezone, after=now, count=1)
        wanted = (body.cron, body.timezone, body.catch_up.value, body.enabled, body.params)
        content = (*wanted, now, upcoming[0] if upcoming else None)
        before: Any = None
        ticks: list[Tick] = []
        async with self._database.transaction() as tx:
            row = await tx.fetchrow(
                SQL.insert_schedule, name, derived_id("schedule", name), *content
            )
            if row is None:
                before = await _lock(tx, name)
                ticks = await self._emit_due(tx, before, now)
                row = await tx.fetchrow(SQL.change_schedule, name, *content)
            await self._record(tx, caller, "schedule.put", before, row)
        _observe(ticks)
        return self._render(row)

    async def trigger(self, caller: Caller, name: str, body: TriggerBody) -> dict[str, Any]:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            schedule = read_schedule(await _lock(tx, name))
            tick = _by_hand(schedule, now, now, params={**schedule.params, **body.params})
            if not await PostgresSchedules(tx).add_ticks([tick]):
                raise ConflictError("the schedule was triggered at this very moment already")
            after = {"tick_id": str(tick_id(tick)), "params": body.params}
            change = Change("schedule.triggered", f"schedule:{name}", after=after)
            await self._audit.record(tx, caller, change)
        _observe([tick])
        return {"tick_id": tick_id(tick), "scheduled_for": now}

    async def pause(self, caller: Caller, name: str, reason: str) -> dict[str, Any]:
        return await self._set_pause(caller, name, reason, action="schedule.paused")

    async def resume(self, caller: Caller, name: str) -> dict[str, Any]:
        """What passed during the pause was not wanted, and is not caught up on."""
        return await self._set_pause(caller, name, None, action="schedule.resumed")

    async def backfill(self, caller: Caller, name: str, body: BackfillBody) -> dict[str, Any]:
        if body.until < body.since:
            raise InvalidError("must not be before `from`", field="to")
        now = self._clock.now()
        async with self._database.transaction() as tx:
            schedule = read_schedule(await _lock(tx, name))
            ticks = await self._missing(tx, schedule, body, now)
            if not body.dry_run:
                ticks = await PostgresSchedules(tx).add_ticks(ticks)
                after = {"from": str(body.since), "to": str(body.until), "ticks": len(ticks)}
                change = Change("schedule.backfilled", f"schedule:{name}", after=after)
                await self._audit.record(tx, caller, change)
        if not body.dry_run:
            _observe(ticks)
        return {"dry_run": body.dry_run, "ticks": [tick.scheduled_for for tick in ticks]}

    async def _set_pause(
        self, caller: Caller, name: str, reason: str | None, *, action: str
    ) -> dict[str, Any]:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            before = await _lock(tx, name)
            ticks = await self._emit_due(tx, before, now)
            upcoming = self._upcoming(read_schedule(before), now, 1)
            row = await tx.fetchrow(
                SQL.set_pause, name, reason, now, upcoming[0] if upcoming else None
            )
            await self._record(tx, caller, action, before, row, reason=reason)
        _observe(ticks)
        return self._render(row)

    async def _emit_due(self, tx: Tx, row: Any, now: datetime) -> list[Tick]:
        """What was due before a change is due still: the change may come between its time and the clock's look."""
        schedule = read_schedule(row)
        if not schedule.runs or schedule.next_at is None or schedule.next_at > now:
            return []
        return await self._emit_ticks.emit(PostgresSchedules(tx), schedule, now=now)

    async def _missing(
        self, tx: Tx, schedule: Schedule, body: BackfillBody, now: datetime
    ) -> list[Tick]:
        """The ticks that are not there of all times from `from` up to `to`, both included, that have passed."""
        times = self._cron.times(
            schedule.cron,
            schedule.timezone,
            after=body.since - RESOLUTION,
            until=min(body.until, now),
            limit=MAX_BACKFILL + 1,
        )
        times = [time for time in times if time >= body.since]
        if len(times) > MAX_BACKFILL:
            raise InvalidError(
                f"the range has more than {MAX_BACKFILL} times: take it in pieces", field="to"
            )
        rows = await tx.fetch(SQL.existing_ticks, schedule.name, times)
        there = {row["scheduled_for"] for row in rows}
        return [
            _by_hand(schedule, time, now, params=schedule.params)
            for time in times
            if time not in there
        ]

    def _check(self, body: ScheduleBody | Schedule) -> None:
        try:
            self._cron.check(body.cron, body.timezone)
        except InvalidScheduleError as exc:
            raise InvalidError(str(exc), field=exc.field) from exc

    async def _look_up(self, name: str) -> Any:
        row = await self._database.pool.fetchrow(SQL.get_schedule, name)
        if row is None:
            raise NotFoundError("schedule")
        return row

    async def _record(
        self,
        tx: Tx,
        caller: Caller,
        action: str,
        before: Any,
        after: Any,
        *,
        reason: str | None = None,
    ) -> None:
        target = f"schedule:{after['name']}"
        change = Change(action, target, reason=reason, before=_plain(before), after=_plain(after))
        await self._audit.record(tx, caller, change)

    def _render(self, row: Any) -> dict[str, Any]:
        schedule = read_schedule(row)
        upcoming: list[datetime] = []
        if schedule.runs:
            upcoming = self._upcoming(schedule, self._from_now(schedule), UPCOMING)
        return {**row, "paused": schedule.pause_reason is not None, "next_times": upcoming}

    async def _with_past(self, rows: Sequence[Any], count: int) -> list[dict[str, Any]]:
        rendered = [self._render(row) for row in rows]
        if not count or not rows:
            return rendered
        names = [row["name"] for row in rows]
        ticks: defaultdict[str, dict[datetime, Emitted]] = defaultdict(dict)
        async with self._database.looking() as tx:
            for tick in await tx.fetch(SQL.last_ticks, names, count, self._clock.now()):
                emitted = Emitted(tick["id"], tick["emitted_at"], tick["manual"])
                ticks[tick["schedule"]][tick["scheduled_for"]] = emitted
            put = {row["name"]: row["at"] for row in await tx.fetch(SQL.last_puts, names)}
        return [
            {**answer, "past": self._past(row, ticks[row["name"]], put.get(row["name"]), count)}
            for row, answer in zip(rows, rendered, strict=True)
        ]

    def _past(
        self, row: Any, ticks: Mapping[datetime, Emitted], put: datetime | None, count: int
    ) -> list[dict[str, Any]]:
        now = self._clock.now()
        # Ticks are not kept for ever: from before the first, nothing is missing, unless it is of the last weeks.
        known = min([*ticks, now - FRESH])
        since = max(known - RESOLUTION, row["created_at"], put or row["created_at"])
        try:
            times = past_times(
                self._cron, read_schedule(row), ticks, since=since, now=now, count=count
            )
        except InvalidScheduleError:
            times = sorted(ticks.items())
        return [
            {
                "scheduled_for": time,
                "tick_id": tick and tick.id,
                "emitted_at": tick and tick.emitted_at,
                "manual": tick is not None and tick.manual,
            }
            for time, tick in times
        ]

    def _from_now(self, schedule: Schedule) -> datetime:
        return max(self._clock.now(), schedule.settled_until)

    def _upcoming(self, schedule: Schedule, after: datetime, count: int) -> list[datetime]:
        try:
            return self._cron.next_times(schedule.cron, schedule.timezone, after=after, count=count)
        except InvalidScheduleError:
            # Other time zone data than when it was put: it has no times, and can still be seen and put right.
            return []


def _by_hand(
    schedule: Schedule, scheduled_for: datetime, now: datetime, *, params: Mapping[str, Any]
) -> Tick:
    return Tick(
        schedule=schedule.name,
        scheduled_for=scheduled_for,
        emitted_at=now,
        manual=True,
        params=params,
    )


def _observe(ticks: list[Tick]) -> None:
    for tick in ticks:
        observe(tick)


async def _lock(tx: Tx, name: str) -> Any:
    row = await tx.fetchrow(SQL.lock_schedule, name)
    if row is None:
        raise NotFoundError("schedule")
    return row


def _plain(row: Any) -> dict[str, object] | None:
    """As JSON has it, for the audit row."""
    return None if row is None else {name: row[name] for name in _SHOWN}

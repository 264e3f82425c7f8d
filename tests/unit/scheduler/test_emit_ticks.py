from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scheduler.adapters.cron import CronsimCron
from scheduler.application.emit_ticks import MOST_AT_ONCE, REST, EmitTicks
from scheduler.domain.schedule import CatchUp, Schedule, Tick

NIGHT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
EMIT = EmitTicks(CronsimCron())


@dataclass
class FakeSchedules:
    """The port, in memory: one tick a (schedule, time), whoever asks."""

    schedules: dict[str, Schedule]
    ticks: dict[tuple[str, datetime], Tick] = field(default_factory=dict)

    async def lock_due(self, now: datetime) -> list[Schedule]:
        return [s for s in self.schedules.values() if s.runs and s.next_at and s.next_at <= now]

    async def save(self, schedule: Schedule) -> None:
        self.schedules[schedule.name] = schedule

    async def add_ticks(self, ticks: Sequence[Tick]) -> list[Tick]:
        new = [tick for tick in ticks if (tick.schedule, tick.scheduled_for) not in self.ticks]
        self.ticks |= {(tick.schedule, tick.scheduled_for): tick for tick in new}
        return new


def a_schedule(
    name: str = "nightly",
    cron: str = "0 2 * * *",
    *,
    catch_up: CatchUp = CatchUp.LATEST,
    since: datetime = NIGHT - timedelta(hours=1),
) -> Schedule:
    return Schedule(
        name=name,
        cron=cron,
        timezone="UTC",
        catch_up=catch_up,
        enabled=True,
        params={"query_id": "q"},
        pause_reason=None,
        settled_until=since,
        next_at=since,
    )


def those(*schedules: Schedule) -> FakeSchedules:
    return FakeSchedules({schedule.name: schedule for schedule in schedules})


async def test_a_time_that_has_come_is_a_tick_and_the_next_is_known() -> None:
    schedules = those(a_schedule())

    [tick] = await EMIT(schedules, now=NIGHT + timedelta(seconds=1))

    assert (tick.schedule, tick.scheduled_for, tick.manual) == ("nightly", NIGHT, False)
    assert tick.emitted_at == NIGHT + timedelta(seconds=1)
    assert tick.params == {"query_id": "q"}
    assert schedules.schedules["nightly"].next_at == NIGHT + timedelta(days=1)


async def test_the_same_moment_twice_is_one_tick() -> None:
    schedules = those(a_schedule())

    await EMIT(schedules, now=NIGHT)

    assert await EMIT(schedules, now=NIGHT) == []


async def test_b38_a_clock_that_jumps_back_emits_no_second_tick() -> None:
    schedules = those(a_schedule(cron="*/10 * * * *", catch_up=CatchUp.ALL))
    await EMIT(schedules, now=NIGHT + timedelta(hours=1))
    before = len(schedules.ticks)

    for minutes in range(60):
        assert await EMIT(schedules, now=NIGHT + timedelta(minutes=minutes)) == []

    assert len(schedules.ticks) == before
    [later] = await EMIT(schedules, now=NIGHT + timedelta(hours=1, minutes=10))
    assert later.scheduled_for == NIGHT + timedelta(hours=1, minutes=10)


async def test_a_schedule_that_cannot_be_read_leaves_the_others_alone() -> None:
    broken = replace(a_schedule("a-broken"), timezone="Mars/Olympus")
    schedules = those(broken, a_schedule())

    ticks = await EMIT(schedules, now=NIGHT)

    assert [tick.schedule for tick in ticks] == ["nightly"]
    rested = schedules.schedules["a-broken"]
    assert rested == replace(broken, next_at=NIGHT + REST)


async def test_a_month_of_minutes_is_caught_up_on_in_pieces_without_a_gap() -> None:
    since = NIGHT - timedelta(days=4)
    schedules = those(a_schedule(cron="* * * * *", catch_up=CatchUp.ALL, since=since))

    pieces = []
    while ticks := await EMIT(schedules, now=NIGHT):
        pieces.append(len(ticks))

    assert pieces == [MOST_AT_ONCE, MOST_AT_ONCE, 4 * 1440 - 2 * MOST_AT_ONCE]
    assert {time for _, time in schedules.ticks} == {
        since + timedelta(minutes=n) for n in range(1, 4 * 1440 + 1)
    }


async def test_latest_takes_the_newest_of_a_window_full_of_minutes() -> None:
    since = NIGHT - timedelta(days=40)
    schedules = those(a_schedule(cron="* * * * *", since=since))

    [tick] = await EMIT(schedules, now=NIGHT)

    assert tick.scheduled_for == NIGHT
    assert schedules.schedules["nightly"].settled_until == NIGHT

"""A year of leads, by night and by day, to recipients in six zones: through both changes of their clocks."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from delivery.application.planning import Alert, Destination, Planned, plan
from delivery.domain.delivery import Channel
from delivery.domain.draft import may_go_at
from delivery.domain.moments import allowed_at, breaks_through, day_of, due_at
from delivery.domain.preferences import Preferences, QuietHours, Rhythm
from delivery.domain.score import Score

# In 2018 all of them but Kathmandu changed their clocks twice; in 2011 Samoa left a day out.
ZONES = {
    "Europe/Berlin": 2026,
    "America/New_York": 2026,
    "Australia/Lord_Howe": 2026,
    "Asia/Kathmandu": 2026,
    "America/Sao_Paulo": 2018,
    "Pacific/Apia": 2011,
}
WORKSPACE, RECIPIENT = UUID(int=1), UUID(int=2)
AT_ONCE, HOURLY, DAILY, WEEKLY = Rhythm
MIXED = {Score.HOT: AT_ONCE, Score.WARM: DAILY, Score.COLD: WEEKLY}
QUICK = {Score.HOT: AT_ONCE, Score.WARM: HOURLY, Score.COLD: DAILY}


def same(rhythm: Rhythm) -> dict[Score, Rhythm]:
    return dict.fromkeys(Score, rhythm)


def hours(start: str, end: str) -> QuietHours:
    return QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))


def choices(zone: str) -> list[Preferences]:
    def wants(**values: object) -> Preferences:
        return Preferences(zone=zone, **values)  # type: ignore[arg-type]  # any of the fields

    return [
        Preferences(),
        wants(quiet_hours=hours("22:00", "07:00")),
        # The edges are within the hours that changes skip or repeat.
        wants(quiet_hours=hours("23:30", "02:15"), rhythm=QUICK),
        wants(quiet_hours=hours("00:30", "02:30"), daily_cap=2, rhythm=same(HOURLY)),
        wants(quiet_hours=hours("07:30", "08:30"), rhythm=same(DAILY)),
        wants(quiet_hours=hours("17:00", "16:00"), daily_cap=1),
        wants(rhythm=MIXED, quiet_hours=hours("20:00", "06:00"), hot_breaks_through=True),
        wants(rhythm=QUICK, daily_cap=3, hot_breaks_through=True),
        wants(rhythm=MIXED, daily_cap=1),
        wants(rhythm=same(WEEKLY)),
        wants(rhythm=same(DAILY)),
    ]


CHOICES = range(11)
ALL_DAILY = 10


@dataclass(slots=True)
class Mail:
    at: datetime
    leads: list[Planned]
    breaks_through: bool


@dataclass(slots=True)
class Machine:
    """What the service does with its tables, in memory: waits, puts together, looks again before it sends."""

    wants: Preferences
    waiting: list[tuple[datetime, Planned]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    counted: Counter[date] = field(default_factory=Counter)

    def take(self, alert: Alert, now: datetime) -> None:
        there = Destination(
            id=RECIPIENT,
            workspace_id=WORKSPACE,
            channel=Channel.EMAIL,
            min_score=self.wants.min_score,
            wants=self.wants,
        )
        for planned in plan([alert], [there], now=now):
            if planned.due_at is None:
                self.send([planned], now, alert.score)
            else:
                self.waiting.append((planned.due_at, planned))

    def look(self, now: datetime) -> None:
        due = [planned for at, planned in self.waiting if at <= now]
        if due:
            self.waiting = [each for each in self.waiting if each[0] > now]
            self.send(due, now, None)

    def send(self, leads: list[Planned], now: datetime, score: Score | None) -> None:
        later = may_go_at(self.wants, score, now=now, waits_for_window=True)
        free = score is not None and breaks_through(self.wants, score)
        day, cap = day_of(self.wants, now), self.wants.daily_cap
        if later == now and day is not None and cap is not None and not free:
            later = allowed_at(self.wants, now, sent_today=self.counted[day])
            self.counted[day] += later == now
        if later > now:
            self.waiting += [(later, planned) for planned in leads]
        else:
            self.mails.append(Mail(now, leads, free))


def alerts(year: int, seed: int) -> Iterator[tuple[datetime, Alert]]:
    """Each night's, and some of the day's: more in the weeks in which clocks change."""
    chance = random.Random(seed)  # noqa: S311 - the same year each time
    now, number = datetime(year, 1, 1, 2, tzinfo=UTC), 0
    while now.year == year:
        for after in sorted(chance.uniform(0, 86_000) for _ in range(chance.randint(2, 6))):
            number += 1
            at = now + timedelta(seconds=after * chance.choice((0, 1)))
            score = chance.choice(list(Score))
            yield (
                at,
                Alert(
                    lead_id=UUID(int=number),
                    revision=1,
                    workspace_id=WORKSPACE,
                    score=score,
                    discovered_at=at,
                    traceparent=None,
                ),
            )
        now += timedelta(days=1)


@cache
def lived_through(zone: str, which: int) -> tuple[Machine, dict[UUID, datetime]]:
    machine, came, year = Machine(choices(zone)[which]), {}, ZONES[zone]
    for at, alert in sorted(alerts(year, seed=year), key=lambda each: each[0]):
        came[alert.lead_id] = at
        wait_until(machine, at)
        machine.take(alert, at)
    wait_until(machine, datetime(year + 1, 2, 1, tzinfo=UTC))
    return machine, came


def wait_until(machine: Machine, moment: datetime) -> None:
    while machine.waiting and (first := min(at for at, _ in machine.waiting)) <= moment:
        machine.look(first)


def is_quiet(quiet: QuietHours, at: datetime, zone: ZoneInfo) -> bool:
    """By nothing but what the clock on the wall shows."""
    shown = at.astimezone(zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= shown < quiet.end
    return shown >= quiet.start or shown < quiet.end


@pytest.mark.parametrize("which", CHOICES)
@pytest.mark.parametrize("zone", ZONES)
def test_nothing_is_lost_or_told_twice_or_at_the_wrong_time(zone: str, which: int) -> None:
    wants = choices(zone)[which]

    machine, came = lived_through(zone, which)

    told = Counter(planned.alert.lead_id for mail in machine.mails for planned in mail.leads)
    assert told == Counter(came.keys())
    for mail in machine.mails:
        assert all(mail.at >= came[planned.alert.lead_id] for planned in mail.leads)
        if wants.quiet_hours and not mail.breaks_through:
            assert not is_quiet(wants.quiet_hours, mail.at, ZoneInfo(zone)), mail.at
    if wants.daily_cap:
        days = Counter(
            mail.at.astimezone(ZoneInfo(zone)).date()
            for mail in machine.mails
            if not mail.breaks_through
        )
        assert max(days.values()) <= wants.daily_cap


@pytest.mark.parametrize("which", CHOICES)
@pytest.mark.parametrize("zone", ZONES)
def test_nothing_waits_longer_than_its_window_and_a_day_that_is_spent(
    zone: str, which: int
) -> None:
    wants = choices(zone)[which]
    longest = {
        AT_ONCE: timedelta(0),
        HOURLY: timedelta(hours=1),
        # A change of clocks, and in Samoa a whole day.
        DAILY: timedelta(days=2, hours=1),
        WEEKLY: timedelta(days=7, hours=1),
    }

    machine, came = lived_through(zone, which)

    slack = timedelta(hours=25) if wants.quiet_hours else timedelta(0)
    slack += timedelta(days=3) if wants.daily_cap else timedelta(0)
    waits: dict[Score, timedelta] = defaultdict(timedelta)
    for mail in machine.mails:
        for planned in mail.leads:
            score = planned.alert.score
            waits[score] = max(waits[score], mail.at - came[planned.alert.lead_id])
    assert all(wait <= longest[wants.rhythm[score]] + slack for score, wait in waits.items()), waits


@pytest.mark.parametrize("zone", ZONES)
def test_a_daily_digest_comes_on_each_day_once_at_eight(zone: str) -> None:
    clock = ZoneInfo(zone)

    machine, _ = lived_through(zone, ALL_DAILY)

    shown = [mail.at.astimezone(clock) for mail in machine.mails]
    assert {each.time() for each in shown} == {time(8)}
    dates = [each.date() for each in shown]
    assert len(set(dates)) == len(dates)


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_around_a_change_is_judged_the_same_by_clock_and_by_rule(zone: str) -> None:
    clock, year = ZoneInfo(zone), ZONES[zone]
    wants = Preferences(zone=zone, quiet_hours=hours("01:45", "02:15"))
    assert wants.quiet_hours is not None
    moment, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 2, tzinfo=UTC)
    while moment < last:
        if moment.astimezone(clock).utcoffset() != (
            (moment + timedelta(days=1)).astimezone(clock).utcoffset()
        ):
            for minute in range(0, 2 * 24 * 60, 5):
                at = moment + timedelta(minutes=minute)
                due = due_at(wants, Score.HOT, at)
                assert due == at or at < due < at + timedelta(hours=2, minutes=1)
                assert not is_quiet(wants.quiet_hours, due, clock)
                # What clocks show as quiet is never "now".
                assert due > at or not is_quiet(wants.quiet_hours, at, clock)
        moment += timedelta(days=1)

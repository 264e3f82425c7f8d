"""Money that providers take of a workspace: never beyond its caps, whoever spends side by side."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import pytest

from enrichment.adapters.answers import SQL as ANSWERS
from enrichment.adapters.answers import PostgresAnswers
from enrichment.adapters.spend import Over, settle_calls
from enrichment.application.ports import (
    Ask,
    Begun,
    Busy,
    ClosedCall,
    Ending,
    Lost,
    OverCap,
    Resume,
)
from enrichment.application.providers import Pending
from enrichment.domain.money import Caps, Money, Prices
from integration.enrichment.leads import ACME, OTHER
from leadstream.accounts import Account
from leadstream.ids import new_id
from leadstream.jobs.model import Job, Priority
from leadstream.postgres import Database
from support.clock import FakeClock

NOON: Final = datetime(2026, 3, 30, 12, tzinfo=UTC)
PDL: Final = Account(provider="people_data_labs")
PRICE: Final = Decimal("0.2833")
MOST_UNITS: Final = Decimal(5)
PENDING: Final = Pending(ref="search_1", after=timedelta(0))


class Spender:
    """Somebody who asks about companies and settles what they came to, as a job and its recorder do."""

    def __init__(
        self, database: Database, clock: FakeClock, *, caps: Caps, workspace: UUID = ACME
    ) -> None:
        self.database = database
        self.workspace = workspace
        self.answers = PostgresAnswers(
            database,
            clock,
            cache=timedelta(days=30),
            hold=timedelta(seconds=90),
            daily_calls=None,
            money=Money(prices=Prices({PDL.provider: {"enrich": PRICE}}), caps=caps),
        )

    def job(self, job_id: UUID | None = None) -> Job:
        return Job(
            id=job_id or new_id(),
            kind="enrich-lead",
            priority=Priority.HOT,
            lane=f"budget:{self.workspace}",
            payload={},
            workspace_id=self.workspace,
            lead_id=new_id(),
            attempts=0,
            lost=0,
            created_at=NOON,
            lease_id=new_id(),
        )

    async def ask(
        self,
        job: Job,
        *,
        account: Account = PDL,
        domain: str | None = None,
        fresher_than: datetime | None = None,
    ) -> Begun:
        return await self.answers.begin(
            job,
            account=account,
            domain=domain or f"{job.id}.com",
            most_units=MOST_UNITS,
            budgeted=True,
            fresher_than=fresher_than,
        )

    async def end(self, job: Job, call: UUID, ending: Ending, units: Decimal | None = None) -> None:
        closed = ClosedCall(id=call, ending=ending, units=units)
        async with self.database.transaction() as tx:
            settle_calls(tx, [Over(job_id=job.id, closed=closed)])

    async def end_attempt(self, job: Job, ending: Ending, *, gave_up: bool) -> None:
        over = Over(
            job_id=job.id,
            lease_id=job.lease_id,
            ending=ending,
            is_untried=False,
            gave_up=gave_up,
        )
        async with self.database.transaction() as tx:
            nothing: list[list[object]] = [[] for _ in range(6)]
            await tx.execute(ANSWERS.keep_answers, *nothing, [job.id], [gave_up])
            settle_calls(tx, [over])

    async def use(self) -> Any:
        return await self.database.pool.fetchrow(
            "SELECT * FROM cap_use WHERE workspace_id = $1", self.workspace
        )

    async def summed(self) -> Decimal:
        total: Decimal = await self.database.pool.fetchval(
            "SELECT coalesce(sum(cost), 0) FROM spend_days WHERE workspace_id = $1", self.workspace
        )
        return total


async def test_twenty_workers_side_by_side_never_spend_more_than_the_cap(
    database_url: str,
) -> None:
    clock = FakeClock(NOON)
    caps = Caps(daily=Decimal("100.00"), monthly=Decimal("1000.00"))
    databases = [await Database.connect(database_url, schema="enrichment") for _ in range(4)]
    most_taken: list[Decimal] = []

    async def work(number: int) -> int:
        chance = random.Random(number)  # noqa: S311
        spender = Spender(databases[number % 4], clock, caps=caps)
        refused_in_a_row = asked = 0
        while refused_in_a_row < 20:
            job = spender.job()
            begun = await spender.ask(job)
            use = await spender.use()
            most_taken.append(use["day_spent"] + use["day_reserved"])
            if isinstance(begun, OverCap):
                refused_in_a_row += 1
                continue
            assert isinstance(begun, Ask)
            asked, refused_in_a_row = asked + 1, 0
            ending = chance.choice([*([Ending.SUCCEEDED] * 6), Ending.UNKNOWN, Ending.FAILED])
            units = Decimal(chance.randint(0, 5)) if ending is Ending.SUCCEEDED else None
            await spender.end(job, begun.flight.id, ending, units)
        return asked

    asked = await asyncio.gather(*(work(number) for number in range(20)))

    spender = Spender(databases[0], clock, caps=caps)
    use = await spender.use()
    assert max(most_taken) <= Decimal("100.00")
    assert Decimal("100.00") - PRICE * MOST_UNITS < use["day_spent"] <= Decimal("100.00")
    assert use["day_reserved"] == use["month_reserved"] == 0
    assert use["day_spent"] == use["month_spent"] == await spender.summed()
    assert sum(asked) > 100
    assert min(asked) > 0
    for database in databases:
        await database.close()


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_becomes_of_calls_what_is_taken_is_what_they_cost_and_reserve(
    database: Database, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    # From the last afternoon of a month on.
    clock = FakeClock(datetime(2026, 3, 31, 15, tzinfo=UTC))
    caps = Caps(daily=Decimal("12.50"), monthly=Decimal("31.01"))
    spender = Spender(database, clock, caps=caps)
    under_way: list[tuple[Job, UUID]] = []
    days: dict[Any, Decimal] = {}

    for _ in range(150):
        step = chance.random()
        if step < 0.5:
            job = spender.job()
            begun = await spender.ask(job)
            if isinstance(begun, Ask):
                under_way.append((job, begun.flight.id))
        elif step < 0.97 and under_way:
            job, call = under_way.pop(chance.randrange(len(under_way)))
            ending = chance.choice(list(Ending))
            if chance.random() < 0.5:
                # Its worker is lost, and whoever comes next ends what it left behind.
                await spender.end_attempt(spender.job(job.id), ending, gave_up=True)
            else:
                await spender.end(job, call, ending, Decimal(chance.randint(0, 5)))
        else:
            clock.advance(timedelta(hours=chance.randint(1, 9)))
        rows = await database.pool.fetch(
            "SELECT spend_day, sum(cost) FILTER (WHERE outcome IS NOT NULL) AS spent,"
            " sum(reserved) AS reserved FROM provider_calls GROUP BY spend_day"
        )
        use = await spender.use()
        if use is None:
            continue
        days = {row["spend_day"]: row["spent"] or Decimal(0) for row in rows}
        held = {row["spend_day"]: row["reserved"] or Decimal(0) for row in rows}
        month = {day for day in days if day.replace(day=1) == use["month"]}
        assert use["day_spent"] == days.get(use["day"], 0)
        assert use["day_reserved"] == held.get(use["day"], 0)
        assert use["month_spent"] == sum(days[day] for day in month)
        assert use["month_reserved"] == sum(held[day] for day in month)
        assert max(days.values()) <= Decimal("12.50")
        assert use["month_spent"] + use["month_reserved"] <= Decimal("31.01")

    assert len(days) > 1
    assert await spender.summed() == sum(days.values())


async def test_replicas_that_ask_for_the_same_workspaces_in_other_orders_wait_in_no_circle(
    database_url: str,
) -> None:
    clock, caps = FakeClock(NOON), Caps()
    databases = [await Database.connect(database_url, schema="enrichment") for _ in range(2)]

    async def ask(number: int, database: Database) -> list[Begun]:
        acme, other = (Spender(database, clock, caps=caps, workspace=w) for w in (ACME, OTHER))
        other.answers = acme.answers
        order = [acme, other] if number else [other, acme]
        # Enough of each that the batches of both replicas meet.
        asked = [
            each.ask(each.job(), domain=f"{place}{step:03}-{number}.com")
            for place, each in enumerate(order)
            for step in range(100)
        ]
        return await asyncio.gather(*asked)

    begun = await asyncio.gather(*(ask(number, each) for number, each in enumerate(databases)))

    assert {type(each) for some in begun for each in some} == {Ask}
    for each in databases:
        await each.close()


async def test_what_is_over_the_cap_waits_for_the_day_or_the_month_that_has_room(
    database: Database,
) -> None:
    clock = FakeClock(NOON)
    room_for_two = PRICE * MOST_UNITS * 2
    spender = Spender(database, clock, caps=Caps(daily=room_for_two))
    monthly = Spender(database, clock, caps=Caps(monthly=room_for_two), workspace=OTHER)

    over = []
    for each in (spender, monthly):
        first, second = each.job(), each.job()
        asked = [await each.ask(job) for job in (first, second)]
        over.append(await each.ask(each.job()))
        for job, begun in zip((first, second), asked, strict=True):
            assert isinstance(begun, Ask)
            await each.end(job, begun.flight.id, Ending.UNKNOWN)
        over.append(await each.ask(each.job()))

    assert [type(each) for each in over] == [OverCap] * 4
    untils = [each.until for each in over if isinstance(each, OverCap)]
    soon = NOON + timedelta(seconds=10)
    assert untils == [
        soon,
        datetime(2026, 3, 31, tzinfo=UTC),
        soon,
        datetime(2026, 4, 1, tzinfo=UTC),
    ]
    (why,) = {e.problem.message for e in over if isinstance(e, OverCap) and e.until.month == 4}
    assert why == (
        "2.833 of the workspace's cap of 2.833 for the month is spent, and the next call can cost 1.4165"
    )
    assert isinstance(await spender.ask(spender.job(), account=_training()), Ask)
    clock.advance(timedelta(days=1))
    assert isinstance(await spender.ask(spender.job()), Ask)


async def test_what_is_pending_is_asked_after_by_whoever_comes_and_paid_for_once(
    database: Database,
) -> None:
    clock = FakeClock(NOON)
    spender = Spender(database, clock, caps=Caps())
    first, other = spender.job(), spender.job()
    begun = await spender.ask(first, domain="acme.com")
    assert isinstance(begun, Ask)
    await spender.answers.keep_pending(first, begun.flight, PENDING)
    held = await spender.ask(other, domain="acme.com")
    await spender.end_attempt(first, Ending.REFUSED, gave_up=False)

    resumed = await spender.ask(other, domain="acme.com")
    waits = await spender.ask(first, domain="acme.com")
    # A passing fault of asking after it: the call goes on.
    await spender.end_attempt(other, Ending.FAILED, gave_up=False)
    again = await spender.ask(spender.job(first.id), domain="acme.com")

    assert isinstance(held, Busy)
    assert isinstance(waits, Busy)
    for each in (resumed, again):
        assert isinstance(each, Resume)
        assert (each.pending.ref, each.flight) == ("search_1", begun.flight)
    (call,) = await database.pool.fetch("SELECT * FROM provider_calls")
    assert (call["outcome"], call["ref"], call["job_id"]) == (None, "search_1", first.id)
    assert call["reserved"] == PRICE * MOST_UNITS


async def test_what_was_given_up_may_have_been_paid_for_and_is_asked_for_anew(
    database: Database,
) -> None:
    spender = Spender(database, FakeClock(NOON), caps=Caps())
    job = spender.job()
    begun = await spender.ask(job, domain="acme.com")
    assert isinstance(begun, Ask)
    await spender.answers.keep_pending(job, begun.flight, PENDING)
    await spender.end_attempt(job, Ending.REFUSED, gave_up=False)
    assert isinstance(await spender.ask(job, domain="acme.com"), Resume)

    await spender.end_attempt(job, Ending.UNKNOWN, gave_up=True)

    assert await spender.summed() == PRICE * MOST_UNITS
    anew = await spender.ask(job, domain="acme.com")
    assert isinstance(anew, Ask)
    assert anew.flight.id != begun.flight.id


async def test_a_call_whose_worker_is_gone_is_lost_and_its_reservation_stays(
    database: Database,
) -> None:
    spender = Spender(database, FakeClock(NOON), caps=Caps())
    job = spender.job()
    assert isinstance(await spender.ask(job), Ask)

    assert isinstance(await spender.ask(spender.job(job.id), domain=f"{job.id}.com"), Lost)

    assert (await spender.use())["day_reserved"] == PRICE * MOST_UNITS


async def test_of_those_who_begin_at_the_same_moment_one_asks_about_a_company(
    database: Database,
) -> None:
    spender = Spender(database, FakeClock(NOON), caps=Caps(daily=2 * PRICE * MOST_UNITS))
    domains = ["acme.com", "b.com", "acme.com", "c.com", "acme.com"]
    # As they are claimed together.
    lease = new_id()
    jobs = [replace(spender.job(), lease_id=lease) for _ in domains]

    begun = await asyncio.gather(
        *(spender.ask(job, domain=domain) for job, domain in zip(jobs, domains, strict=True))
    )

    # Each hears of its own: the caps have room for two.
    assert [type(each) for each in begun] == [Ask, Ask, Busy, OverCap, Busy]
    calls = await database.pool.fetch("SELECT job_id, domain FROM provider_calls")
    assert {tuple(call) for call in calls} == {(jobs[0].id, "acme.com"), (jobs[1].id, "b.com")}
    assert (await spender.use())["day_reserved"] == 2 * PRICE * MOST_UNITS


async def test_of_two_attempts_of_one_job_at_the_same_moment_one_asks(database: Database) -> None:
    spender = Spender(database, FakeClock(NOON), caps=Caps())
    job = spender.job()

    begun = await asyncio.gather(
        *(spender.ask(each, domain="acme.com") for each in (job, spender.job(job.id)))
    )

    assert [type(each) for each in begun] == [Ask, Lost]


async def test_owners_of_keys_have_answers_of_their_own(database: Database) -> None:
    spender = Spender(database, FakeClock(NOON), caps=Caps())
    own = Account(provider=PDL.provider, workspace_id=ACME)

    begun = [
        await spender.ask(spender.job(), account=account, domain="acme.com")
        for account in (PDL, own, _training())
    ]
    again = await spender.ask(spender.job(), account=own, domain="acme.com")

    assert [type(each) for each in begun] == [Ask] * 3
    assert isinstance(again, Busy)
    rows = await database.pool.fetch(
        "SELECT provider, owner, unit_price FROM provider_calls ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (PDL.provider, "all", PRICE),
        (PDL.provider, str(ACME), PRICE),
        (PDL.provider, "training", Decimal(0)),
    ]


async def test_training_costs_nothing_and_is_summed_up_apart(database: Database) -> None:
    spender = Spender(database, FakeClock(NOON), caps=Caps(daily=Decimal(0)))
    job = spender.job()
    begun = await spender.ask(job, account=_training())
    assert isinstance(begun, Ask)

    await spender.end(job, begun.flight.id, Ending.SUCCEEDED, Decimal(4))

    assert await spender.use() is None
    rows = await database.pool.fetch("SELECT owner, calls, units, cost FROM spend_days")
    assert [tuple(row) for row in rows] == [("training", 1, Decimal(4), Decimal(0))]


def _training() -> Account:
    return Account(provider=PDL.provider, training=True)

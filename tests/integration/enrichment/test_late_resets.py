"""Case 39: a new day that begins late gives nobody a second allowance."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest

from enrichment.adapters.credits import (
    SQL,
    NewAccount,
    account_id,
    put_account,
    reserve_credit,
    start_day,
)
from enrichment.adapters.credits import _settle as settle
from integration.enrichment.leads import ACME
from integration.enrichment.replicas import Replica
from leadstream.ids import new_id
from leadstream.postgres import Database

LIMIT: Final = 3
EMAIL: Final = "olivia@acme.example"
USER: Final = account_id(ACME, EMAIL)
FIRST: Final = date(2026, 3, 2)
SECOND: Final = FIRST + timedelta(days=1)


def at(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), UTC)


async def an_account(database: Database) -> None:
    account = NewAccount(workspace_id=ACME, email=EMAIL, role=None, daily_credit_limit=LIMIT)
    async with database.transaction() as tx:
        await put_account(tx, account, now=at(FIRST))


async def spend(database: Database, now: datetime) -> UUID | None:
    """The job that has reserved a credit; None if none is left."""
    job_id = new_id()
    async with database.transaction() as tx:
        got = await reserve_credit(tx, USER, ACME, job_id=job_id, lead_id=new_id(), now=now)
    return job_id if got else None


async def end(database: Database, job_id: UUID, entry: str) -> None:
    async with database.transaction() as tx:
        settle(tx, [job_id], [entry])


async def begin(database: Database, day: date, now: datetime) -> bool:
    async with database.transaction() as tx:
        return await start_day(tx, day, today=now.date())


async def used(database: Database) -> int:
    row = await database.pool.fetchrow(SQL.get_account, USER, ACME)
    assert row is not None
    count: int = row["daily_credits_used"]
    return count


async def reserved_by_day(database: Database) -> Counter[date]:
    """How many credits of each real day were taken and not given back."""
    counted: Counter[date] = Counter()
    for row in await database.pool.fetch("SELECT entry, spent_on FROM credit_ledger"):
        counted[row["spent_on"]] += {"reserve": 1, "release": -1}.get(row["entry"], 0)
    return counted


@pytest.fixture
def database(enrichment: Replica) -> Database:
    return enrichment.database


async def test_b39_a_reset_that_is_nine_hours_late_gives_no_second_allowance(
    database: Database,
) -> None:
    await an_account(database)
    await begin(database, FIRST, at(FIRST))
    early = [await spend(database, at(SECOND, hour)) for hour in (1, 2, 3)]

    await begin(database, SECOND, at(SECOND, 9))
    late = [await spend(database, at(SECOND, hour)) for hour in (10, 11, 12)]

    assert [job is not None for job in early + late] == [True] * 3 + [False] * 3
    assert await used(database) == LIMIT


async def test_b39_a_late_reset_lets_go_of_the_day_before_only(database: Database) -> None:
    await an_account(database)
    await begin(database, FIRST, at(FIRST))
    for moment in (at(FIRST, 8), at(FIRST, 9), at(SECOND, 1)):
        assert await spend(database, moment)

    await begin(database, SECOND, at(SECOND, 9))

    assert await used(database) == 1
    row = await database.pool.fetchrow("SELECT * FROM credit_ledger WHERE entry = 'reset'")
    assert row is not None
    assert (row["credits"], row["day"]) == (2, SECOND)


@pytest.mark.parametrize(
    ("reserved", "ended", "left"),
    [
        # Taken after midnight, before the reset: it counts, and goes back.
        (at(SECOND, 1), at(SECOND, 10), 0),
        # Taken the day before: it is not counted any more, so there is nothing to give back.
        (at(FIRST, 23), at(SECOND, 10), 0),
    ],
)
async def test_b39_a_credit_goes_back_if_it_still_counts(
    database: Database, reserved: datetime, ended: datetime, left: int
) -> None:
    await an_account(database)
    await begin(database, FIRST, at(FIRST))
    job_id = await spend(database, reserved)
    assert job_id

    await begin(database, SECOND, at(SECOND, 9))
    await end(database, job_id, "release")

    assert await used(database) == left


async def test_b39_a_credit_that_was_given_back_before_a_late_reset_is_not_counted(
    database: Database,
) -> None:
    await an_account(database)
    job_id = await spend(database, at(SECOND, 1))
    assert job_id
    await end(database, job_id, "release")

    await begin(database, SECOND, at(SECOND, 9))

    assert await used(database) == 0


@pytest.mark.parametrize("seed", range(12))
async def test_b39_no_day_has_more_than_its_allowance_whenever_the_resets_come(
    database: Database, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - the same night every time
    await an_account(database)
    moments = [at(FIRST) + timedelta(hours=random.randrange(96)) for _ in range(60)]
    resets = {
        FIRST + timedelta(days=number): at(FIRST + timedelta(days=number), random.randrange(24))
        for number in range(4)
        for _ in range(2)
        if random.random() < 0.8
    }
    steps: list[tuple[datetime, Any]] = [(moment, None) for moment in moments]
    steps += [(moment, day) for day, moment in resets.items()]
    # The same again, later: a tick that was sent twice.
    steps += [(moment + timedelta(hours=7), day) for day, moment in resets.items()]
    steps.sort(key=lambda step: step[0])

    while steps:
        together, steps = steps[:4], steps[4:]
        await asyncio.gather(*(_step(database, now, day, random) for now, day in together))
        for day, count in (await reserved_by_day(database)).items():
            assert count <= LIMIT, day

    assert 0 <= await used(database) <= LIMIT


async def _step(database: Database, now: datetime, day: date | None, random: Random) -> None:
    if day is not None:
        await begin(database, day, now)
        return
    job_id = await spend(database, now)
    if job_id:
        await end(database, job_id, random.choice(["commit", "release"]))

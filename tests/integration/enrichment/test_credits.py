"""Case 39: a day's credits, who spends them, and how a new day begins."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from enrichment.entrypoints.upkeep import Upkeep
from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, a_lead, enrich
from integration.enrichment.replicas import Replica
from leadstream.ids import new_id
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock
from support.waiting import eventually

TODAY = date(2026, 3, 3)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def clock() -> FakeClock:
    """Noon of `TODAY`, so that no test begins on one day and ends on the next."""
    return FakeClock(datetime.combine(TODAY, time(12), UTC))


@pytest.fixture
async def enrichment(make_replica: MakeReplica, clock: FakeClock) -> Replica:
    return await make_replica(clock=clock)


async def test_b39_a_hundred_triggers_at_once_spend_no_more_than_the_limit(
    make_replica: MakeReplica, clock: FakeClock, sandbox: Sandbox
) -> None:
    first, second = await make_replica(clock=clock), await make_replica(clock=clock)
    user = await an_account(first, limit=3)
    leads = [a_lead(f"company-{n}.com") for n in range(100)]
    await enrich(first, *leads)
    await first.database.pool.execute("DELETE FROM company_answers")
    paid_before = sandbox.ledger.clay_calls().total()

    answers = await asyncio.gather(
        *(trigger((first, second)[n % 2], lead, user) for n, lead in enumerate(leads))
    )
    await first.finish()

    assert Counter(answer.status_code for answer in answers) == {202: 3, 402: 97}
    assert sandbox.ledger.clay_calls().total() - paid_before == 3
    assert (await account(first, user))["daily_credits_used"] == 3
    assert await entries(first) == {"reserve": 3, "commit": 3}


async def test_a_paid_answer_commits_the_credit(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=3)
    lead = await a_known_lead(enrichment)

    answer = await trigger(enrichment, lead, user)
    await enrichment.finish()

    assert answer.status_code == 202
    assert (await account(enrichment, user))["daily_credits_used"] == 1
    assert await entries(enrichment) == {"reserve": 1, "commit": 1}


async def test_reserved_credits_count_as_used(enrichment: Replica, sandbox: Sandbox) -> None:
    await sandbox.control.behave("clay", "enrich", latency={"seconds": 1})
    user = await an_account(enrichment, limit=1)
    lead = await a_known_lead(enrichment)

    await trigger(enrichment, lead, user)
    second = await trigger(enrichment, lead, user)
    used = (await account(enrichment, user))["daily_credits_used"]
    await enrichment.finish()

    assert second.status_code == 402
    assert second.json()["error"]["code"] == "no_credits"
    assert used == 1


async def test_an_answer_from_the_cache_gives_the_credit_back(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=1)
    lead = a_lead()
    await enrich(enrichment, lead)

    for _ in range(3):
        assert (await trigger(enrichment, lead, user)).status_code == 202
        await enrichment.finish()

    assert (await account(enrichment, user))["daily_credits_used"] == 0
    assert await entries(enrichment) == {"reserve": 3, "release": 3}


async def test_a_skipped_lead_gives_the_credit_back(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=1)
    lead = a_lead(None)
    await enrich(enrichment, lead)

    await trigger(enrichment, lead, user)
    await enrichment.finish()

    assert (await account(enrichment, user))["daily_credits_used"] == 0


async def test_a_failed_enrichment_gives_the_credit_back(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    user = await an_account(enrichment, limit=1)
    lead = await a_known_lead(enrichment)
    await sandbox.control.behave("clay", "enrich", errors={"status": 500})

    await trigger(enrichment, lead, user)
    await enrichment.finish()

    assert (await account(enrichment, user))["daily_credits_used"] == 0
    assert await entries(enrichment) == {"reserve": 1, "release": 1}


async def test_a_cancelled_job_gives_the_credit_back(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    # Of the day that it is: the pause that holds the job lasts until that day's end.
    enrichment = await make_replica()
    user = await an_account(enrichment, limit=1)
    lead = await a_known_lead(enrichment)
    await sandbox.control.behave("clay", "enrich", quota_exhausted=True)
    job = (await trigger(enrichment, lead, user)).json()["job_id"]
    await enrichment.rest()

    await enrichment.http.post(f"/jobs/{job}/cancel")
    await enrichment.database.pool.execute(
        "UPDATE credit_ledger SET created_at = created_at - interval '1 minute'"
    )

    await Upkeep(enrichment.database).look()

    assert (await account(enrichment, user))["daily_credits_used"] == 0
    assert await entries(enrichment) == {"reserve": 1, "release": 1}


async def test_an_operators_retry_of_a_failed_job_costs_the_user_nothing_more(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    user = await an_account(enrichment, limit=1)
    lead = await a_known_lead(enrichment)
    await sandbox.control.script("clay", "enrich", {"status": 422})
    job = (await trigger(enrichment, lead, user)).json()["job_id"]
    await enrichment.finish()

    await enrichment.http.post(f"/jobs/{job}/retry")
    await enrichment.finish()

    assert sandbox.ledger.clay_calls()["acme.com"] == 2
    assert (await account(enrichment, user))["daily_credits_used"] == 0
    assert await entries(enrichment) == {"reserve": 1, "release": 1}


async def test_the_nightly_pipeline_spends_no_credits(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=1)

    await enrich(enrichment, a_lead(), a_lead("other.com"))

    assert (await account(enrichment, user))["daily_credits_used"] == 0
    assert await entries(enrichment) == {}


async def test_b39_a_reset_sets_every_account_to_zero(enrichment: Replica) -> None:
    users = [await an_account(enrichment, limit=5, email=f"u{n}@acme.example") for n in range(3)]
    for user in users:
        await spend(enrichment, user, 2)

    await tick(enrichment, TOMORROW)

    assert [(await account(enrichment, u))["daily_credits_used"] for u in users] == [0, 0, 0]
    assert [job["state"] for job in await enrichment.rows("jobs WHERE kind = 'credit-reset'")] == [
        "succeeded"
    ]
    assert (await entries(enrichment))["reset"] == 3


async def test_b39_the_same_reset_twice_changes_nothing(enrichment: Replica) -> None:
    user = await an_account(enrichment, limit=5)
    tick_id = new_id()
    await tick(enrichment, TODAY, tick_id=tick_id)
    await spend(enrichment, user, 2)

    await tick(enrichment, TODAY, tick_id=tick_id)
    await tick(enrichment, TODAY)

    assert (await account(enrichment, user))["daily_credits_used"] == 2


@pytest.mark.parametrize(
    ("days", "used"),
    [
        ([TODAY, YESTERDAY], 2),
        ([TOMORROW, TODAY], 2),
        ([TODAY, date(2026, 1, 22)], 2),
        ([TODAY, TOMORROW], 0),
    ],
    ids=str,
)
async def test_b39_a_reset_that_comes_late_or_out_of_order_changes_nothing(
    enrichment: Replica, days: list[date], used: int
) -> None:
    user = await an_account(enrichment, limit=5)
    await tick(enrichment, days[0])
    await spend(enrichment, user, 2)

    await tick(enrichment, days[1])

    assert (await account(enrichment, user))["daily_credits_used"] == used
    started = {row["day"] for row in await enrichment.rows("credit_days")}
    assert started == ({days[0]} if used else set(days))


async def test_b39_a_reset_for_a_day_before_the_spending_does_not_undo_it(
    enrichment: Replica,
) -> None:
    user = await an_account(enrichment, limit=5)
    await spend(enrichment, user, 2)

    await tick(enrichment, YESTERDAY)

    assert (await account(enrichment, user))["daily_credits_used"] == 2


async def test_a_tick_that_is_years_ahead_does_not_keep_later_days_from_starting(
    enrichment: Replica,
) -> None:
    user = await an_account(enrichment, limit=5)
    await tick(enrichment, date(2999, 1, 1))
    await spend(enrichment, user, 2)

    await tick(enrichment, TODAY)
    today = await account(enrichment, user)
    await tick(enrichment, TOMORROW)

    assert (today["daily_credits_used"], today["credit_day"]) == (2, TODAY.isoformat())
    assert (await account(enrichment, user))["daily_credits_used"] == 0


async def test_b39_a_credit_released_after_a_reset_is_not_counted_off_the_new_day(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    user = await an_account(enrichment, limit=2)
    lead = await a_known_lead(enrichment)
    await sandbox.control.behave("clay", "enrich", errors={"status": 422}, latency={"seconds": 1})
    await trigger(enrichment, lead, user)

    await tick(enrichment, TODAY, wait=False)
    await eventually(lambda: _is_reset(enrichment, user), "the day did not start")
    await enrichment.finish()

    assert (await account(enrichment, user))["daily_credits_used"] == 0
    await sandbox.control.clear()
    assert [await take_one(enrichment, user, lead) for _ in range(3)] == [202, 202, 402]


async def test_b39_spending_and_resets_at_once_never_exceed_the_limit_of_a_day(
    make_replica: MakeReplica, clock: FakeClock
) -> None:
    first, second = await make_replica(clock=clock), await make_replica(clock=clock)
    user = await an_account(first, limit=3)
    lead = await a_known_lead(first)

    results = await asyncio.gather(
        *(trigger((first, second)[n % 2], lead, user) for n in range(60)),
        *(tick(first, day, wait=False) for day in (TODAY, TOMORROW, TODAY, YESTERDAY)),
    )
    await first.finish()

    reserved: Counter[Any] = Counter()
    for row in await first.rows("credit_ledger WHERE entry = 'reserve'"):
        reserved[row["day"]] += 1
    assert Counter(r.status_code for r in results[:60])[202] == reserved.total()
    released = Counter(
        row["day"] for row in await first.rows("credit_ledger WHERE entry = 'release'")
    )
    assert all(reserved[day] - released[day] <= 3 for day in reserved)
    assert 0 <= (await account(first, user))["daily_credits_used"] <= 3


@pytest.mark.parametrize(
    ("said", "role", "limit"),
    [
        ({}, "admin", 7),
        ({"role": "member"}, "member", 7),
        ({"daily_credit_limit": 0}, "admin", 0),
    ],
)
async def test_an_account_keeps_what_is_not_said(
    enrichment: Replica, said: dict[str, Any], role: str, limit: int
) -> None:
    who = {"workspace_id": str(ACME), "email": "olivia@acme.example"}
    first = {**who, "role": "admin", "daily_credit_limit": 7}
    await enrichment.http.post("/credits", json=first)

    again = (await enrichment.http.post("/credits", json=who | said)).json()

    assert (again["role"], again["daily_credit_limit"]) == (role, limit)


async def test_a_new_account_is_a_member_with_three_credits(enrichment: Replica) -> None:
    body = {"workspace_id": str(ACME), "email": "olivia@acme.example"}

    made = (await enrichment.http.post("/credits", json=body)).json()

    assert (made["role"], made["daily_credit_limit"]) == ("member", 3)


@pytest.mark.parametrize("schedule", ["daily-lead-generation", "weekly-trends", "credit-reset-2"])
async def test_other_schedules_are_none_of_its_business(enrichment: Replica, schedule: str) -> None:
    user = await an_account(enrichment, limit=5)
    await spend(enrichment, user, 1)
    before = len(await enrichment.rows("jobs"))

    await tick(enrichment, TODAY, schedule=schedule)

    assert (await account(enrichment, user))["daily_credits_used"] == 1
    assert len(await enrichment.rows("jobs")) == before


async def test_what_a_file_leaves_out_of_an_account_stays(enrichment: Replica) -> None:
    body = {"workspace_id": str(ACME), "email": "olivia@acme.example"}
    given = body | {"daily_credit_limit": 7, "role": "admin"}
    first = (await enrichment.http.post("/credits", json=given)).json()

    again = await enrichment.http.post("/credits", json=body)

    assert again.json() == first


async def an_account(
    replica: Replica, *, limit: int, email: str = "olivia@acme.example", workspace: UUID = ACME
) -> str:
    body = {"workspace_id": str(workspace), "email": email, "daily_credit_limit": limit}
    answer = await replica.http.post("/credits", json=body)
    assert answer.status_code == 201, answer.text
    identity: str = answer.json()["id"]
    return identity


async def account(replica: Replica, user: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await replica.http.get(f"/credits/{user}")).json()
    return answer


async def entries(replica: Replica) -> dict[str, int]:
    return dict(Counter(row["entry"] for row in await replica.rows("credit_ledger")))


async def a_known_lead(replica: Replica, domain: str = "acme.com") -> dict[str, Any]:
    """A lead that was enriched, and whose answer is forgotten: a trigger pays."""
    lead = a_lead(domain)
    await enrich(replica, lead)
    await replica.database.pool.execute("DELETE FROM company_answers")
    return lead


async def trigger(replica: Replica, lead: dict[str, Any], user: str | None) -> Any:
    asked = {"lead_id": lead["lead_id"]} | ({"user_id": user} if user else {})
    return await replica.http.post("/trigger-enrichment", json=asked)


async def spend(replica: Replica, user: str, count: int) -> None:
    """Have a user pay for `count` companies."""
    for _ in range(count):
        lead = await a_known_lead(replica, f"{new_id().hex}.com")
        assert (await trigger(replica, lead, user)).status_code == 202
        await replica.finish()


async def take_one(replica: Replica, user: str, lead: dict[str, Any]) -> int:
    await replica.database.pool.execute("DELETE FROM company_answers")
    answer = await trigger(replica, lead, user)
    await replica.finish()
    status: int = answer.status_code
    return status


async def tick(
    replica: Replica,
    day: date,
    *,
    tick_id: UUID | None = None,
    schedule: str = "credit-reset",
    wait: bool = True,
) -> None:
    value = {
        "tick_id": str(tick_id or new_id()),
        "schedule": schedule,
        "scheduled_for": datetime.combine(day, time(), UTC).isoformat(),
    }
    await replica.take_in("scheduler.tick", value)
    if wait:
        await replica.finish()


async def _is_reset(replica: Replica, user: str) -> bool:
    return (await account(replica, user))["credit_day"] is not None

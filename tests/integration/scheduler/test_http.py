"""The admin API of the scheduler, over real HTTP through the frame. It is Tuesday, 22:30."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from integration.scheduler.replicas import EVENING, Replica, announced, ticks
from leadstream.postgres import Database

NIGHT = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DAILY = "schedules/daily-lead-generation"
CHANGES = [
    ("PUT", DAILY, {"cron": "0 5 * * *"}),
    ("POST", f"{DAILY}/trigger", None),
    ("POST", f"{DAILY}/pause", {"reason": "x"}),
    ("POST", f"{DAILY}/resume", None),
    (
        "POST",
        f"{DAILY}/backfill",
        {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"},
    ),
]


def moments(answer: httpx.Response, field: str = "items") -> list[datetime]:
    return [datetime.fromisoformat(text) for text in answer.json()[field]]


async def audit(database: Database) -> list[Any]:
    return list(await database.pool.fetch("SELECT * FROM audit_log ORDER BY at, id"))


async def test_b38_the_list_shows_the_built_in_schedules_with_their_next_five_times(
    api: httpx.AsyncClient,
) -> None:
    answer = (await api.get("schedules")).json()

    assert answer["next"] is None
    by_name = {item["name"]: item for item in answer["items"]}
    assert {name: item["cron"] for name, item in by_name.items()} == {
        "credit-reset": "0 0 * * *",
        "daily-lead-generation": "0 2 * * *",
        "weekly-trends": "0 3 * * 0",
    }
    daily = by_name["daily-lead-generation"]
    assert (daily["timezone"], daily["catch_up"], daily["paused"]) == ("UTC", "latest", False)
    assert [datetime.fromisoformat(t) for t in daily["next_times"]] == [
        NIGHT + n * DAY for n in range(5)
    ]
    assert all(item["id"] for item in by_name.values())


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
async def test_who_may_change_a_schedule(
    api: httpx.AsyncClient, database: Database, method: str, path: str, body: Any
) -> None:
    async def call(token: str) -> int:
        headers = {"authorization": f"Bearer {token}"}
        return (await api.request(method, path, json=body, headers=headers)).status_code

    assert await call("nobody") == 401
    assert await call("token-of-viewer") == 403
    assert await call("token-of-acme") == 403
    assert await audit(database) == []
    assert await call("token-of-operator") in {200, 202}
    assert len(await audit(database)) == 1


@pytest.mark.parametrize(("method", "path", "body"), CHANGES[1:])
async def test_an_unknown_schedule_is_404(
    api: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    path = path.replace("daily-lead-generation", "nightly")

    assert (await api.request(method, path, json=body)).status_code == 404


@pytest.mark.parametrize("path", ["", "/next", "/ticks"])
async def test_looking_at_an_unknown_schedule_is_404(api: httpx.AsyncClient, path: str) -> None:
    assert (await api.get(f"schedules/nightly{path}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cron"),
        ({"cron": "61 * * * *"}, "cron"),
        ({"cron": "0 0 31 2 *"}, "cron"),
        ({"cron": "0 2 * * *", "timezone": "Mars/Olympus"}, "timezone"),
        ({"cron": "0 2 * * *", "catch_up": "some"}, "catch_up"),
        ({"cron": "0 2 * * *", "enabled": "perhaps"}, "enabled"),
        ({"cron": "0 2 * * *", "params": []}, "params"),
        ({"cron": "0 2 * * *", "params": {"x": 10**30}}, "params"),
        ({"cron": "0 2 * * *", "params": {"x": "y" * 70_000}}, "params"),
        ({"cron": "0 2 * * *", "crom": 1}, "crom"),
    ],
)
async def test_a_schedule_that_cannot_be_is_422_naming_the_field(
    api: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await api.put("schedules/nightly", json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert (await api.get("schedules/nightly")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "2026-03-02T00:00:00Z"}, "from"),
        ({"from": "2026-03-02T00:00:00", "to": "2026-03-03T00:00:00Z"}, "from"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "to"),
        ({"from": "0001-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "from"),
        ({"from": "2026-03-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}, "to"),
        ({"from": "1971-01-01T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "to"),
    ],
)
async def test_a_range_that_cannot_be_is_422_naming_the_field(
    api: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    answer = await api.post(f"{DAILY}/backfill", json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


@pytest.mark.parametrize("after", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "tomorrow"])
async def test_next_times_of_impossible_moments_are_422(api: httpx.AsyncClient, after: str) -> None:
    answer = await api.get(f"{DAILY}/next", params={"after": after})

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "after")


async def test_put_makes_a_schedule_and_changes_it(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    body = {"cron": "30 2 * * *", "timezone": "Europe/Berlin", "params": {"query_id": "q"}}
    made = await api.put("schedules/nightly", json=body)
    changed = await api.put("schedules/nightly", json=body | {"catch_up": "all", "enabled": False})

    assert (made.status_code, changed.status_code) == (200, 200)
    assert made.json()["next_times"][0] == "2026-03-04T01:30:00Z"
    assert made.json()["id"] == changed.json()["id"]
    assert (changed.json()["enabled"], changed.json()["next_times"]) == (False, [])
    first, second = await audit(replica.database)
    assert (first["actor"], first["action"]) == ("operator", "schedule.put")
    assert (first["target"], first["before"]) == ("schedule:nightly", None)
    assert (second["before"]["catch_up"], second["after"]["catch_up"]) == ("latest", "all")
    assert await replica.look_at(NIGHT + DAY) == [datetime(2026, 3, 5, tzinfo=UTC), NIGHT + DAY]


async def test_a_schedule_that_several_put_at_once_is_made_once(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    crons = [f"{minute} 2 * * *" for minute in range(12)]

    answers = await asyncio.gather(
        *(api.put("schedules/nightly", json={"cron": cron}) for cron in crons)
    )

    assert [answer.status_code for answer in answers] == [200] * 12
    rows = await audit(replica.database)
    assert [row["before"] for row in rows].count(None) == 1
    last = (await api.get("schedules/nightly")).json()["cron"]
    befores = [row["before"]["cron"] for row in rows if row["before"]]
    assert sorted([*befores, last]) == sorted(crons)


async def test_next_times_are_after_any_moment_in_the_zone_of_the_schedule(
    api: httpx.AsyncClient,
) -> None:
    await api.put("schedules/nightly", json={"cron": "30 2 * * *", "timezone": "Europe/Berlin"})

    answer = await api.get(
        "schedules/nightly/next", params={"after": "2026-03-28T12:00:00+01:00", "count": 2}
    )

    assert moments(answer) == [
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


@pytest.mark.parametrize("change", ["put", "pause"])
async def test_a_change_right_after_a_time_came_does_not_lose_its_tick(
    api: httpx.AsyncClient, replica: Replica, change: str
) -> None:
    replica.clock.advance(NIGHT + timedelta(milliseconds=200) - EVENING)

    if change == "put":
        await api.put(DAILY, json={"cron": "0 5 * * *"})
    else:
        await api.post(f"{DAILY}/pause", json={"reason": "quarter end"})

    assert await ticks(replica.database, "daily-lead-generation") == [NIGHT]
    assert len(await announced(replica.database, "daily-lead-generation")) == 1


async def test_resuming_what_is_not_paused_does_not_lose_a_tick(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    replica.clock.advance(NIGHT + timedelta(milliseconds=200) - EVENING)

    await api.post(f"{DAILY}/resume")

    assert await ticks(replica.database, "daily-lead-generation") == [NIGHT]


async def test_a_changed_schedule_does_not_catch_up_on_times_before_the_change(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await api.put("schedules/nightly", json={"cron": "0 23 * * *", "catch_up": "all"})

    await api.put("schedules/nightly", json={"cron": "0 * * * *", "catch_up": "all"})

    await replica.look_at(EVENING + timedelta(hours=2))
    first = EVENING + timedelta(minutes=30)
    assert await ticks(replica.database, "nightly") == [first, first + timedelta(hours=1)]


async def test_a_paused_schedule_rests_and_a_resumed_one_begins_anew(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    paused = await api.post(f"{DAILY}/pause", json={"reason": "quarter end"})
    during = await replica.look_at(NIGHT + timedelta(minutes=5))
    resumed = await api.post(f"{DAILY}/resume")
    after = await replica.look()

    assert (paused.json()["paused"], paused.json()["pause_reason"]) == (True, "quarter end")
    assert paused.json()["next_times"] == []
    assert during == [NIGHT - timedelta(hours=2)]
    assert (resumed.json()["paused"], moments(resumed, "next_times")[0]) == (False, NIGHT + DAY)
    assert after == []
    assert NIGHT + DAY in await replica.look_at(NIGHT + DAY)
    rows = await audit(replica.database)
    assert [row["action"] for row in rows] == ["schedule.paused", "schedule.resumed"]
    assert rows[0]["reason"] == "quarter end"


async def test_putting_a_paused_schedule_leaves_it_paused(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await api.post(f"{DAILY}/pause", json={"reason": "quarter end"})

    answer = await api.put(DAILY, json={"cron": "0 1 * * *"})

    assert answer.json()["paused"]
    assert NIGHT not in await replica.look_at(NIGHT)


async def test_a_trigger_is_a_tick_now_with_parameters_on_top(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await api.put(DAILY, json={"cron": "0 2 * * *", "params": {"a": 1, "b": 1}})

    answer = await api.post(f"{DAILY}/trigger", json={"params": {"b": 2}})
    again = await api.post(f"{DAILY}/trigger")

    assert (answer.status_code, again.status_code) == (202, 409)
    [event] = await announced(replica.database)
    assert event["tick_id"] == answer.json()["tick_id"]
    assert (event["manual"], event["params"]) == (True, {"a": 1, "b": 2})
    assert datetime.fromisoformat(event["scheduled_for"]) == EVENING
    assert NIGHT in await replica.look_at(NIGHT)


async def test_a_paused_schedule_can_be_triggered(api: httpx.AsyncClient, replica: Replica) -> None:
    await api.post(f"{DAILY}/pause", json={"reason": "quarter end"})

    assert (await api.post(f"{DAILY}/trigger")).status_code == 202
    assert len(await announced(replica.database)) == 1


async def test_a_backfill_emits_what_a_range_is_missing_and_once(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await replica.look_at(NIGHT)
    # From a tick's own time to one that is there, the ends included; what is to come is left out.
    span = {"from": (NIGHT - 3 * DAY).isoformat(), "to": (NIGHT + 9 * DAY).isoformat()}
    missing = [NIGHT - n * DAY for n in (3, 2, 1)]

    dry = await api.post(f"{DAILY}/backfill", json=span | {"dry_run": True})
    before = await ticks(replica.database, "daily-lead-generation")
    real = await api.post(f"{DAILY}/backfill", json=span)
    again = await api.post(f"{DAILY}/backfill", json=span)

    assert (dry.json()["dry_run"], moments(dry, "ticks"), before) == (True, missing, [NIGHT])
    assert moments(real, "ticks") == missing
    assert moments(again, "ticks") == []
    assert await ticks(replica.database, "daily-lead-generation") == [*missing, NIGHT]
    events = await announced(replica.database, "daily-lead-generation")
    assert [event["manual"] for event in events] == [False, True, True, True]
    rows = await audit(replica.database)
    assert [row["after"]["ticks"] for row in rows] == [3, 0]


async def test_ticks_are_listed_newest_first_page_by_page(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    for n in range(5):
        await replica.look_at(NIGHT + n * DAY)

    found, cursor, pages = [], "", 0
    while cursor is not None:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await api.get(f"{DAILY}/ticks", params=params)
        found += [datetime.fromisoformat(item["scheduled_for"]) for item in page.json()["items"]]
        cursor, pages = page.json()["next"], pages + 1

    assert (found, pages) == ([NIGHT + n * DAY for n in (4, 3, 2, 1, 0)], 3)


async def test_past_times_are_ticks_and_since_the_last_put_what_is_missing(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await replica.database.pool.execute("UPDATE schedules SET created_at = $1", EVENING)
    await replica.look_at(NIGHT)
    # Off for two days: the first night is let go, the second is late.
    late = NIGHT + 2 * DAY + timedelta(minutes=7)
    await replica.look_at(late)
    replica.clock.advance(timedelta(hours=1))
    by_hand = (await api.post(f"{DAILY}/trigger")).json()

    [item] = [
        each
        for each in (await api.get("schedules", params={"past": 10})).json()["items"]
        if each["name"] == "daily-lead-generation"
    ]
    last = (await api.get(DAILY, params={"past": 2})).json()["past"]
    none = (await api.get(DAILY)).json()["past"]

    times = [datetime.fromisoformat(each["scheduled_for"]) for each in item["past"]]
    assert times == [NIGHT, NIGHT + DAY, NIGHT + 2 * DAY, late + timedelta(hours=1)]
    assert [each["tick_id"] is None for each in item["past"]] == [False, True, False, False]
    assert [each["manual"] for each in item["past"]] == [False, False, False, True]
    assert item["past"][3]["tick_id"] == by_hand["tick_id"]
    assert datetime.fromisoformat(item["past"][2]["emitted_at"]) == late
    assert last == item["past"][2:]
    assert none == []


async def test_nothing_is_missing_of_before_a_change_or_while_it_is_paused(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await replica.database.pool.execute("UPDATE schedules SET created_at = $1", EVENING)
    await replica.look_at(NIGHT)
    await api.post(f"{DAILY}/pause", json={"reason": "they said so"})
    replica.clock.advance(3 * DAY)

    paused = (await api.get(DAILY, params={"past": 10})).json()["past"]
    await api.post(f"{DAILY}/resume")
    resumed = (await api.get(DAILY, params={"past": 10})).json()["past"]
    await api.put(DAILY, json={"cron": "0 4 * * *"})
    changed = (await api.get(DAILY, params={"past": 10})).json()["past"]

    def missing(past: list[dict[str, Any]]) -> list[bool]:
        return [each["tick_id"] is None for each in past]

    assert missing(paused) == [False]
    assert missing(resumed) == [False, True, True, True]
    # The put is of the real clock's day, long after.
    assert missing(changed) == [False]


async def test_next_times_of_a_cron_that_is_not_put_yet(api: httpx.AsyncClient) -> None:
    params: dict[str, Any] = {"cron": "30 6 * * 1", "timezone": "Europe/Berlin", "count": 2}
    params_only_zone: dict[str, Any] = {"timezone": "Europe/Berlin", "count": 1}

    assert moments(await api.get(f"{DAILY}/next", params=params)) == [
        datetime(2026, 3, 9, 5, 30, tzinfo=UTC),
        datetime(2026, 3, 16, 5, 30, tzinfo=UTC),
    ]
    assert moments(await api.get(f"{DAILY}/next", params=params_only_zone)) == [
        datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
    ]
    for wrong, field in (({"cron": "61 * * * *"}, "cron"), ({"timezone": "Mars"}, "timezone")):
        answer = await api.get(f"{DAILY}/next", params=wrong)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


async def test_looking_does_not_keep_the_clock_from_a_schedule(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    """A row that a reader locked would be skipped."""
    async with replica.database.transaction() as tx:
        await tx.fetch("SELECT * FROM schedules FOR SHARE")
        looked = await api.get(DAILY)

    assert looked.status_code == 200
    assert NIGHT in await replica.look_at(NIGHT)


async def test_a_clock_that_was_years_ahead_is_seen_and_mended_by_a_put(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await replica.look_at(EVENING + 3650 * DAY)
    await replica.look_at(EVENING)

    stuck = await api.get(DAILY)
    mended = await api.put(DAILY, json={"cron": "0 2 * * *"})

    assert moments(stuck, "next_times")[0].year == 2036
    assert moments(mended, "next_times")[0] == NIGHT
    assert NIGHT in await replica.look_at(NIGHT)


async def test_a_schedule_with_a_lost_time_zone_can_be_seen_and_put_right(
    api: httpx.AsyncClient, replica: Replica
) -> None:
    await replica.database.pool.execute(
        "UPDATE schedules SET timezone = 'Mars/Olympus' WHERE name = 'daily-lead-generation'"
    )

    assert await replica.look_at(NIGHT) == [NIGHT - timedelta(hours=2)]
    seen = await api.get(DAILY)
    mended = await api.put(DAILY, json={"cron": "0 2 * * *"})

    assert (seen.status_code, seen.json()["next_times"]) == (200, [])
    assert mended.status_code == 200
    assert NIGHT + DAY in await replica.look_at(NIGHT + DAY)

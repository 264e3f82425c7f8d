"""The page of schedules, before a scheduler that answers what a test tells it."""

from typing import Any

import pytest

from support.console import EMPTY, Browser, Called, Console, FakeServices, refused

TICK = "0190c0de-0000-7000-8000-000000000001"
NAME = "daily-lead-generation"
PAGE = f"/schedules/{NAME}"
SETTLED = "2026-11-29T02:00:01Z"


def past(day: int, seconds: float | None = 0.5, **changed: Any) -> dict[str, Any]:
    """The time of a day, and its tick so many seconds late."""
    at = f"2026-11-{day:02}T02:00:00Z"
    emitted = None if seconds is None else f"2026-11-{day:02}T02:{int(seconds) // 60:02}:00Z"
    tick_id = None if seconds is None else TICK
    return {
        "scheduled_for": at,
        "tick_id": tick_id,
        "emitted_at": emitted,
        "manual": False,
        **changed,
    }


def schedule(**changed: Any) -> dict[str, Any]:
    return {
        "name": NAME,
        "id": TICK,
        "cron": "0 2 * * *",
        "timezone": "Europe/Berlin",
        "catch_up": "latest",
        "enabled": True,
        "params": {"query_id": "7"},
        "paused": False,
        "pause_reason": None,
        "settled_until": SETTLED,
        "next_at": "2026-11-30T02:00:00Z",
        "next_times": ["2026-11-30T02:00:00Z", "2026-12-01T02:00:00Z"],
        "past": [past(26), past(27, 420), past(28, None), past(29)],
        "created_at": "2026-10-01T00:00:00Z",
        "updated_at": "2026-10-01T00:00:00Z",
        **changed,
    }


@pytest.fixture
def scheduler(services: FakeServices) -> FakeServices:
    tick = {"id": TICK, "schedule": NAME, "scheduled_for": "2026-11-29T02:00:00Z"}
    times = {"emitted_at": "2026-11-29T02:07:00Z", "manual": False, "params": {}}
    services.on("*", "GET", "audit", EMPTY)
    services.on("scheduler", "GET", "schedules", {"items": [schedule()], "next": None})
    services.on("scheduler", "GET", f"schedules/{NAME}", schedule())
    ticks = {"items": [{**tick, **times}], "next": "more"}
    services.on("scheduler", "GET", f"schedules/{NAME}/ticks", ticks)
    upcoming = {"items": ["2026-11-30T05:30:00Z"], "next": None}
    services.on("scheduler", "GET", f"schedules/{NAME}/next", upcoming)
    return services


@pytest.fixture
async def operator(console: Console, scheduler: FakeServices) -> Browser:
    return await console.logged_in("operator")


async def test_when_it_is_due_and_how_it_was_kept(operator: Browser) -> None:
    page = await operator.get("/schedules")

    text = page.html.main.text
    assert "every day at 02:00, Europe/Berlin 0 2 * * *" in text
    assert "The last 4 times: 2 on time, 1 late, 1 no tick; at most 7 min late." in text
    svg = page.html.main.one("svg")
    assert svg["role"] == "img"
    # What it shows is said in words beside it.
    assert "The last 4 times" in page.html.one("p", id=svg["aria-labelledby"]).text
    kinds = [bar["class"] for bar in svg.all("rect")]
    assert kinds == ["kept-on_time", "kept-late", "kept-missing", "kept-on_time"]


async def test_who_paused_it_and_why(operator: Browser, scheduler: FakeServices) -> None:
    paused = schedule(paused=True, pause_reason="<b>moving</b>", next_times=[])
    scheduler.on("scheduler", "GET", "schedules", {"items": [paused], "next": None})
    change = {
        "id": TICK,
        "at": "2026-11-28T02:10:00Z",
        "actor": "ana",
        "action": "schedule.paused",
        "target": f"schedule:{NAME}",
        "reason": "moving",
        "before": None,
        "after": None,
        "workspace_id": None,
    }
    older = {**change, "actor": "bo", "at": "2026-11-20T02:10:00Z"}
    scheduler.on("scheduler", "GET", "audit", {"items": [change, older], "next": None})

    page = await operator.get("/schedules")

    text = page.html.main.text
    assert "by ana" in text
    assert "bo" not in text.split()
    assert "<b>moving</b>" in text
    assert "never, while it is paused" in text
    assert page.html.form(f"{PAGE}/resume")
    assert not page.html.all("form", action=f"{PAGE}/pause")
    assert len(scheduler.called("GET", "*", "scheduler")) <= 4


async def test_a_cron_that_only_the_scheduler_understands_is_shown_as_it_is(
    operator: Browser, scheduler: FakeServices
) -> None:
    row = schedule(cron="@sometimes")
    scheduler.on("scheduler", "GET", "schedules", {"items": [row], "next": None})

    assert "@sometimes" in (await operator.get("/schedules")).html.main.text


async def test_its_ticks_lead_to_their_runs_and_its_gaps_to_a_backfill(
    operator: Browser, scheduler: FakeServices
) -> None:
    page = await operator.get(PAGE)

    [tick] = page.html.main.one("table").rows[1:]
    assert tick[2:4] == ["7 min", "–"]
    assert page.html.main.all("a", href=f"/runs/{TICK}")
    gap = "from=2026-11-28T02%3A00&to=2026-11-28T02%3A00"
    assert page.html.main.all("a", href=f"{PAGE}/backfill?{gap}")
    assert page.html.main.all("a", href=f"{PAGE}?cursor=more")


async def test_ticks_of_others_are_no_runs(operator: Browser, scheduler: FakeServices) -> None:
    scheduler.on("scheduler", "GET", "schedules/x", schedule(name="x"))
    scheduler.on("scheduler", "GET", "schedules/x/ticks", EMPTY)

    page = await operator.get("/schedules/x")

    assert "No tick yet." in page.html.main.text
    assert not [a for a in page.html.main.all("a") if a["href"].startswith("/runs/")]


@pytest.mark.parametrize(
    ("what", "body"), [("trigger", {}), ("pause", {"reason": "moving"}), ("resume", {})]
)
async def test_it_is_run_paused_and_resumed_with_a_reason(
    operator: Browser, scheduler: FakeServices, what: str, body: dict[str, Any]
) -> None:
    if what == "resume":
        paused = schedule(paused=True, pause_reason="x")
        scheduler.on("scheduler", "GET", "schedules", {"items": [paused], "next": None})
    triggered = {"tick_id": TICK, "scheduled_for": SETTLED}
    scheduler.on("scheduler", "POST", f"schedules/{NAME}/*", schedule())
    scheduler.on("scheduler", "POST", f"schedules/{NAME}/trigger", triggered)
    page = await operator.get("/schedules")

    done = await operator.send(page.html.form(f"{PAGE}/{what}"), reason="moving")

    assert done.status == 303
    [call] = scheduler.changes
    assert (call.path, call.body, call.reason) == (f"schedules/{NAME}/{what}", body, "moving")
    assert NAME in (await operator.follow(done)).html.one("div", id="said").text


async def test_a_viewer_sees_no_button(console: Console, scheduler: FakeServices) -> None:
    viewer = await console.logged_in("viewer")

    for path in ("/schedules", PAGE):
        page = await viewer.get(path)
        assert not page.html.main.all("form", method="post")
        assert "Backfill" not in page.html.main.text


async def test_a_change_is_looked_at_before_it_is_made(
    operator: Browser, scheduler: FakeServices
) -> None:
    scheduler.on("scheduler", "PUT", f"schedules/{NAME}", schedule(cron="30 6 * * 1-5"))

    same = await operator.get(f"{PAGE}/change")
    page = await operator.get(f"{PAGE}/change?cron=30+6+*+*+1-5&timezone=UTC&enabled=yes")
    done = await operator.send(page.html.form(f"{PAGE}/change"), reason="earlier")

    assert not same.html.main.all("form", method="post")
    assert "on Mondays to Fridays at 06:30, UTC" in page.html.main.text
    assert "2026-11-30 05:30" in page.html.main.text
    asked = scheduler.called("GET", f"schedules/{NAME}/next")[-1].params
    assert asked == {"cron": "30 6 * * 1-5", "timezone": "UTC", "count": "5"}
    [put] = scheduler.changes
    assert put.reason == "earlier"
    # What nobody asked to change goes with it: a PUT puts the whole.
    assert put.body == {
        "cron": "30 6 * * 1-5",
        "timezone": "UTC",
        "catch_up": "latest",
        "enabled": True,
        "params": {"query_id": "7"},
    }
    assert done.to == PAGE


async def test_switching_it_off_is_a_change(operator: Browser, scheduler: FakeServices) -> None:
    scheduler.on("scheduler", "PUT", f"schedules/{NAME}", schedule(enabled=False))
    page = await operator.get(f"{PAGE}/change?enabled=no")

    await operator.send(page.html.form(f"{PAGE}/change"), reason="no more")

    assert "; off" in page.html.main.text
    assert scheduler.changes[0].body["enabled"] is False
    assert scheduler.changes[0].body["cron"] == "0 2 * * *"


async def test_a_cron_that_can_not_be_is_said_at_its_field(
    operator: Browser, scheduler: FakeServices
) -> None:
    refusal = refused(422, "Bad minute", code="invalid", field="cron")
    scheduler.on("scheduler", "GET", f"schedules/{NAME}/next", refusal)

    page = await operator.get(f"{PAGE}/change?cron=61+*+*+*+*")

    assert page.status == 422
    assert page.html.main.one("p", id="complaint").text == "Bad minute"
    field = page.html.main.one("input", name="cron")
    assert (field["value"], field["aria-invalid"]) == ("61 * * * *", "true")
    assert not page.html.main.all("form", method="post")


async def test_a_backfill_shows_its_plan_and_takes_the_count_typed(
    operator: Browser, scheduler: FakeServices
) -> None:
    times = ["2026-11-27T02:00:00Z", "2026-11-28T02:00:00Z", "2026-11-28T14:00:00Z"]

    def answer(call: Called) -> Any:
        return {"dry_run": call.body["dry_run"], "ticks": times}

    scheduler.on("scheduler", "POST", f"schedules/{NAME}/backfill", answer)

    empty = await operator.get(f"{PAGE}/backfill")
    plan = await operator.get(f"{PAGE}/backfill?from=2026-11-01T00:00&to=2026-11-29T00:00")
    form = plan.html.form(f"{PAGE}/backfill")
    wrong = await operator.send(form, reason="we were down", count="2")
    looked = [call.body["dry_run"] for call in scheduler.changes]
    done = await operator.send(form, reason="we were down", count="3")

    assert not empty.html.main.all("form", method="post")
    assert plan.html.main.one("table").rows[1:] == [
        ["2026-11-27", "1", "02:00"],
        ["2026-11-28", "2", "02:00, 14:00"],
    ]
    assert "3 ticks missing, on 2 days" in plan.html.main.text
    assert wrong.status == 422
    assert "You typed 2, and now it is 3. Nothing was emitted." in wrong.html.main.text
    assert looked == [True, True]
    last = scheduler.changes[-1]
    assert last.body == {
        "from": "2026-11-01T00:00Z",
        "to": "2026-11-29T00:00Z",
        "dry_run": False,
    }
    assert last.reason == "we were down"
    assert done.to == PAGE


async def test_a_range_that_can_not_be_is_said(operator: Browser, scheduler: FakeServices) -> None:
    refusal = refused(422, "must not be before `from`", code="invalid", field="to")
    scheduler.on("scheduler", "POST", f"schedules/{NAME}/backfill", refusal)

    page = await operator.get(f"{PAGE}/backfill?from=2026-11-02T00:00&to=2026-11-01T00:00")

    assert page.status == 422
    assert page.html.main.one("p", id="complaint").text == "must not be before `from`"
    assert page.html.main.one("input", name="from")["value"] == "2026-11-02T00:00"


async def test_while_the_scheduler_is_away_it_is_said(
    operator: Browser, scheduler: FakeServices
) -> None:
    scheduler.away = {"scheduler"}

    page = await operator.get("/schedules")
    one = await operator.get(PAGE)

    assert page.status == 200
    assert "scheduler" in page.html.one("div", class_="away").text
    assert one.status == 503


@pytest.mark.parametrize("path", ["/schedules/UPPER", "/schedules/..%2fx", f"{PAGE}/nothing"])
async def test_what_is_no_schedule_is_404(operator: Browser, path: str) -> None:
    assert (await operator.get(path)).status == 404

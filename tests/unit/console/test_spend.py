from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from console.domain.amounts import cap_outlook
from console.domain.budgets import outlook
from console.domain.periods import read_period
from console.domain.spreadsheets import csv_rows
from support.console import EMPTY, WORKSPACE, Console, FakeServices
from unit.console.places import LEAD, MOMENT, page, workspace

NOW = datetime(2026, 11, 29, 18, tzinfo=UTC)
FIGURES = {
    "calls": {"paid": 12, "unknown": 2, "unpaid": 1, "open": 0, "verifications": 9},
    "leads": {"enriched": 15, "cached": 3, "skipped": 4},
    "credits": 12.5,
    "budget": {"daily_calls": None, "is_default": True, "calls_today": 14, "recent": 0},
}


def money(**changed: Any) -> dict[str, Any]:
    workspace = {
        "workspace_id": WORKSPACE,
        "calls": 14,
        "training_calls": 3,
        "cost": "1234.5",
        "caps_are_default": True,
        "day": {"spent": "41.25", "reserved": "1.40", "cap": "50.00"},
        "month": {"spent": "1234.5", "reserved": "1.40", "cap": "1500.00", "forecast": "1600.004"},
    }
    asked = {"workspace_id": WORKSPACE, "day": None, "training": False, "calls": 7, "units": "20"}
    rows = [
        {**asked, "provider": "hunter", "operation": "verify", "cost": "0.2"},
        {**asked, "provider": "people_data_labs", "operation": "enrich", "cost": "1234.3"},
        {
            **asked,
            "provider": "people_data_labs",
            "operation": "enrich",
            "training": True,
            "cost": "0",
        },
    ]
    return {
        "currency": "EUR",
        "since": "2026-11-01",
        "until": "2026-12-01",
        "today": "2026-11-29",
        "workspaces": [workspace | changed],
        "rows": rows,
        "more": False,
    }


def bills(**changed: Any) -> dict[str, Any]:
    row = {
        "workspace_id": WORKSPACE,
        "platform": "tech-platform",
        "accepted": 3,
        "billed": 3,
        "elsewhen": 0,
        "unbilled": 0,
        "unbilled_leads": [],
        "unfounded": 0,
        "unfounded_leads": [],
    }
    return {"since": MOMENT, "until": MOMENT, "platforms": [row | changed], "more": False}


def bill(**changed: Any) -> dict[str, Any]:
    return {
        "id": LEAD,
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "platform": "tech-platform",
        "event_type": "platform_upload",
        "quantity": 1,
        "metadata": {"adapter": "hubspot", "external_id": "=1+1", "revision": 1},
        "created_at": MOMENT,
        **changed,
    }


@pytest.fixture(autouse=True)
def furnished(services: FakeServices) -> None:
    services.on("discovery", "GET", "workspaces", page(workspace()))
    spending = {
        "since": MOMENT,
        "until": MOMENT,
        "day": "2026-11-29",
        "pace_seconds": 3600.0,
        "workspaces": [{"workspace_id": WORKSPACE, **FIGURES}],
        "more": False,
    }
    services.on("enrichment", "GET", "spending", spending)
    services.on("enrichment", "GET", "spend", money())
    services.on("enrichment", "GET", "credits", EMPTY)
    services.on("platform-upload", "GET", "billing-events/summary", bills())


@pytest.mark.parametrize(
    ("limit", "used", "recent", "words", "ends"),
    [
        (None, 9, 9, "no limit", None),
        (100, 100, 9, "spent: the rest waits until 00:00 UTC, in 6 h", NOW),
        (100, 120, 0, "spent: the rest waits until 00:00 UTC, in 6 h", NOW),
        (0, 0, 0, "spent: the rest waits until 00:00 UTC, in 6 h", NOW),
        (100, 40, 0, "60 left; no call counted against it in the last hour", None),
        (
            100,
            40,
            20,
            "runs out at about 21:00 UTC at the present pace (20 in the last hour)",
            NOW + timedelta(hours=3),
        ),
        (100, 40, 10, "lasts until 00:00 UTC at the present pace (10 in the last hour)", None),
        (100, 40, 1, "lasts until 00:00 UTC at the present pace (1 in the last hour)", None),
    ],
)
def test_how_far_a_budget_goes(
    limit: int | None, used: int, recent: int, words: str, ends: datetime | None
) -> None:
    found = outlook(
        limit=limit,
        used=used,
        recent=recent,
        pace=timedelta(hours=1),
        day=date(2026, 11, 29),
        now=NOW,
    )

    assert (found.words, found.ends_at) == (words, ends)


@pytest.mark.parametrize(
    ("text", "since", "until", "words"),
    [
        (None, "2026-11-01", "2026-12-01", "November 2026"),
        ("2026-12", "2026-12-01", "2027-01-01", "December 2026"),
        ("2026-02", "2026-02-01", "2026-03-01", "February 2026"),
        ("2026-11-09", "2026-11-09", "2026-11-10", "9 November 2026"),
    ],
)
def test_periods(text: str | None, since: str, until: str, words: str) -> None:
    period = read_period(text, date(2026, 11, 29))

    assert (period.since[:10], period.until[:10], period.words) == (since, until, words)


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-11-31", "november", "9999-12", "''"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a month"):
        read_period(text, date(2026, 11, 29))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        (-1, "-1"),
        (None, ""),
        ("a,b", '"a,b"'),
        ("Ünï", "Ünï"),
    ],
)
def test_no_cell_is_a_formula(value: object, cell: str) -> None:
    assert csv_rows([[value, "x"]]) == f"{cell},x\r\n"


async def test_calls_and_budgets_are_told_by_workspace(console: Console) -> None:
    found = await (await console.logged_in("viewer")).get("/spend?period=2026-11")

    main = found.html.main
    assert found.status == 200
    assert "Spend, November 2026" in main.text
    assert "acme" in main.text
    calls = main.all("table")[2].rows[1]
    assert calls == ["acme", "12", "2", "3", "1", "0", "12.5", "–", "–", "no limit"]


async def test_money_is_told_by_workspace_and_provider_with_caps_and_forecast(
    console: Console, services: FakeServices
) -> None:
    found = await (await console.logged_in("viewer")).get("/spend?period=2026-11")

    main = found.html.main
    payers, asked = main.all("table")[:2]
    assert payers.rows[1] == [
        "acme",
        "1 234.50",
        "41.25",
        "50.00",
        "nearly reached: 82% of it is spent",
        "1 234.50",
        "1 500.00",
        "1 600.00",
        "reached before the month ends, at 1 600.00 in all (the default)",
    ]
    assert asked.rows[1:] == [
        ["people_data_labs", "people", "7", "20", "1 234.30"],
        ["hunter", "verification", "7", "20", "0.20"],
    ]
    said = "Training asked providers' sandboxes, and cost nothing: 7 calls to people_data_labs for people."
    assert said in main.text
    assert "PROVIDER_PRICES" not in main.text
    (call,) = services.called("GET", "spend")
    assert call.params == {"since": "2026-11-01", "until": "2026-12-01"}


async def test_what_was_asked_without_a_price_is_said(
    console: Console, services: FakeServices
) -> None:
    unpriced = money(cost="0.00")
    services.on(
        "enrichment",
        "GET",
        "spend",
        unpriced | {"rows": [r | {"cost": "0"} for r in unpriced["rows"]]},
    )

    found = await (await console.logged_in()).get("/spend")

    assert "No provider that was asked has a price" in found.html.main.text


@pytest.mark.parametrize(
    ("spent", "cap", "forecast", "words", "is_spent"),
    [
        ("5.00", None, "9.00", "no cap", False),
        ("10.00", "10.00", "10.00", "spent: the rest waits", True),
        ("0.00", "0.00", "0.00", "spent: the rest waits", True),
        ("1.00", "10.00", "10.01", "reached before the month ends, at 10.01 in all", False),
        ("8.00", "10.00", None, "nearly reached: 80% of it is spent", False),
        ("1.00", "10.00", "9.00", "10% of it is spent", False),
    ],
)
def test_how_far_a_cap_goes(
    spent: str, cap: str | None, forecast: str | None, words: str, is_spent: bool
) -> None:
    found = cap_outlook(spent=spent, cap=cap, forecast=forecast)

    assert (found.words, found.is_spent) == (words, is_spent)


async def test_bills_that_agree_are_said_to(console: Console) -> None:
    found = await (await console.logged_in()).get("/spend")

    assert "They agree: 3 leads accepted, 3 bills." in found.html.main.one(class_="done").text


async def test_bills_that_do_not_agree_are_named_with_a_link_to_each(
    console: Console, services: FakeServices
) -> None:
    differing = bills(accepted=4, unbilled=1, unbilled_leads=[LEAD])
    services.on("platform-upload", "GET", "billing-events/summary", differing)

    found = await (await console.logged_in()).get("/spend")

    assert "1 accepted lead without a bill" in found.html.main.one(class_="problem").text
    assert found.html.links[LEAD] == f"/leads/{LEAD}"


async def test_the_period_goes_to_the_services(console: Console, services: FakeServices) -> None:
    await (await console.logged_in()).get(f"/spend?period=2026-11-28&workspace_id={WORKSPACE}")

    for path in ("spending", "billing-events/summary"):
        (asked,) = services.called("GET", path)
        assert asked.params == {
            "since": "2026-11-28T00:00:00+00:00",
            "until": "2026-11-29T00:00:00+00:00",
            "workspace_id": WORKSPACE,
        }


async def test_a_period_that_is_none_is_said(console: Console) -> None:
    found = await (await console.logged_in()).get("/spend?period=soon")

    assert found.status == 422
    assert "write a month as 2026-11" in found.html.main.text


@pytest.mark.parametrize(
    ("away", "left"), [("enrichment", "They agree"), ("platform-upload", "12")]
)
async def test_a_service_that_is_away_is_a_box(
    console: Console, services: FakeServices, away: str, left: str
) -> None:
    browser = await console.logged_in()
    services.away.add(away)

    found = await browser.get("/spend")

    assert found.status == 200
    assert f"{away} does not answer" in found.html.main.text
    assert left in found.html.main.text


async def test_the_file_has_all_pages_and_no_formula(
    console: Console, services: FakeServices
) -> None:
    services.on(
        "platform-upload",
        "GET",
        "billing-events",
        lambda call: page(bill()) if "cursor" in call.params else page(bill(), more="next"),
    )

    found = await (await console.logged_in()).get("/spend/bills.csv?period=2026-11")

    head, *rows = found.source.splitlines()
    assert found.headers["content-disposition"] == (
        'attachment; filename="billing-events-2026-11.csv"'
    )
    assert head.startswith("created_at,id,workspace_id")
    assert len(rows) == 2
    assert rows[0].endswith(",hubspot,'=1+1,1")
    assert services.called("GET", "billing-events")[1].params["cursor"] == "next"


async def test_a_file_that_cannot_begin_is_a_page(console: Console, services: FakeServices) -> None:
    browser = await console.logged_in()
    services.away.add("platform-upload")

    found = await browser.get("/spend/bills.csv")

    assert (found.status, "platform-upload is away" in found.html.main.text) == (503, True)


async def test_bills_are_listed(console: Console, services: FakeServices) -> None:
    services.on("platform-upload", "GET", "billing-events", page(bill(), more="older"))

    found = await (await console.logged_in()).get("/spend/bills?period=2026-11&platform=x")

    assert found.html.links["Older"] == "/spend/bills?period=2026-11&platform=x&cursor=older"
    assert services.called("GET", "billing-events")[0].params["platform"] == "x"

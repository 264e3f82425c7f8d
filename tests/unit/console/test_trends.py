"""Topics week by week."""

from typing import Any

import pytest

from support.console import EMPTY, WORKSPACE, Console, FakeServices
from support.leads import a_page

WEEKS = ("2026-11-08", "2026-11-15", "2026-11-22")


def week(topic: str, start: str, volume: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": f"{topic}-{start}",
        "topic_id": f"0190c0de-0000-7000-8000-{ord(topic[0]):012}",
        "topic_name": topic,
        "week_start": start,
        "week_end": start,
        "volume": volume,
        "previous_volume": 0,
        "change_percent": 0.0,
        "direction": "stable",
        **changed,
    }


@pytest.fixture
def told(services: FakeServices) -> FakeServices:
    services.on("discovery", "GET", "workspaces", EMPTY)
    return services


async def test_topics_are_rows_and_weeks_columns_with_the_newest_change_in_words(
    console: Console, told: FakeServices
) -> None:
    told.on(
        "discovery",
        "GET",
        "trends",
        a_page(
            week("AI", WEEKS[2], 30, change_percent=50.0, direction="up"),
            week("Banking", WEEKS[2], 9, change_percent=-10.5, direction="down"),
            week("AI", WEEKS[1], 20),
            week("Banking", WEEKS[1], 10),
            week("AI", WEEKS[0], 1000),
        ),
    )

    page = await (await console.logged_in("viewer")).get("/trends")

    head, *rows = page.html.main.one("table").rows
    assert head[3:] == ["8 Nov", "15 Nov", "22 Nov"]
    assert rows == [
        ["AI", "more, +50 %", "", "1 000", "20", "30"],
        ["Banking", "less, -10.5 %", "", "–", "10", "9"],
    ]
    heights = [int(each["height"]) for each in page.html.main.all("rect")]
    assert heights == [24, 0, 1, 0, 24, 22]


@pytest.mark.parametrize(
    ("volume", "change", "direction", "wanted"),
    [
        (5, None, "up", "new"),
        (0, None, "stable", "silent"),
        (0, 0.0, "stable", "about the same, +0 %"),
        (1, -90.0, "down", "less, -90 %"),
    ],
)
async def test_a_change_is_said_in_words(
    console: Console,
    told: FakeServices,
    volume: int,
    change: float | None,
    direction: str,
    wanted: str,
) -> None:
    row = week("AI", WEEKS[0], volume, change_percent=change, direction=direction)
    told.on("discovery", "GET", "trends", a_page(row))

    page = await (await console.logged_in("viewer")).get("/trends")

    assert page.html.main.one("table").rows[1][1] == wanted


async def test_of_an_answer_that_is_cut_the_week_that_may_be_half_is_left_out(
    console: Console, told: FakeServices
) -> None:
    rows = [week("AI", WEEKS[1], 2), week("Banking", WEEKS[1], 1), week("AI", WEEKS[0], 3)]
    told.on("discovery", "GET", "trends", a_page(*rows, next="more"))

    page = await (await console.logged_in("viewer")).get("/trends")

    assert page.html.main.one("table").rows[0][3:] == ["15 Nov"]
    assert "more topics than are shown" in page.html.main.text


async def test_the_filter_goes_to_the_service(console: Console, told: FakeServices) -> None:
    told.on("discovery", "GET", "trends", EMPTY)
    asked = {"workspace_id": WORKSPACE, "topic_id": WORKSPACE, "direction": "up"}
    query = "&".join(f"{name}={value}" for name, value in asked.items())

    page = await (await console.logged_in("viewer")).get(f"/trends?{query}")

    [call] = told.called("GET", "trends")
    assert {name: call.params[name] for name in asked} == asked
    assert "No week matches" in page.html.main.text


async def test_before_the_first_week_is_counted_it_is_said_what_counts_it(
    console: Console, told: FakeServices
) -> None:
    told.on("discovery", "GET", "trends", EMPTY)

    page = await (await console.logged_in("viewer")).get("/trends")

    assert "leadstream trigger --schedule weekly-trends" in page.html.main.text

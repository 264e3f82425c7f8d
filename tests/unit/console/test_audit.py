from typing import Any

from support.console import EMPTY, Console, FakeServices


def change(**changed: Any) -> dict[str, Any]:
    return {
        "id": "0190c0de-0000-7000-8000-000000000001",
        "at": "2026-11-28T02:10:00Z",
        "actor": "ana",
        "action": "pause.created",
        "target": "pause:0190c0de-0000-7000-8000-000000000009",
        "reason": "the destination is moved",
        "before": None,
        "after": {"scope": "destination:x", "email": "kit@example.com"},
        "workspace_id": None,
        **changed,
    }


async def test_changes_of_all_services_are_one_list(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "GET", "audit", EMPTY)
    newer = change(id="0190c0de-0000-7000-8000-000000000002", at="2026-11-28T03:00:00Z", actor="bo")
    services.on("delivery", "GET", "audit", {"items": [change()], "next": None})
    services.on("discovery", "GET", "audit", {"items": [newer], "next": None})

    page = await (await console.logged_in("viewer")).get("/audit")

    _, *rows = page.html.main.one("table").rows
    assert page.status == 200
    assert [(row[1], row[5]) for row in rows] == [("bo", "discovery"), ("ana", "delivery")]
    assert rows[1][4] == "the destination is moved"
    assert "kit@example.com" not in page.source


async def test_the_filter_is_in_the_address_and_goes_to_the_services(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "GET", "audit", EMPTY)
    filters = "actor=ana&action=pause.created&target=pause%3A9&since=2026-11-28&workspace_id="

    page = await (await console.logged_in("viewer")).get(f"/audit?service=delivery&{filters}")

    [call] = services.called("GET", "audit")
    assert call.service == "delivery"
    assert call.params == {
        "actor": "ana",
        "action": "pause.created",
        "target": "pause:9",
        "since": "2026-11-28T00:00:00Z",
        "limit": "50",
    }
    form = page.html.one("form", class_="filter")
    assert form.fields == {
        "service": "delivery",
        "actor": "ana",
        "action": "pause.created",
        "target": "pause:9",
        "workspace_id": "",
        "since": "2026-11-28",
    }
    commands = [each.text for each in page.html.one("details", class_="commands").all("code")]
    assert commands[0] == (
        "leadstream audit delivery --actor ana --action pause.created --target pause:9"
        " --since 2026-11-28"
    )
    assert "$DELIVERY_URL/api/admin/audit?actor=ana" in commands[1]


async def test_a_service_that_is_away_is_a_box_and_the_others_rows_stay(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "GET", "audit", {"items": [change()], "next": None})
    browser = await console.logged_in()
    services.away.add("scheduler")

    page = await browser.get("/audit")

    assert page.status == 200
    assert len(page.html.main.one("table").rows) == 5
    assert "scheduler does not answer" in page.html.main.one(class_="away").text


async def test_an_empty_page_says_what_would_be_here(
    console: Console, services: FakeServices
) -> None:
    services.on("*", "GET", "audit", EMPTY)

    page = await (await console.logged_in()).get("/audit?actor=nobody")

    empty = page.html.main.one(class_="empty")
    assert "No change matches" in empty.text
    assert "leadstream audit --actor nobody" in empty.text


async def test_hostile_text_and_secrets_of_changes_are_text(
    console: Console, services: FakeServices
) -> None:
    hostile = change(
        actor="<script>alert(1)</script>",
        reason="mail kit@people.example <img src=x>",
        target='"onmouseover=alert(1)',
        after={"secret": "s3cr3t-value", "<b>": "<i>"},
    )
    services.on("delivery", "GET", "audit", {"items": [hostile], "next": None})

    page = await (await console.logged_in()).get("/audit")

    assert page.html.main.all("script") == page.html.main.all("img") == page.html.all("b") == []
    assert "kit@people" not in page.source
    assert "s3cr3t-value" not in page.source

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

"""What a service shows of a person, and that it is all that an erasure would find."""

from typing import Any

import httpx


async def show(
    http: httpx.AsyncClient, email: str, *, under: str = "", **more: Any
) -> list[dict[str, Any]]:
    """All pages' items."""
    items: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while True:
        answer = await http.post(f"{under}/people/show", json={"email": email, **more, **page})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        items += body["items"]
        if body["next"] is None:
            return items
        page = {"after": body["next"]}


async def remembered(http: httpx.AsyncClient, email: str, *, under: str = "") -> list[str]:
    answer = await http.post(f"{under}/people/show", json={"email": email})
    return [each["kind"] for each in answer.json()["remembered"]]


async def object_to(
    http: httpx.AsyncClient, email: str, *, under: str = "", **more: Any
) -> dict[str, Any]:
    asked = {"email": email, "reason": f"asked by {email}", **more}
    answer = await http.post(f"{under}/people/object", json=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["finished_at"]
    return body


async def lift(http: httpx.AsyncClient, email: str, *, under: str = "", **more: Any) -> bool:
    asked = {"email": email, "reason": f"asked by {email}", **more}
    answer = await http.post(f"{under}/people/lift", json=asked)
    assert answer.status_code == 200, answer.text
    lifted: bool = answer.json()["lifted"]
    return lifted


async def shows_all_that_would_be_erased(
    http: httpx.AsyncClient, email: str, *, under: str = ""
) -> set[str]:
    """The tables; of one that an erasure finds the person in, something is shown."""
    asked = {"email": email, "reason": "x", "dry_run": True}
    erased = (await http.post(f"{under}/erasures", json=asked)).json()
    found = {what.partition(".")[0] for what, rows in erased["removed"].items() if rows}
    shown = {item["store"] for item in await show(http, email, under=under)}
    assert found <= shown, f"not shown: {found - shown}"
    return found

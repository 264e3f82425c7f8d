"""`GET audit`, and the reasons that every change may have."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from integration.removal.service import ACME, GLOBEX, Served, by, serving


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    async with serving("delivery", database_url) as served:
        yield served


async def change(
    served: Served,
    workspace: UUID,
    email: str,
    *,
    reason: str | bytes | None = None,
    who: str = "root",
) -> httpx.Response:
    headers: dict[Any, Any] = {key.encode(): value.encode() for key, value in by(who).items()}
    if reason is not None:
        headers[b"x-reason"] = reason.encode() if isinstance(reason, str) else reason
    return await served.http.post(
        "recipients", json={"workspace_id": str(workspace), "email": email}, headers=headers
    )


async def listed(served: Served, who: str = "root", **filters: Any) -> list[Any]:
    answer = await served.http.get("audit", params=filters, headers=by(who))
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def test_changes_are_listed_newest_first_by_every_filter(served: Served) -> None:
    await change(served, ACME, "first@acme.example")
    await change(served, GLOBEX, "second@globex.example", who="operator")
    await served.http.post("pauses", json={"scope": "all", "reason": "r"})

    pause, second, first = await listed(served)

    assert [each["action"] for each in (pause, second, first)] == [
        "pause.created",
        "recipient.created",
        "recipient.created",
    ]
    assert first["after"]["email"] == "first@acme.example"
    assert await listed(served, actor="operator") == [second]
    assert await listed(served, action="pause.created") == [pause]
    assert await listed(served, target=first["target"]) == [first]
    assert await listed(served, workspace_id=str(GLOBEX)) == [second]
    assert await listed(served, since=second["at"]) == [pause, second]
    assert await listed(served, actor="nobody") == []


async def test_pages_show_every_change_once(served: Served) -> None:
    for n in range(7):
        await change(served, ACME, f"p{n}@acme.example")
    # As rows of one transaction are.
    await served.database.pool.execute("UPDATE audit_log SET at = '2026-01-01Z'")

    seen, cursor = [], None
    while True:
        params = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await served.http.get("audit", params=params)).json()
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break

    assert len(seen) == len(set(seen)) == 7


async def test_a_workspaces_token_sees_its_own_changes_only(served: Served) -> None:
    await change(served, ACME, "a@acme.example")
    await change(served, GLOBEX, "b@globex.example")
    await served.http.post("pauses", json={"scope": "all", "reason": "r"})
    await served.http.post("pauses", json={"scope": f"workspace:{ACME}", "reason": "unpaid"})

    own = await listed(served, who="acme-operator")
    foreign = await served.http.get(
        "audit", params={"workspace_id": str(GLOBEX)}, headers=by("acme-operator")
    )

    assert [each["action"] for each in own] == ["pause.created", "recipient.created"]
    assert {each["workspace_id"] for each in own} == {str(ACME)}
    assert foreign.status_code == 404


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", None),
        ("asked for in ticket 4711", "asked for in ticket 4711"),
        ("auf Wunsch von Müller, 10 €", "auf Wunsch von Müller, 10 €"),
        ("Müller".encode("latin-1"), "Müller"),
        ("r" * 500, "r" * 500),
        ("ü" * 500, "ü" * 500),
        ("ada@people.example asked", "[redacted] asked"),
        ("token whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "token [redacted]"),
    ],
)
async def test_any_change_takes_a_reason(
    served: Served, sent: str | bytes | None, kept: str | None
) -> None:
    answer = await change(served, ACME, "a@acme.example", reason=sent)

    assert answer.status_code == 201, answer.text
    assert [each["reason"] for each in await listed(served)] == [kept]


@pytest.mark.parametrize("sent", ["r" * 501, "ü" * 501, "a\tb", b"a\x7fb", "zero\u200bwidth"])
async def test_a_reason_that_makes_no_sense_is_refused_and_nothing_changes(
    served: Served, sent: str | bytes
) -> None:
    answer = await change(served, ACME, "a@acme.example", reason=sent)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "X-Reason")
    assert await listed(served) == []


async def test_a_reason_in_the_body_stands_before_the_headers(served: Served) -> None:
    body = {"scope": "all", "reason": "of the body"}
    headers = {"x-reason": "of the header"}
    pause = (await served.http.post("pauses", json=body, headers=headers)).json()
    await served.http.delete(f"pauses/{pause['id']}", headers=headers)

    assert [each["reason"] for each in await listed(served)] == ["of the header", "of the body"]


LOG_OUT = "/api/admin/sessions/{session_id}/end"


async def test_every_route_that_changes_something_takes_a_reason(served: Served) -> None:
    paths = (await served.http.get(served.http.base_url.join("/openapi.json"))).json()["paths"]

    without = [
        f"{method} {path}"
        for path, operations in paths.items()
        for method, operation in operations.items()
        # To log out changes nothing that anybody would ask about.
        if path.startswith("/api/admin") and method != "get" and path != LOG_OUT
        if "X-Reason" not in [each["name"] for each in operation.get("parameters", [])]
    ]

    assert without == []

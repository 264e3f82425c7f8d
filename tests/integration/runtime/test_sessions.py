"""`GET whoami` and `POST sessions/{id}/end`: what the console's sessions rest on."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from integration.api.frame import served as serving_app
from integration.removal.service import ACME, Served, by, serving
from leadstream.api import create_app
from leadstream.observability import Health
from leadstream.runtime.routers.sessions import sessions_router


@pytest.fixture
async def served(database_url: str) -> AsyncIterator[Served]:
    async with serving("scheduler", database_url) as served:
        yield served


@pytest.mark.parametrize(
    ("who", "role", "workspace"),
    [
        ("root", "admin", None),
        ("operator", "operator", None),
        ("viewer", "viewer", None),
        ("acme-operator", "operator", str(ACME)),
    ],
)
async def test_a_token_is_told_whose_it_is(
    served: Served, who: str, role: str, workspace: str | None
) -> None:
    answer = await served.http.get("whoami", headers=by(who))

    assert answer.json() == {
        "name": who,
        "role": role,
        "workspace_id": workspace,
        "local": False,
        "session_ended": False,
    }


async def test_nobody_is_told_nothing(served: Served) -> None:
    wrong = await served.http.get("whoami", headers={"authorization": "Bearer wrong"})
    session = await served.http.get("whoami", params={"session": "nonsense"})

    assert (wrong.status_code, session.status_code) == (401, 422)


@pytest.mark.parametrize("who", ["operator", "viewer", "acme-operator"])
async def test_whoever_has_a_session_may_end_it(served: Served, who: str) -> None:
    session, another = uuid4(), uuid4()

    ended = await served.http.post(f"sessions/{session}/end", json={}, headers=by(who))
    again = await served.http.post(f"sessions/{session}/end", json={}, headers=by(who))

    asked = [
        (await served.http.get("whoami", params={"session": str(each)}, headers=by(who))).json()
        for each in (session, another)
    ]
    assert (ended.status_code, again.status_code) == (200, 200)
    assert ended.json() == {"id": str(session)}
    assert [each["session_ended"] for each in asked] == [True, False]


async def test_a_viewer_may_change_nothing_else(served: Served) -> None:
    bodies = {
        "pauses": {"scope": "all", "reason": "r"},
        f"sessions/{uuid4()}/end/more": {},
        "sessions": {},
        f"sessions/{uuid4()}/../../pauses": {"scope": "all", "reason": "r"},
        "sessions/%2e%2e/pauses": {"scope": "all", "reason": "r"},
    }

    answers = {
        path: (await served.http.post(path, json=body, headers=by("viewer"))).status_code
        for path, body in bodies.items()
    }

    assert set(answers.values()) <= {403, 404, 405}
    assert answers["pauses"] == answers["sessions"] == 403
    assert (await served.http.get("pauses")).json()["items"] == []


async def test_an_id_that_is_none_is_refused(served: Served) -> None:
    answer = await served.http.post("sessions/nonsense/end", json={})

    assert answer.status_code == 422


async def test_ended_sessions_are_forgotten_when_none_can_last_so_long(served: Served) -> None:
    old, new = uuid4(), uuid4()
    await served.http.post(f"sessions/{old}/end", json={})
    await served.database.pool.execute("UPDATE ended_sessions SET until = now() - interval '1 s'")

    await served.http.post(f"sessions/{new}/end", json={})

    ids = await served.database.pool.fetch("SELECT id FROM ended_sessions")
    assert [each["id"] for each in ids] == [new]


async def test_without_tokens_whoever_is_at_the_machine_is_told_so(served: Served) -> None:
    """The console takes nobody who is elsewhere for them, whatever token they show."""
    router = sessions_router(served.database)
    app = create_app(service="scheduler", health=Health(), tokens=(), admin=[router])
    async with serving_app(app) as client:
        answers = [
            await client.get("/api/admin/whoami", headers=headers)
            for headers in ({}, {"authorization": "Bearer anything"})
        ]

    assert [each.json()["local"] for each in answers] == [True, True]
    assert answers[0].json()["role"] == "admin"

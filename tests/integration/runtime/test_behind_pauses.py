"""What waits behind a pause, and since when, over real HTTP."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from integration.api.frame import served
from leadstream.api import AdminToken, Role, create_app
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import Job, NewJob, Outcome, Priority
from leadstream.observability import Health
from leadstream.pauses import add_pause
from leadstream.postgres import Database
from leadstream.runtime.routers import shared_routers

ACME, GLOBEX = UUID(int=1), UUID(int=2)
NOW = datetime.now(UTC).replace(microsecond=0)
MAIL, SLACK = f"destination:{uuid4()}", f"destination:{uuid4()}"


async def _handle(job: Job) -> Outcome:
    raise AssertionError("nothing works here")


@pytest.fixture
async def api(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    kinds = [
        JobKind(name="deliver-email", handler=_handle, provider="resend"),
        JobKind(name="deliver-slack", handler=_handle),
    ]
    routers = shared_routers(database, lambda: None, kinds)
    tokens = [
        AdminToken(name=name, sha256=_digest(name), role=Role.OPERATOR, workspace=workspace)
        for name, workspace in (("operator", None), ("acme", ACME))
    ]
    app = create_app(service="scheduler", health=Health(), tokens=tokens, admin=routers)
    async with served(app) as client:
        client.base_url = client.base_url.join("/api/admin/")
        client.headers.update(by("operator"))
        yield client


def _digest(name: str) -> str:
    return hashlib.sha256(f"token-of-{name}".encode()).hexdigest()


def by(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token-of-{name}"}


async def wait(
    database: Database,
    lane: str,
    *minutes: int,
    kind: str = "deliver-email",
    workspace: UUID = ACME,
    state: str = "ready",
) -> None:
    """Jobs that could have run so many minutes ago, of each priority in turn."""
    jobs = [
        NewJob(
            id=uuid4(),
            kind=kind,
            priority=Priority(n % 3),
            lane=lane,
            payload={},
            workspace_id=workspace,
            run_at=NOW - timedelta(minutes=each),
        )
        for n, each in enumerate(minutes)
    ]
    async with database.transaction() as tx:
        add_jobs(tx, jobs)
        await tx.execute(
            "UPDATE jobs SET state = $1 WHERE id = ANY ($2)", state, [job.id for job in jobs]
        )


async def hold(database: Database, *scopes: str) -> None:
    async with database.transaction() as tx:
        for scope in scopes:
            await add_pause(tx, scope, reason="unpaid", actor="olivia")


async def waiting(api: httpx.AsyncClient) -> dict[str, tuple[Any, ...]]:
    """By scope: how many, since how many minutes, and whether there are more."""
    answer = await api.get("pauses")
    assert answer.status_code == 200, answer.text
    return {
        pause["scope"]: (pause["waiting"], _minutes(pause["oldest"]), pause["more"])
        for pause in answer.json()["items"]
    }


def _minutes(oldest: str | None) -> float | None:
    return (NOW - datetime.fromisoformat(oldest)).total_seconds() / 60 if oldest else None


async def test_every_pause_says_how_much_waits_behind_it_and_since_when(
    api: httpx.AsyncClient, database: Database
) -> None:
    await wait(database, MAIL, 5, 9, 7, 2)
    await wait(database, SLACK, 30, kind="deliver-slack", workspace=GLOBEX)
    # Nobody waits any more.
    await wait(database, MAIL, 600, 600, state="succeeded")
    await wait(database, MAIL, 600, state="running")
    elsewhere = f"destination:{uuid4()}"
    await hold(database, "all", "kind:deliver-slack", "kind:unheard-of", "provider:resend")
    await hold(database, MAIL, SLACK, elsewhere, f"workspace:{ACME}", f"workspace:{GLOBEX}")
    await hold(database, "topic:lead.enriched")

    assert await waiting(api) == {
        "all": (5, 30, False),
        "kind:deliver-slack": (1, 30, False),
        "kind:unheard-of": (0, None, False),
        "provider:resend": (4, 9, False),
        MAIL: (4, 9, False),
        SLACK: (1, 30, False),
        elsewhere: (0, None, False),
        f"workspace:{ACME}": (4, 9, False),
        f"workspace:{GLOBEX}": (1, 30, False),
        "topic:lead.enriched": (None, None, False),
    }


async def test_what_waits_is_counted_up_to_a_number_and_that_is_said(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.history.waiting.MOST_OF_LANE", 2)
    monkeypatch.setattr("leadstream.history.waiting.MOST_OF_KIND", 3)
    await wait(database, MAIL, 1, 2, 3, 4)
    await wait(database, SLACK, 1, 2, kind="deliver-slack")
    await hold(database, MAIL, SLACK, "kind:deliver-email", "kind:deliver-slack", "all")

    found = await waiting(api)

    assert found[MAIL] == (2, 4, True)
    assert found[SLACK] == (2, 2, False)
    assert found["kind:deliver-email"][::2] == (3, True)
    assert found["kind:deliver-slack"] == (2, 2, False)
    assert found["all"][::2] == (5, True)


async def test_b42_a_workspaces_token_hears_of_its_own_jobs_only(
    api: httpx.AsyncClient, database: Database
) -> None:
    await wait(database, MAIL, 5)
    await wait(database, SLACK, 30, workspace=GLOBEX)
    await hold(database, "all", f"workspace:{ACME}", f"workspace:{GLOBEX}")
    api.headers.update(by("acme"))

    assert await waiting(api) == {f"workspace:{ACME}": (1, 5, False)}

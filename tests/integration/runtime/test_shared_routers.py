"""The routes that every service has, over real HTTP through the frame."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from integration.api.frame import served
from leadstream.api import AdminToken, Role, create_app
from leadstream.history import SQL
from leadstream.ids import new_id
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import Failed, Job, JobState, NewJob, Outcome, Priority, Problem, Settled
from leadstream.observability import Health
from leadstream.outbox import OutboxEvent
from leadstream.pauses import PauseBoard, add_pause
from leadstream.postgres import Database, Tx
from leadstream.runtime.routers import shared_routers
from support.ledger import until, working

ACME, GLOBEX = UUID(int=1), UUID(int=2)
LEAD = UUID(int=77)
NOW = datetime.now(UTC)
TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.fixture
def recorded() -> list[Settled]:
    """What the recorder of `deliver-email` is told."""
    return []


@pytest.fixture
def kinds(recorded: list[Settled]) -> list[JobKind]:
    async def record(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        recorded.extend(settled)
        return [an_event(each.job.id) for each in settled]

    async def handle(job: Job) -> Outcome:
        raise AssertionError("nothing works here")

    return [JobKind(name="deliver-email", handler=handle, recorder=record, provider="resend")]


def an_event(job_id: UUID) -> OutboxEvent:
    return OutboxEvent(
        id=job_id, topic="lead.failed", key=b"k", payload=b"{}", type="t", aggregate_id="k"
    )


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
async def api(
    database: Database, woken: list[bool], kinds: list[JobKind]
) -> AsyncIterator[httpx.AsyncClient]:
    tokens = [
        _token("operator", Role.OPERATOR),
        _token("viewer", Role.VIEWER),
        _token("acme", Role.OPERATOR, ACME),
    ]
    routers = shared_routers(database, lambda: woken.append(True), kinds)
    app = create_app(service="scheduler", health=Health(), tokens=tokens, admin=routers)
    async with served(app) as client:
        client.base_url = client.base_url.join("/api/admin/")
        client.headers.update(by("operator"))
        yield client


def _token(name: str, role: Role, workspace: UUID | None = None) -> AdminToken:
    digest = hashlib.sha256(f"token-of-{name}".encode()).hexdigest()
    return AdminToken(name=name, sha256=digest, role=role, workspace=workspace)


def by(name: str) -> dict[str, str]:
    return {"authorization": f"Bearer token-of-{name}"}


async def jobs(
    database: Database,
    *states: str,
    kind: str = "deliver-email",
    workspace: UUID | None = ACME,
    lead: UUID | None = None,
) -> list[UUID]:
    """Jobs in the given states, each a second younger than the one before, and younger than those there were."""
    new = [
        NewJob(
            id=uuid4(),
            kind=kind,
            priority=Priority.WARM,
            lane=f"workspace:{workspace}",
            payload={"number": n},
            workspace_id=workspace,
            lead_id=lead,
            traceparent=TRACEPARENT,
        )
        for n in range(len(states))
    ]
    async with database.transaction() as tx:
        already = await tx.fetchval("SELECT count(*) FROM jobs")
        add_jobs(tx, new)
        for n, (job, state) in enumerate(zip(new, states, strict=True)):
            created_at = NOW - timedelta(hours=1) + timedelta(seconds=already + n)
            await tx.execute(
                "UPDATE jobs SET state = $2, created_at = $3 WHERE id = $1",
                job.id,
                state,
                created_at,
            )
    return [job.id for job in new]


def found(answer: httpx.Response) -> list[UUID]:
    assert answer.status_code == 200, answer.text
    return [UUID(item["id"]) for item in answer.json()["items"]]


async def states_of(database: Database, ids: Sequence[UUID]) -> list[str]:
    rows = await database.pool.fetch("SELECT id, state FROM jobs")
    by_id = {row["id"]: row["state"] for row in rows}
    return [by_id[each] for each in ids]


async def audit(database: Database) -> list[Any]:
    return list(await database.pool.fetch("SELECT * FROM audit_log ORDER BY at, id"))


async def test_jobs_are_listed_newest_first_by_every_filter(
    api: httpx.AsyncClient, database: Database
) -> None:
    old, failed = await jobs(database, "succeeded", "failed")
    [theirs] = await jobs(database, "failed", kind="deliver-slack", workspace=GLOBEX)
    [of_lead] = await jobs(database, "ready", lead=LEAD)
    since = (NOW - timedelta(hours=1) + timedelta(seconds=2)).isoformat()

    async def listed(**filters: Any) -> list[UUID]:
        return found(await api.get("jobs", params=filters))

    assert await listed() == [of_lead, theirs, failed, old]
    assert await listed(state="failed") == [theirs, failed]
    assert await listed(kind="deliver-slack") == [theirs]
    assert await listed(workspace_id=str(ACME), state="failed") == [failed]
    assert await listed(lead_id=str(LEAD)) == [of_lead]
    assert await listed(since=since) == [of_lead, theirs]
    assert await listed(kind="unheard-of") == []


async def test_all_that_was_tried_for_a_lead_is_one_answer(
    api: httpx.AsyncClient, database: Database
) -> None:
    old, waiting = await jobs(database, "succeeded", "ready", lead=LEAD)
    [other] = await jobs(database, "failed")
    for job, number in ((old, 1), (old, 2), (other, 1)):
        await database.pool.execute(
            "INSERT INTO job_attempts (job_id, number, outcome, error_class, status_code, started_at, finished_at)"
            " VALUES ($1, $2, 'retry', 'no_answer', 503, $3, $3)",
            job,
            number,
            NOW,
        )
    for job, payload in ((old, {"revision": 1}), (waiting, {"lead": {"revision": 2}})):
        await database.pool.execute("UPDATE jobs SET payload = $2 WHERE id = $1", job, payload)

    answer = await api.get("jobs/attempts", params={"lead_id": str(LEAD)})

    second, first = answer.json()["items"]
    assert [UUID(second["id"]), UUID(first["id"])] == [waiting, old]
    assert [second["revision"], first["revision"]] == [2, 1]
    assert [each["number"] for each in first["attempts_made"]] == [1, 2]
    assert first["attempts_made"][0]["error_class"] == "no_answer"
    assert first["trace_id"] == "a" * 32
    assert (first["holds"], second["holds"], second["attempts_made"]) == ([], [], [])


async def test_what_was_tried_is_paged_and_stays_within_the_workspace(
    api: httpx.AsyncClient, database: Database
) -> None:
    one, two, three = await jobs(database, "ready", "failed", "ready", lead=LEAD)
    await jobs(database, "ready", workspace=GLOBEX, lead=UUID(int=78))
    asked = {"lead_id": str(LEAD), "limit": "2"}

    first = await api.get("jobs/attempts", params=asked)
    second = await api.get("jobs/attempts", params={**asked, "cursor": first.json()["next"]})
    theirs = await api.get(
        "jobs/attempts", params={"lead_id": str(UUID(int=78))}, headers=by("acme")
    )
    nothing = await api.get("jobs/attempts")

    assert (found(first), found(second)) == ([three, two], [one])
    assert second.json()["next"] is None
    assert found(theirs) == []
    assert nothing.status_code == 422


@pytest.mark.parametrize(
    ("scope", "holds"),
    [
        ("all", True),
        ("kind:deliver-email", True),
        (f"workspace:{ACME}", True),
        ("provider:resend", True),
        (f"workspace:{GLOBEX}", False),
        ("provider:clay", False),
        ("kind:deliver-slack", False),
    ],
)
async def test_a_job_that_waits_names_the_pauses_that_hold_it(
    api: httpx.AsyncClient, database: Database, scope: str, holds: bool
) -> None:
    await jobs(database, "ready", "failed", lead=LEAD)
    until = NOW + timedelta(hours=1)
    async with database.transaction() as tx:
        await add_pause(tx, scope, actor="tests", reason="maintenance", until=until)

    answer = await api.get("jobs/attempts", params={"lead_id": str(LEAD)})

    failed, waiting = answer.json()["items"]
    named = [(each["scope"], each["reason"]) for each in waiting["holds"]]
    assert named == ([(scope, "maintenance")] if holds else [])
    assert all(datetime.fromisoformat(each["until"]) == until for each in waiting["holds"])
    assert failed["holds"] == []


async def test_what_was_tried_for_a_lead_is_found_by_an_index(database: Database) -> None:
    await jobs(database, *["succeeded"] * 300, lead=UUID(int=78))
    await jobs(database, "succeeded", lead=LEAD)
    await database.pool.execute("ANALYZE jobs")

    async with database.looking() as tx:
        args: tuple[Any, ...] = (LEAD, None, 51, None, None, [], [])
        plan = await tx.fetch(f"EXPLAIN {SQL.lead_jobs}", *args)

    assert "jobs_lead" in "".join(row[0] for row in plan)


async def test_pages_show_every_job_once_while_new_ones_come(
    api: httpx.AsyncClient, database: Database
) -> None:
    there = await jobs(database, *["ready"] * 7)
    await database.pool.execute("UPDATE jobs SET created_at = $1", NOW)

    seen, params = [], {"limit": "3"}
    while True:
        answer = await api.get("jobs", params=params)
        seen += found(answer)
        await database.pool.execute(
            "INSERT INTO jobs (id, kind, priority, lane, payload, created_at)"
            " VALUES ($1, 'later', 0, 'l', '{}', $2)",
            new_id(),
            NOW + timedelta(hours=1),
        )
        if answer.json()["next"] is None:
            break
        params = {"limit": "3", "cursor": answer.json()["next"]}

    assert sorted(seen) == sorted(there)
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=broken", "state"),
        ("workspace_id=x", "workspace_id"),
        ("since=2026-01-01T00:00:00", "since"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
    ],
)
async def test_filters_that_make_no_sense_are_422(
    api: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await api.get(f"jobs?{query}")

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


async def test_a_job_shows_its_payload_its_attempts_and_its_trace(
    api: httpx.AsyncClient, database: Database
) -> None:
    problem = Problem(
        error_class="rejected", message="refused", status_code=422, excerpt='{"message": "no"}'
    )

    async def fail(job: Job) -> Outcome:
        return Failed(problem=problem)

    [job_id] = await jobs(database, "ready")
    async with working(database, JobKind(name="deliver-email", handler=fail)):
        await until(lambda: _is(database, job_id, "failed"))

    job = (await api.get(f"jobs/{job_id}")).json()

    assert (job["id"], job["state"], job["payload"]) == (str(job_id), "failed", {"number": 0})
    assert (job["attempts"], job["last_error"], job["trace_id"]) == (1, "refused", "a" * 32)
    [attempt] = job["attempts_made"]
    assert (attempt["number"], attempt["outcome"]) == (1, "failed")
    assert (attempt["error_class"], attempt["status_code"]) == ("rejected", 422)
    assert attempt["excerpt"] == '{"message": "no"}'
    assert attempt["started_at"] <= attempt["finished_at"]


@pytest.mark.parametrize(
    "scope", ["all", "kind:deliver-email", f"workspace:{ACME}", "provider:resend"]
)
async def test_a_job_that_a_pause_holds_says_why(
    api: httpx.AsyncClient, database: Database, scope: str
) -> None:
    [job_id] = await jobs(database, "ready")
    [other] = await jobs(database, "ready", kind="deliver-slack", workspace=GLOBEX)
    async with database.transaction() as tx:
        await add_pause(tx, scope, reason="unpaid", actor="olivia")

    listed = {job["id"]: job["held_by"] for job in (await api.get("jobs")).json()["items"]}

    assert listed[str(job_id)] == ["unpaid"]
    assert listed[str(other)] == (["unpaid"] if scope == "all" else None)
    for each, held_by in listed.items():
        assert (await api.get(f"jobs/{each}")).json()["held_by"] == held_by


async def test_what_does_not_wait_is_held_by_nothing(
    api: httpx.AsyncClient, database: Database
) -> None:
    [job_id] = await jobs(database, "failed")
    async with database.transaction() as tx:
        await add_pause(tx, "all", reason="unpaid", actor="olivia")

    assert (await api.get(f"jobs/{job_id}")).json()["held_by"] is None


@pytest.mark.parametrize("by_header", [False, True])
async def test_whoever_sees_a_payload_says_why_and_the_audit_keeps_it(
    api: httpx.AsyncClient, database: Database, *, by_header: bool
) -> None:
    [job_id] = await jobs(database, "failed")
    why = "Kim asked what we sent"
    body, headers = ({}, {"x-reason": why}) if by_header else ({"reason": why}, {})

    answer = await api.post(f"jobs/{job_id}/show", json=body, headers=headers)

    assert answer.status_code == 200
    assert answer.json() == (await api.get(f"jobs/{job_id}")).json()
    [entry] = await audit(database)
    assert (entry["actor"], entry["action"]) == ("operator", "job.payload_shown")
    assert (entry["target"], entry["workspace_id"]) == (f"job:{job_id}", ACME)
    assert (entry["reason"], entry["before"], entry["after"]) == (why, None, None)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}])
async def test_nobody_is_shown_a_payload_without_saying_why(
    api: httpx.AsyncClient, database: Database, body: dict[str, str]
) -> None:
    [job_id] = await jobs(database, "failed")

    answer = await api.post(f"jobs/{job_id}/show", json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "reason")
    assert await audit(database) == []


@pytest.mark.parametrize("state", ["failed", "cancelled"])
async def test_a_retried_job_starts_afresh(
    api: httpx.AsyncClient, database: Database, woken: list[bool], state: str
) -> None:
    [job_id] = await jobs(database, state)
    await database.pool.execute("UPDATE jobs SET attempts = 3, finished_at = now()")

    answer = await api.post(f"jobs/{job_id}/retry")

    assert (answer.status_code, answer.json()) == (202, {"job_id": str(job_id), "state": "ready"})
    row = await database.pool.fetchrow("SELECT * FROM jobs")
    assert row is not None
    assert (row["state"], row["attempts"], row["finished_at"]) == ("ready", 0, None)
    assert woken == [True]
    [entry] = await audit(database)
    assert (entry["actor"], entry["action"]) == ("operator", "job.retried")
    assert (entry["target"], entry["workspace_id"]) == (f"job:{job_id}", ACME)
    assert (entry["before"], entry["after"]) == ({"state": state}, {"state": "ready"})


async def test_only_waiting_jobs_are_cancelled(api: httpx.AsyncClient, database: Database) -> None:
    ready, running, done = await jobs(database, "ready", "running", "succeeded")

    answers = [await api.post(f"jobs/{each}/cancel") for each in (ready, running, done)]

    assert [answer.status_code for answer in answers] == [200, 409, 409]
    assert "running" in answers[1].json()["error"]["message"]
    assert await states_of(database, [ready, running, done]) == [
        "cancelled",
        "running",
        "succeeded",
    ]
    assert [entry["action"] for entry in await audit(database)] == ["job.cancelled"]


async def test_cancelling_a_job_tells_its_service_in_the_same_transaction(
    api: httpx.AsyncClient, database: Database, recorded: list[Settled], woken: list[bool]
) -> None:
    [job_id] = await jobs(database, "ready", lead=LEAD)
    [nobodys] = await jobs(database, "ready", kind="deliver-slack")
    [running] = await jobs(database, "running")

    answers = [await api.post(f"jobs/{each}/cancel") for each in (job_id, nobodys, running)]

    assert [answer.status_code for answer in answers] == [200, 200, 409]
    (settled,) = recorded
    assert (settled.job.id, settled.job.lead_id) == (job_id, LEAD)
    assert settled.state is JobState.CANCELLED
    assert settled.problem is not None
    assert (settled.problem.error_class, settled.attempts) == ("cancelled", settled.job.attempts)
    outbox = await database.pool.fetch("SELECT id FROM outbox")
    assert [row["id"] for row in outbox] == [job_id]
    assert woken == [True, True]


async def test_a_job_is_not_cancelled_if_its_service_cannot_write_that_down(
    api: httpx.AsyncClient, database: Database
) -> None:
    [job_id] = await jobs(database, "ready")
    await database.pool.execute("ALTER TABLE outbox RENAME TO gone")

    answer = await api.post(f"jobs/{job_id}/cancel")

    assert answer.status_code == 500
    assert await states_of(database, [job_id]) == ["ready"]


@pytest.mark.parametrize("state", ["ready", "running", "succeeded"])
async def test_a_job_that_has_not_failed_is_not_retried(
    api: httpx.AsyncClient, database: Database, state: str
) -> None:
    [job_id] = await jobs(database, state)

    answer = await api.post(f"jobs/{job_id}/retry")

    assert (answer.status_code, await states_of(database, [job_id])) == (409, [state])


async def test_i14_many_jobs_are_retried_by_a_filter_and_a_dry_run_only_tells(
    api: httpx.AsyncClient, database: Database
) -> None:
    mails = await jobs(database, "failed", "failed", "succeeded", "cancelled")
    slacks = await jobs(database, "failed", kind="deliver-slack", workspace=GLOBEX)

    dry = await api.post("jobs/retry", json={"state": "failed", "dry_run": True})
    before = await states_of(database, mails + slacks)
    real = await api.post("jobs/retry", json={"state": "failed", "kind": "deliver-email"})
    again = await api.post("jobs/retry", json={"state": "failed", "kind": "deliver-email"})

    expected = {"total": 3, "kinds": {"deliver-email": 2, "deliver-slack": 1}}
    assert (dry.status_code, dry.json()) == (202, {"dry_run": True} | expected)
    assert before == ["failed", "failed", "succeeded", "cancelled", "failed"]
    assert real.json() == {"dry_run": False, "total": 2, "kinds": {"deliver-email": 2}}
    assert again.json()["total"] == 0
    assert await states_of(database, mails + slacks) == [
        "ready",
        "ready",
        "succeeded",
        "cancelled",
        "failed",
    ]
    [entry] = await audit(database)
    assert entry["after"]["jobs"] == {"deliver-email": 2}


async def test_thousands_of_jobs_run_again_in_batches_and_each_batch_is_in_the_audit(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.history.rerun.BATCH", 3)
    failed = await jobs(database, *["failed"] * 8)
    # As many that were made at one instant: a batch ends among them.
    await database.pool.execute("UPDATE jobs SET created_at = $1", NOW)
    [cancelled] = await jobs(database, "cancelled")

    answer = await api.post("jobs/retry", json={})

    assert answer.json()["total"] == 8
    assert await states_of(database, failed) == ["ready"] * 8
    assert await states_of(database, [cancelled]) == ["cancelled"], "only who asks for it gets it"
    entries = await audit(database)
    assert [entry["after"]["jobs"]["deliver-email"] for entry in entries] == [3, 3, 2]


async def test_a_job_that_somebody_holds_holds_up_no_other(
    api: httpx.AsyncClient, database: Database
) -> None:
    held, free = await jobs(database, "failed", "failed")
    async with database.transaction() as tx:
        await tx.fetch("SELECT FROM jobs WHERE id = $1 FOR UPDATE", held)

        answer = await api.post("jobs/retry", json={"state": "failed"})

    assert answer.json()["total"] == 1
    assert await states_of(database, [held, free]) == ["failed", "ready"]


async def test_b42_a_workspaces_token_sees_and_touches_its_own_jobs_only(
    api: httpx.AsyncClient, database: Database
) -> None:
    [own] = await jobs(database, "failed")
    [theirs] = await jobs(database, "failed", workspace=GLOBEX)
    [nobodys] = await jobs(database, "failed", workspace=None)
    api.headers.update(by("acme"))

    assert found(await api.get("jobs")) == [own]
    assert (await api.get("jobs", params={"workspace_id": str(GLOBEX)})).status_code == 404
    for other in (theirs, nobodys, uuid4()):
        assert (await api.get(f"jobs/{other}")).status_code == 404
        assert (await api.post(f"jobs/{other}/retry")).status_code == 404
        assert (await api.post(f"jobs/{other}/cancel")).status_code == 404
        shown = await api.post(f"jobs/{other}/show", json={"reason": "curious"})
        assert shown.status_code == 404
    many = await api.post("jobs/retry", json={"workspace_id": str(GLOBEX)})
    assert many.status_code == 404
    assert (await api.post("jobs/retry", json={})).json()["total"] == 1
    assert await states_of(database, [own, theirs, nobodys]) == ["ready", "failed", "failed"]


async def test_who_may_change_what(api: httpx.AsyncClient, database: Database) -> None:
    [job_id] = await jobs(database, "failed")
    calls = [
        ("POST", f"jobs/{job_id}/retry", None),
        ("POST", f"jobs/{job_id}/cancel", None),
        ("POST", f"jobs/{job_id}/show", {"reason": "r"}),
        ("POST", "jobs/retry", {}),
        ("POST", "pauses", {"scope": "all", "reason": "r"}),
        ("DELETE", f"pauses/{uuid4()}", None),
    ]

    for headers, expected in ((by("nobody"), 401), (by("viewer"), 403)):
        for method, path, body in calls:
            answer = await api.request(method, path, json=body, headers=headers)
            assert (answer.status_code, path) == (expected, path)
    assert await states_of(database, [job_id]) == ["failed"]
    assert await audit(database) == []


async def test_a_pause_is_made_listed_obeyed_and_deleted(
    api: httpx.AsyncClient, database: Database, woken: list[bool]
) -> None:
    board = PauseBoard(database)
    until_ = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    made = await api.post(
        "pauses", json={"scope": "kind:deliver-email", "reason": "quarter end", "until": until_}
    )
    pause = made.json()
    await board.refresh()
    assert (made.status_code, pause["actor"], pause["detail"]) == (201, "operator", None)
    listed = pause | {"waiting": 0, "oldest": None, "more": False}
    assert (await api.get("pauses")).json() == {"items": [listed], "next": None}
    assert board.held(["kind:deliver-email"])

    deleted = await api.delete(f"pauses/{pause['id']}")
    again = await api.delete(f"pauses/{pause['id']}")
    await board.refresh()
    assert (deleted.status_code, deleted.json(), again.status_code) == (200, pause, 404)
    assert not board.held(["kind:deliver-email"])
    assert woken == [True]
    created, removed = await audit(database)
    assert (created["action"], created["reason"]) == ("pause.created", "quarter end")
    assert (removed["action"], removed["target"]) == ("pause.deleted", f"pause:{pause['id']}")
    assert removed["before"]["scope"] == "kind:deliver-email"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "r"}, "scope"),
        ({"scope": "everything", "reason": "r"}, "scope"),
        ({"scope": "workspace:acme", "reason": "r"}, "scope"),
        ({"scope": "all\n", "reason": "r"}, "scope"),
        ({"scope": "all", "reason": ""}, "reason"),
        ({"scope": "all", "reason": "r", "until": "2020-01-01T00:00:00Z"}, "until"),
        ({"scope": "all", "reason": "r", "until": "tomorrow"}, "until"),
    ],
)
async def test_a_pause_that_makes_no_sense_is_422(
    api: httpx.AsyncClient, database: Database, body: dict[str, str], field: str
) -> None:
    answer = await api.post("pauses", json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    assert await audit(database) == []


async def test_b42_a_workspaces_token_pauses_its_own_workspace_only(
    api: httpx.AsyncClient, database: Database
) -> None:
    foreign = await api.post("pauses", json={"scope": f"workspace:{GLOBEX}", "reason": "r"})
    general = await api.post("pauses", json={"scope": "all", "reason": "r"})
    api.headers.update(by("acme"))

    own = await api.post("pauses", json={"scope": f"workspace:{ACME}", "reason": "r"})

    assert own.status_code == 201
    assert found(await api.get("pauses")) == [UUID(own.json()["id"])]
    for pause in (foreign, general):
        assert (await api.delete(f"pauses/{pause.json()['id']}")).status_code == 404
    for scope in ("all", f"workspace:{GLOBEX}", "provider:clay", f"connection:{uuid4()}"):
        answer = await api.post("pauses", json={"scope": scope, "reason": "r"})
        assert (answer.status_code, scope) == (403, scope)
    assert (await api.delete(f"pauses/{own.json()['id']}")).status_code == 200


async def _is(database: Database, job_id: UUID, state: str) -> bool:
    return await states_of(database, [job_id]) == [state]

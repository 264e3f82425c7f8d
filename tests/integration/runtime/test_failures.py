"""Failed jobs by the way they failed, over real HTTP: seen, counted, run again and put aside."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from integration.api.frame import served
from leadstream.api import AdminToken, Role, create_app
from leadstream.jobs.failures import failure_key
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import NewJob, Priority
from leadstream.observability import Health
from leadstream.postgres import Database
from leadstream.runtime.routers import shared_routers

ACME, GLOBEX = UUID(int=1), UUID(int=2)
NOW = datetime.now(UTC)
REFUSED, AWAY = "row 7 of ada@acme.example is refused", "crm.example.com is away"


@pytest.fixture
def woken() -> list[bool]:
    return []


@pytest.fixture
async def api(database: Database, woken: list[bool]) -> AsyncIterator[httpx.AsyncClient]:
    tokens = [
        _token("operator", Role.OPERATOR),
        _token("viewer", Role.VIEWER),
        _token("acme", Role.OPERATOR, ACME),
    ]
    routers = shared_routers(database, lambda: woken.append(True), [])
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A job that there is, and how it ended."""

    state: str = "failed"
    kind: str = "deliver-email"
    workspace: UUID = ACME
    lead: UUID | None = None
    error_class: str | None = "rejected"
    status: int | None = 422
    message: str = REFUSED
    # When it ended, ago.
    hours: float = 1

    @property
    def key(self) -> UUID:
        return failure_key(self.kind, self.error_class, self.status, self.message)


async def put(database: Database, *rows: Row) -> list[UUID]:
    ids = [uuid4() for _ in rows]
    async with database.transaction() as tx:
        for job_id, row in zip(ids, rows, strict=True):
            new = NewJob(
                id=job_id,
                kind=row.kind,
                priority=Priority.WARM,
                lane=f"workspace:{row.workspace}",
                payload={},
                workspace_id=row.workspace,
                lead_id=row.lead,
            )
            add_jobs(tx, [new])
            failed, ended = row.state == "failed", row.state not in ("ready", "running")
            await tx.execute(
                "UPDATE jobs SET state = $2, error_class = $3, status_code = $4, last_error = $5, failure = $6,"
                " finished_at = $7, attempts = 3 WHERE id = $1",
                job_id,
                row.state,
                row.error_class if failed else None,
                row.status if failed else None,
                row.message if failed else None,
                row.key if failed else None,
                NOW - timedelta(hours=row.hours) if ended else None,
            )
    return ids


async def states(database: Database, *ids: UUID) -> list[str]:
    rows = await database.pool.fetch("SELECT id, state FROM jobs")
    by_id = {row["id"]: row["state"] for row in rows}
    return [by_id[each] for each in ids]


async def failures(api: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await api.get("failures", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def audit(database: Database) -> list[Any]:
    return list(await database.pool.fetch("SELECT * FROM audit_log ORDER BY at, id"))


async def summary(api: httpx.AsyncClient, **filters: Any) -> dict[tuple[str, str, str | None], int]:
    answer = await api.get("jobs/summary", params=filters)
    assert answer.status_code == 200, answer.text
    counts = answer.json()["counts"]
    found = {(c["state"], c["kind"], c["error_class"]): c["count"] for c in counts}
    assert len(found) == len(counts)
    return found


async def test_jobs_are_summed_up_by_state_kind_and_error_class(
    api: httpx.AsyncClient, database: Database
) -> None:
    await put(
        database,
        Row(state="ready"),
        Row(state="ready", kind="deliver-slack"),
        Row(state="running"),
        Row(),
        Row(status=409),
        Row(error_class="outage", status=None, hours=700),
        Row(workspace=GLOBEX),
        Row(state="succeeded"),
        Row(state="succeeded", hours=25),
        Row(state="cancelled"),
    )

    acmes = {
        ("ready", "deliver-email", None): 1,
        ("ready", "deliver-slack", None): 1,
        ("running", "deliver-email", None): 1,
        ("failed", "deliver-email", "rejected"): 2,
        ("failed", "deliver-email", "outage"): 1,
        ("succeeded", "deliver-email", None): 1,
        ("cancelled", "deliver-email", None): 1,
    }
    assert await summary(api, workspace_id=str(ACME)) == acmes
    assert await summary(api) == acmes | {("failed", "deliver-email", "rejected"): 3}
    answer = (await api.get("jobs/summary")).json()
    assert answer["more"] == []
    assert NOW - timedelta(hours=24) <= datetime.fromisoformat(answer["finished_since"]) < NOW
    api.headers.update(by("acme"))
    assert await summary(api) == acmes


async def test_a_summary_reads_so_many_jobs_and_says_where_there_may_be_more(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.history.summary.MOST", 3)
    await put(database, *[Row()] * 4, *[Row(state="ready")] * 5, Row(state="running"))
    await put(database, *[Row(state="succeeded", hours=hours) for hours in (0.1, 0.2, 0.3, 0.4)])

    answer = (await api.get("jobs/summary")).json()

    assert {c["state"]: c["count"] for c in answer["counts"]} == {
        "failed": 3,
        "ready": 3,
        "running": 1,
        "succeeded": 3,
    }
    assert answer["more"] == ["ready", "failed"]
    assert datetime.fromisoformat(answer["finished_since"]) == NOW - timedelta(hours=0.3)


async def test_a_group_says_what_failed_when_how_often_and_whom_it_touches(
    api: httpx.AsyncClient, database: Database
) -> None:
    lead = uuid4()
    ids = await put(
        database,
        Row(lead=lead, hours=3),
        Row(lead=lead, hours=1, message="row 8 of bob@acme.example is refused"),
        Row(lead=uuid4(), hours=2, workspace=GLOBEX),
        Row(state="succeeded"),
    )

    [group] = await failures(api)

    assert group == {
        "key": str(Row().key),
        "kind": "deliver-email",
        "error_class": "rejected",
        "status_code": 422,
        "message": "row <n> of <address> is refused",
        "count": 3,
        "leads": 2,
        "workspaces": 2,
        "more": False,
        "first": _written(NOW - timedelta(hours=3)),
        "last": _written(NOW - timedelta(hours=1)),
        "sample": str(ids[1]),
    }


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def test_groups_come_newest_first_by_every_filter(
    api: httpx.AsyncClient, database: Database
) -> None:
    old, away = Row(hours=30), Row(message=AWAY, status=None, error_class="not_sent", hours=2)
    slack, theirs = Row(kind="deliver-slack", hours=3), Row(workspace=GLOBEX, hours=1)
    await put(database, old, away, slack, theirs, Row(message=AWAY, state="succeeded"))

    async def found(**filters: Any) -> list[tuple[str, int]]:
        return [(g["key"], g["count"]) for g in await failures(api, **filters)]

    refused = str(old.key)
    assert await found() == [(refused, 2), (str(away.key), 1), (str(slack.key), 1)]
    assert await found(kind="deliver-slack") == [(str(slack.key), 1)]
    assert await found(workspace_id=str(GLOBEX)) == [(refused, 1)]
    assert await found(since=(NOW - timedelta(hours=2.5)).isoformat()) == [
        (refused, 1),
        (str(away.key), 1),
    ]
    assert await found(workspace_id=str(uuid4())) == []
    api.headers.update(by("acme"))
    assert await found() == [(str(away.key), 1), (str(slack.key), 1), (refused, 1)]


async def test_pages_show_every_group_once(api: httpx.AsyncClient, database: Database) -> None:
    rows = [Row(error_class=f"class-{n}", hours=1 + n // 2) for n in range(7)]
    await put(database, *rows)

    seen: list[str] = []
    params = {"limit": "2"}
    while True:
        page = (await api.get("failures", params=params)).json()
        seen += [group["error_class"] for group in page["items"]]
        if page["next"] is None:
            break
        params = {"limit": "2", "cursor": page["next"]}

    assert sorted(seen) == sorted(str(row.error_class) for row in rows)


async def test_a_large_group_is_counted_up_to_a_number_and_says_so(
    api: httpx.AsyncClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadstream.runtime.routers.failures.MOST_COUNTED", 3)
    await put(database, *[Row(hours=hours) for hours in (1, 2, 3, 4)])

    [group] = await failures(api)

    assert (group["count"], group["more"]) == (3, True)
    assert group["first"] == _written(NOW - timedelta(hours=4))


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("failures?since=yesterday", "since"),
        ("failures?workspace_id=x", "workspace_id"),
        ("failures?cursor=x", "cursor"),
        ("jobs/summary?workspace_id=x", "workspace_id"),
    ],
)
async def test_filters_that_make_no_sense_are_422(
    api: httpx.AsyncClient, path: str, field: str
) -> None:
    answer = await api.get(path)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


async def test_a_group_is_run_again_and_a_dry_run_only_tells(
    api: httpx.AsyncClient, database: Database, woken: list[bool]
) -> None:
    ids = await put(database, Row(), Row(message="row 8 of b@c.example is refused"))
    others = await put(database, Row(message=AWAY), Row(kind="deliver-slack"), Row(state="ready"))
    body = {"group": str(Row().key), "reason": "they mended it"}

    dry = await api.post("jobs/retry", json=body | {"dry_run": True})
    before = await states(database, *ids)
    real = await api.post("jobs/retry", json=body)
    again = await api.post("jobs/retry", json=body)

    assert (dry.status_code, dry.json()) == (
        202,
        {"dry_run": True, "total": 2, "kinds": {"deliver-email": 2}},
    )
    assert before == ["failed", "failed"]
    assert real.json() == {"dry_run": False, "total": 2, "kinds": {"deliver-email": 2}}
    assert again.json()["total"] == 0
    assert await states(database, *ids) == ["ready", "ready"]
    assert await states(database, *others) == ["failed", "failed", "ready"]
    row = await database.pool.fetchrow(
        "SELECT attempts, finished_at FROM jobs WHERE id = $1", ids[0]
    )
    assert row is not None
    assert tuple(row) == (0, None)
    assert woken
    [entry] = await audit(database)
    assert (entry["action"], entry["reason"]) == ("jobs.retried", "they mended it")
    assert entry["after"] == {"group": str(Row().key), "jobs": {"deliver-email": 2}}


async def test_a_group_is_put_aside_and_a_dry_run_only_tells(
    api: httpx.AsyncClient, database: Database
) -> None:
    ids = await put(database, Row(), Row())
    others = await put(database, Row(message=AWAY), Row(state="ready"), Row(state="running"))
    body = {"group": str(Row().key), "reason": "they are gone"}

    dry = await api.post("jobs/cancel", json=body | {"dry_run": True})
    before = await states(database, *ids)
    real = await api.post("jobs/cancel", json=body)
    again = await api.post("jobs/cancel", json=body)
    retried = await api.post("jobs/retry", json={})

    assert (dry.status_code, dry.json()) == (
        200,
        {"dry_run": True, "total": 2, "kinds": {"deliver-email": 2}},
    )
    assert before == ["failed", "failed"]
    assert (real.json()["total"], again.json()["total"]) == (2, 0)
    assert retried.json()["total"] == 1, "what is put aside is not run again by the way"
    assert await states(database, *ids) == ["cancelled", "cancelled"]
    assert await states(database, *others) == ["ready", "ready", "running"]
    entry, _ = await audit(database)
    assert (entry["action"], entry["reason"]) == ("jobs.cancelled", "they are gone")
    assert entry["after"]["jobs"] == {"deliver-email": 2}


@pytest.mark.parametrize(("path", "state"), [("jobs/retry", "ready"), ("jobs/cancel", "cancelled")])
async def test_a_group_changes_in_batches_and_each_is_in_the_audit(
    api: httpx.AsyncClient,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    state: str,
) -> None:
    monkeypatch.setattr("leadstream.history.groups.BATCH", 3)
    # Most of them at one instant: batches end among them.
    ids = await put(database, *[Row()] * 7, Row(hours=2))
    # As if it had failed again since: not seen by whoever began before.
    [later] = await put(database, Row(hours=-1))

    answer = await api.post(path, json={"group": str(Row().key)})

    assert answer.json()["total"] == 8
    assert await states(database, *ids) == [state] * 8
    assert await states(database, later) == ["failed"]
    entries = await audit(database)
    assert [entry["after"]["jobs"]["deliver-email"] for entry in entries] == [3, 3, 2]


@pytest.mark.parametrize("path", ["jobs/retry", "jobs/cancel"])
async def test_every_filter_that_is_given_with_a_group_must_match(
    api: httpx.AsyncClient, database: Database, path: str
) -> None:
    lead = uuid4()
    await put(database, Row(lead=lead), Row(workspace=GLOBEX), Row(hours=48))

    async def total(**filters: Any) -> int:
        body = {"group": str(Row().key), "dry_run": True} | filters
        answer = (await api.post(path, json=body)).json()
        found: int = answer["total"]
        return found

    assert await total() == 3
    assert await total(kind="deliver-slack") == 0
    assert await total(workspace_id=str(GLOBEX)) == 1
    assert await total(lead_id=str(lead)) == 1
    assert await total(since=(NOW - timedelta(hours=2)).isoformat()) == 2
    assert await total(group=str(uuid4())) == 0


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("jobs/cancel", {}, "group"),
        ("jobs/cancel", {"group": "all"}, "group"),
        ("jobs/cancel", {"group": str(uuid4()), "reason": "x" * 501}, "reason"),
        ("jobs/retry", {"group": str(uuid4()), "state": "cancelled"}, "state"),
    ],
)
async def test_a_call_that_makes_no_sense_is_422(
    api: httpx.AsyncClient, path: str, body: dict[str, str], field: str
) -> None:
    answer = await api.post(path, json=body)

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)


@pytest.mark.parametrize(("path", "state"), [("jobs/retry", "ready"), ("jobs/cancel", "cancelled")])
async def test_b42_a_workspaces_token_changes_its_own_jobs_of_a_group_only(
    api: httpx.AsyncClient, database: Database, path: str, state: str
) -> None:
    own, theirs = await put(database, Row(), Row(workspace=GLOBEX))
    body = {"group": str(Row().key)}
    api.headers.update(by("acme"))

    foreign = await api.post(path, json=body | {"workspace_id": str(GLOBEX)})
    answer = await api.post(path, json=body)

    assert foreign.status_code == 404
    assert answer.json()["total"] == 1
    assert await states(database, own, theirs) == [state, "failed"]
    [entry] = await audit(database)
    assert (entry["actor"], entry["workspace_id"]) == ("acme", ACME)


async def test_b42_a_workspaces_token_asks_for_no_other_workspace(api: httpx.AsyncClient) -> None:
    api.headers.update(by("acme"))

    for path in ("failures", "jobs/summary"):
        answer = await api.get(path, params={"workspace_id": str(GLOBEX)})
        assert (answer.status_code, path) == (404, path)


async def test_a_viewer_sees_and_changes_nothing(
    api: httpx.AsyncClient, database: Database
) -> None:
    [job] = await put(database, Row())
    body = {"group": str(Row().key)}

    for headers, seen, done in ((by("nobody"), 401, 401), (by("viewer"), 200, 403)):
        for path in ("failures", "jobs/summary"):
            assert (await api.get(path, headers=headers)).status_code == seen
        for path in ("jobs/retry", "jobs/cancel"):
            assert (await api.post(path, json=body, headers=headers)).status_code == done
    assert await states(database, job) == ["failed"]

"""A file's rows come in batches; they become leads all or none, once, and beside the day's limit."""

from typing import Any

import pytest

from integration.discovery.builders import ACME, a_query, get, post, run
from integration.discovery.replicas import Replica

HOSTILE = '=HYPERLINK("https://evil.example";"Acme")'


def rows(count: int, *, first: int = 0) -> list[dict[str, Any]]:
    return [{"name": f"Firm {n}", "domain": f"firm-{n}.com"} for n in range(first, first + count)]


async def begin(replica: Replica, count: int, **more: Any) -> dict[str, Any]:
    body = {
        "workspace_id": str(ACME),
        "query": "AI tools",
        "file": "leads.csv",
        "digest": "0" * 64,
        "rows": count,
        **more,
    }
    begun: dict[str, Any] = await post(replica, "imports", body)
    return begun


async def send(
    replica: Replica, begun: dict[str, Any], number: int, batch: list[dict[str, Any]]
) -> int:
    answer = await replica.http.post(
        f"/imports/{begun['id']}/rows", json={"number": number, "rows": batch}
    )
    return answer.status_code


async def test_an_import_becomes_leads_once_all_of_it_is_there(discovery: Replica) -> None:
    query_id = await a_query(discovery)
    begun = await begin(discovery, 1_200)

    assert await send(discovery, begun, 0, rows(700)) == 202
    early = await discovery.http.post(f"/imports/{begun['id']}/finish")
    before = await discovery.rows("jobs")
    again = await begin(discovery, 1_200)
    assert await send(discovery, begun, 0, rows(700)) == 202
    assert await send(discovery, begun, 0, rows(699)) == 409
    assert await send(discovery, begun, 1, [*rows(499, first=700), {"name": HOSTILE}]) == 202
    counts = await get(discovery, f"imports/{begun['id']}/forecast")
    finished = await post(discovery, f"imports/{begun['id']}/finish")
    await discovery.finish()
    twice = await post(discovery, f"imports/{begun['id']}/finish")

    assert early.status_code == 409
    assert early.json()["error"]["message"] == "700 of 1200 rows are there"
    assert before == []
    assert (begun["batches"], again["batches"], again["id"]) == ([], [0], begun["id"])
    assert counts == {"rows": 1_200, "new": 1_200, "known": 0}
    assert twice == finished
    assert await send(discovery, begun, 2, rows(1)) == 409
    runs = await discovery.rows("query_runs")
    assert {(row["source"], row["query_id"], str(row["tick_id"])) for row in runs} == {
        ("import", query_id, begun["id"])
    }
    assert sum(row["created"] for row in runs) == 1_200
    assert sum(row["rejected"] for row in runs) == 0
    assert len(await discovery.events("lead.discovered")) == 1_200
    for table in ("arrivals", "import_batches"):
        assert await discovery.rows(table) == []
    (formula,) = (await get(discovery, "leads", q="=HYPERLINK"))["items"]
    assert formula["company_data"]["name"] == HOSTILE
    file = await discovery.http.get("/leads.csv", params={"q": "=HYPERLINK"})
    assert "\"'=HYPERLINK(" in file.text


async def test_the_same_companies_again_change_nothing_and_take_no_room(
    discovery: Replica,
) -> None:
    await a_query(discovery)
    for digest in ("0" * 64, "1" * 64):
        begun = await begin(discovery, 60, digest=digest)
        await send(discovery, begun, 0, rows(60))
        counts = await get(discovery, f"imports/{begun['id']}/forecast")
        await post(discovery, f"imports/{begun['id']}/finish")
        await discovery.finish()

    await run(discovery, at=begun_at(await discovery.rows("query_runs")))

    assert counts == {"rows": 60, "new": 0, "known": 60}
    made = {row["source"]: row["created"] for row in await discovery.rows("query_runs", "source")}
    # The sandbox has companies of its own for the day's search.
    assert made["datashopper"] > 0
    assert len(await discovery.events("lead.discovered")) == 60 + made["datashopper"]


def begun_at(runs: list[dict[str, Any]]) -> Any:
    return max(row["started_at"] for row in runs)


async def test_a_dry_run_counts_and_leaves_nothing(discovery: Replica) -> None:
    await a_query(discovery)
    begun = await begin(discovery, 3, dry_run=True)

    await send(discovery, begun, 0, [*rows(2), {"name": "The Firm 1", "website": "firm-1.com"}])
    counts = await get(discovery, f"imports/{begun['id']}/forecast")
    refused = await discovery.http.post(f"/imports/{begun['id']}/finish")
    deleted = await discovery.http.delete(f"/imports/{begun['id']}")

    assert counts == {"rows": 3, "new": 2, "known": 1}
    assert (refused.status_code, deleted.status_code) == (409, 200)
    for table in ("imports", "import_batches", "arrivals", "jobs"):
        assert await discovery.rows(table) == []


async def test_a_dry_run_counts_what_the_real_one_makes_where_a_name_is_all_that_is_known(
    discovery: Replica,
) -> None:
    await a_query(discovery)
    known = await begin(discovery, 1)
    await send(discovery, known, 0, [{"name": "Acme"}])
    await post(discovery, f"imports/{known['id']}/finish")
    await discovery.finish()
    # One of them is the company whose domain nobody knew; the others are others.
    batch = [{"name": "Acme", "domain": f"acme.{end}"} for end in ("com", "io", "dev")]
    batch.append({"name": "Acme"})

    dry = await begin(discovery, 4, digest="1" * 64, dry_run=True)
    await send(discovery, dry, 0, batch)
    counts = await get(discovery, f"imports/{dry['id']}/forecast")
    real = await begin(discovery, 4, digest="1" * 64)
    await send(discovery, real, 0, batch)
    await post(discovery, f"imports/{real['id']}/finish")
    await discovery.finish()

    (ran,) = [row for row in await discovery.rows("query_runs") if row["found"] == 4]
    assert counts == {"rows": 4, "new": ran["created"], "known": ran["known"]}
    assert ran["created"] == 2


async def test_what_is_imported_already_has_no_forecast(discovery: Replica) -> None:
    await a_query(discovery)
    begun = await begin(discovery, 2)
    await send(discovery, begun, 0, rows(2))
    await post(discovery, f"imports/{begun['id']}/finish")

    refused = await discovery.http.get(f"/imports/{begun['id']}/forecast")

    assert refused.status_code == 409
    assert refused.json()["error"]["message"] == "it has been imported already"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "missing_name"),
        ({"name": "x" * 501}, "invalid_name"),
        ({"name": "Acme", "intent_signals": 7}, "invalid_signals"),
    ],
    ids=str,
)
async def test_a_row_that_can_not_be_taken_refuses_its_batch(
    discovery: Replica, row: dict[str, Any], reason: str
) -> None:
    await a_query(discovery)
    begun = await begin(discovery, 3)

    answer = await discovery.http.post(
        f"/imports/{begun['id']}/rows", json={"number": 0, "rows": [*rows(2), row]}
    )

    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "rows.2"
    assert reason in answer.json()["error"]["message"]
    assert await discovery.rows("arrivals") == []


async def test_a_number_that_can_not_be_kept_refuses_its_batch(discovery: Replica) -> None:
    await a_query(discovery)
    begun = await begin(discovery, 1)

    answer = await discovery.http.post(
        f"/imports/{begun['id']}/rows",
        json={"number": 0, "rows": [{"name": "Acme", "employee_count": 10**40}]},
    )

    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "rows")


async def test_an_import_needs_a_query_of_the_workspace(discovery: Replica) -> None:
    await a_query(discovery)

    answer = await discovery.http.post(
        "/imports",
        json={
            "workspace_id": str(ACME),
            "query": "none such",
            "file": "leads.csv",
            "digest": "0" * 64,
            "rows": 1,
        },
    )

    assert answer.status_code == 404
    assert "none such" in answer.json()["error"]["message"]

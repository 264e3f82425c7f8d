"""A query goes and its leads stay; a connection goes with its credentials, and its uploads wait for another."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from integration.removal.filling import fill
from integration.removal.service import ACME, GLOBEX, Served, by, serving
from leadstream.pauses import active_pauses, add_pause


@pytest.fixture
async def discovery(database_url: str) -> AsyncIterator[Served]:
    async with serving("discovery", database_url) as served:
        await fill(served, "discovery", "acme", ACME)
        yield served


@pytest.fixture
async def upload(database_url: str) -> AsyncIterator[Served]:
    async with serving("platform-upload", database_url) as served:
        await fill(served, "platform-upload", "acme", ACME)
        yield served


async def only(served: Served, path: str) -> dict[str, Any]:
    (item,) = (await served.http.get(path)).json()["items"]
    found: dict[str, Any] = item
    return found


async def add_waiting(served: Served, connection: str) -> None:
    await served.database.pool.execute(
        "INSERT INTO jobs (id, kind, priority, lane, workspace_id, payload)"
        " VALUES (gen_random_uuid(), 'upload-lead', 1, 'connection:' || $1::text, $2, '{}')",
        connection,
        ACME,
    )


async def test_a_deleted_query_leaves_its_leads_where_they_are(discovery: Served) -> None:
    query = await only(discovery, "queries")
    await discovery.database.pool.execute("UPDATE leads SET query_id = $1", UUID(query["id"]))

    answer = await discovery.http.delete(
        f"queries/{query['id']}", headers={"x-reason": "nobody reads it"}
    )
    again = await discovery.http.delete(f"queries/{query['id']}")

    assert (answer.status_code, answer.json()["name"], again.status_code) == (200, "q", 404)
    assert (await discovery.http.get("queries")).json()["items"] == []
    assert (await discovery.http.get(f"queries/{query['id']}")).status_code == 404
    assert (await only(discovery, "leads"))["query_id"] == query["id"]
    # What the lead's page tells of it works, too.
    lead = await only(discovery, "leads")
    assert (await discovery.http.get(f"leads/{lead['id']}")).status_code == 200
    [row] = await discovery.audit("query.deleted")
    assert (row["reason"], row["before"]["name"], row["workspace_id"]) == (
        "nobody reads it",
        "q",
        ACME,
    )


async def test_another_workspaces_query_is_not_there(discovery: Served) -> None:
    await fill(discovery, "discovery", "globex", GLOBEX)
    theirs = await discovery.database.pool.fetchval(
        "SELECT id FROM queries WHERE workspace_id = $1", GLOBEX
    )

    foreign = await discovery.http.delete(f"queries/{theirs}", headers=by("acme-operator"))
    viewer = await discovery.http.delete(f"queries/{theirs}", headers=by("viewer"))

    assert (foreign.status_code, viewer.status_code) == (404, 403)
    assert (await discovery.http.delete(f"queries/{uuid4()}")).status_code == 404
    assert (await discovery.http.get(f"queries/{theirs}")).status_code == 200


async def test_the_credentials_of_a_deleted_connection_are_gone(upload: Served) -> None:
    connection = await only(upload, "connections")
    name = f"connection:{connection['id']}:calls"
    await upload.database.pool.execute("INSERT INTO rate_limits VALUES ($1, 1, now())", name)

    answer = await upload.http.delete(f"connections/{connection['id']}")
    again = await upload.http.delete(f"connections/{connection['id']}")

    assert (answer.status_code, answer.json()["waiting"], again.status_code) == (200, False, 404)
    assert await upload.database.pool.fetchval("SELECT count(*) FROM connections") == 0
    assert await upload.database.pool.fetchval("SELECT count(*) FROM rate_limits") == 0
    # Uploads and bills say what was.
    assert await upload.database.pool.fetchval("SELECT count(*) FROM uploads") == 1
    [row] = await upload.audit("connection.deleted")
    assert row["before"]["adapter"] == "hubspot"
    assert "token" not in str(row["before"])
    assert await active_pauses(upload.database) == []


async def test_uploads_that_wait_wait_for_the_next_connection(upload: Served) -> None:
    connection = await only(upload, "connections")
    scope = f"connection:{connection['id']}"
    await add_waiting(upload, connection["id"])
    async with upload.database.transaction() as tx:
        await add_pause(tx, scope, reason="credential_refused", actor="platform-upload")

    answer = await upload.http.delete(f"connections/{connection['id']}")
    held = [(each.scope, each.reason) for each in await active_pauses(upload.database)]
    await fill(upload, "platform-upload", "acme", ACME, rows=0)

    assert answer.json()["waiting"] is True
    assert held == [(scope, "connection_missing")]
    assert await active_pauses(upload.database) == []


async def test_another_connection_of_the_same_name_is_no_older_version_of_itself(
    upload: Served,
) -> None:
    """Replicas keep sessions by connection and version: the old account's must not serve the new one."""
    first = await only(upload, "connections")

    await upload.http.delete(f"connections/{first['id']}")
    await fill(upload, "platform-upload", "acme", ACME, rows=0)
    second = await only(upload, "connections")
    await upload.http.delete(f"workspaces/{ACME}")
    await fill(upload, "platform-upload", "acme", ACME, rows=0)
    third = await only(upload, "connections")

    assert first["id"] == second["id"] == third["id"]
    assert first["version"] < second["version"] < third["version"]


async def test_another_workspaces_connection_is_not_there(upload: Served) -> None:
    await fill(upload, "platform-upload", "globex", GLOBEX)
    theirs = await upload.database.pool.fetchval(
        "SELECT id FROM connections WHERE workspace_id = $1", GLOBEX
    )

    foreign = await upload.http.delete(f"connections/{theirs}", headers=by("acme-operator"))

    assert foreign.status_code == 404
    assert (await upload.http.get(f"connections/{theirs}")).status_code == 200

"""The tables as others know them, and who may touch them."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from discovery.bootstrap import SERVICE
from integration.discovery.builders import a_query, a_tick
from integration.discovery.conftest import MakeReplica
from integration.discovery.replicas import Replica
from leadstream.postgres import migrate

COLUMNS = {
    "leads": "id workspace_id query_id domain company_data contact_data intent_data revision enrichment_status"
    " delivery_status platform_uploaded platform_uploaded_at platform_name last_error created_at updated_at"
    " enriched_at delivered_at",
    "trends": "topic_id week_start week_end volume previous_volume change_percent direction",
    "query_runs": "id query_id workspace_id tick_id run_on status found created known rejected error started_at"
    " finished_at source units",
}


@pytest.mark.parametrize("table", COLUMNS)
async def test_contract_tables_have_exactly_their_columns(discovery: Replica, table: str) -> None:
    rows = await discovery.database.pool.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'discovery' AND table_name = $1 ORDER BY ordinal_position",
        table,
    )

    assert [row["column_name"] for row in rows] == COLUMNS[table].split()


@pytest.fixture
async def own_role(databases: Any) -> Any:
    """A database with a login role that owns the schema `discovery` and nothing else; and a neighbour's schema."""
    url = await databases.create()
    role = f"discovery_{uuid4().hex[:8]}"
    admin = await asyncpg.connect(url)
    await admin.execute(
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret';"
        f"CREATE SCHEMA discovery AUTHORIZATION {role};"
        "CREATE SCHEMA enrichment; CREATE TABLE enrichment.contacts (id uuid);"
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}"
    )
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{role}:secret@{host}"))
    await admin.close()
    await databases.drop(url)
    async with asyncpg.create_pool(await databases.create(), min_size=1, max_size=1) as pool:
        await pool.execute(f"DROP ROLE {role}")


async def test_b43_a_role_that_owns_only_its_schema_is_enough_and_reaches_no_other(
    own_role: str, make_replica: MakeReplica
) -> None:
    await migrate(own_role, schema="discovery", packages=SERVICE.packages)
    replica = await make_replica(DATABASE_URL=own_role)
    await a_query(replica)

    await replica.take_in("scheduler.tick", a_tick(), a_tick("weekly-trends"))
    await replica.finish()

    assert {job["state"] for job in await replica.rows("jobs")} == {"succeeded"}
    assert await replica.rows("leads")
    assert await replica.rows("lead_intent_breakdown")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await replica.database.pool.execute("SELECT * FROM enrichment.contacts")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await replica.database.pool.execute("CREATE TABLE public.mine (id uuid)")

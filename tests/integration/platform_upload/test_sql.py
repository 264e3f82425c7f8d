import pytest

from integration.postgres.test_hot_plans import plan_of, read_whole
from leadstream.postgres import Database
from platform_upload.adapters.connections import SQL as CONNECTIONS
from platform_upload.adapters.uploads import SQL as UPLOADS

HOT_STATEMENTS = {
    "insert_uploads": UPLOADS.insert_uploads,
    "settle_uploads": UPLOADS.settle_uploads,
    "settle_contacts": UPLOADS.settle_contacts,
    "get_connections": CONNECTIONS.get_connections,
    "missing_connections": CONNECTIONS.missing_connections,
    "connections_of": CONNECTIONS.connections_of,
    "uploads_of": UPLOADS.uploads_of,
    "newest_revisions": UPLOADS.newest_revisions,
    "earlier_uploads": UPLOADS.earlier_uploads,
}


async def test_billing_events_have_the_columns_of_the_contract(database: Database) -> None:
    rows = await database.pool.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'billing_events'"
        " ORDER BY ordinal_position"
    )

    assert [row["column_name"] for row in rows] == [
        "id",
        "workspace_id",
        "lead_id",
        "platform",
        "event_type",
        "quantity",
        "metadata",
        "created_at",
    ]


@pytest.mark.parametrize("name", HOT_STATEMENTS)
async def test_planned_on_empty_tables_it_reads_nothing_but_what_its_keys_name(
    database: Database, name: str
) -> None:
    plan = await plan_of(database, HOT_STATEMENTS[name])

    assert read_whole(plan) == [], "\n".join(plan)

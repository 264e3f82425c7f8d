"""What was deleted does not come back by halves: late records of it are left out, and counted."""

from typing import Any
from uuid import uuid4

from integration.discovery.builders import (
    ACME,
    TOPIC,
    a_company,
    a_query,
    delivered,
    enriched,
    failed,
    run,
    uploaded,
)
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox


async def lead_of(discovery: Replica, sandbox: Sandbox) -> Any:
    await a_query(discovery)
    await sandbox.control.catalogue(TOPIC, [a_company("acme.com", high=1)])
    await run(discovery)
    (lead,) = await discovery.rows("leads")
    return lead["id"]


async def delete(discovery: Replica, lead_id: Any) -> None:
    """As the retention does it."""
    await discovery.database.pool.execute("DELETE FROM leads WHERE id = $1", lead_id)
    await discovery.database.pool.execute(
        "UPDATE lead_bindings SET gone_at = now() WHERE lead_id = $1", lead_id
    )


async def test_late_events_of_a_deleted_lead_are_left_out(
    discovery: Replica, sandbox: Sandbox
) -> None:
    lead_id = await lead_of(discovery, sandbox)
    await delete(discovery, lead_id)

    for topic, event in (
        ("lead.enriched", enriched(lead_id)),
        ("lead.delivered", delivered(lead_id)),
        ("lead.uploaded", uploaded(lead_id)),
        ("lead.failed", failed(lead_id)),
    ):
        await discovery.take_in(topic, event)

    assert await discovery.rows("leads") == []
    assert await discovery.rows("lead_keys") == []
    assert await discovery.rows("dead_letters") == []


async def test_a_company_that_is_found_again_is_a_new_lead(
    discovery: Replica, sandbox: Sandbox
) -> None:
    lead_id = await lead_of(discovery, sandbox)
    await delete(discovery, lead_id)
    await discovery.database.pool.execute("DELETE FROM query_runs")

    await run(discovery, tick_id=uuid4())

    (found,) = await discovery.rows("leads")
    assert found["id"] != lead_id
    await discovery.take_in("lead.delivered", delivered(found["id"]))
    (found,) = await discovery.rows("leads")
    assert found["delivery_status"] == "delivered"


async def test_records_from_before_a_workspace_was_deleted_are_left_out_and_news_are_not(
    discovery: Replica, sandbox: Sandbox
) -> None:
    lead_id = await lead_of(discovery, sandbox)
    await discovery.database.pool.execute("DELETE FROM leads")
    await discovery.database.pool.execute("DELETE FROM lead_bindings")
    removed = (
        "INSERT INTO removals (workspace_id, actor, scopes, ended_at) VALUES ($1, 'root', '{}', $2)"
    )
    await discovery.database.pool.execute(removed, ACME, None)

    await discovery.take_in("lead.delivered", delivered(lead_id))
    meanwhile = await discovery.rows("leads")
    # Before the time of the record, which has none of its own.
    await discovery.database.pool.execute("UPDATE removals SET ended_at = '1960-01-01Z'")
    await discovery.take_in("lead.delivered", delivered(lead_id))
    after = await discovery.rows("leads")

    assert (len(meanwhile), len(after)) == (0, 1)

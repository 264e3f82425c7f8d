"""What the other services' events make of `leads`, whatever their order and however often they come."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.discovery.builders import (
    ACME,
    OTHER,
    TOPIC,
    a_company,
    a_lead_id,
    a_query,
    at,
    delivered,
    enriched,
    failed,
    get,
    run,
    uploaded,
)
from integration.discovery.replicas import Replica
from leadstream_dev.sandbox import Sandbox

# Topic and event.
Told = tuple[str, dict[str, Any]]


async def tell(replica: Replica, *told: Told) -> None:
    """Each event as a batch of its own."""
    for topic, event in told:
        await replica.take_in(topic, event)


async def lead_of(replica: Replica, lead_id: UUID) -> dict[str, Any]:
    (row,) = [row for row in await replica.rows("leads") if row["id"] == lead_id]
    return row


async def discovered_lead(replica: Replica, sandbox: Sandbox, *, high: int = 1) -> UUID:
    await a_query(replica)
    await sandbox.control.catalogue(TOPIC, [a_company("acme.com", high=high)])
    await run(replica)
    (lead,) = await replica.rows("leads")
    lead_id: UUID = lead["id"]
    return lead_id


async def test_a_lead_that_goes_all_the_way(discovery: Replica, sandbox: Sandbox) -> None:
    lead_id = await discovered_lead(discovery, sandbox)
    before = await lead_of(discovery, lead_id)

    await tell(
        discovery,
        ("lead.enriched", enriched(lead_id)),
        ("lead.delivered", delivered(lead_id)),
        ("lead.uploaded", uploaded(lead_id)),
    )

    lead = await lead_of(discovery, lead_id)
    assert (lead["enrichment_status"], lead["delivery_status"]) == ("completed", "delivered")
    assert (lead["platform_uploaded"], lead["platform_name"]) == (True, "tech-platform")
    times = [
        lead[name].isoformat() for name in ("enriched_at", "delivered_at", "platform_uploaded_at")
    ]
    assert times == [at(1), at(2), at(3)]
    assert lead["contact_data"]["contacts"][0]["full_name"] == "Jo"
    assert lead["contact_data"]["total_contacts"] == 1
    assert lead["company_data"]["industry"] == "Technology"
    # What we found ourselves is ours: the event only told us what we had told it.
    for name in ("intent_data", "domain", "query_id", "created_at", "revision"):
        assert lead[name] == before[name]


async def test_b15_a_skipped_lead_shows_why(discovery: Replica) -> None:
    lead_id = a_lead_id()
    event = enriched(lead_id, status="skipped", domain=None)
    event["enrichment"] |= {"reason": "missing_domain", "contacts": []}

    await tell(discovery, ("lead.enriched", event))

    lead = await lead_of(discovery, lead_id)
    assert lead["enrichment_status"] == "skipped"
    assert lead["contact_data"]["reason"] == "missing_domain"


async def test_b17_a_failure_shows_until_a_retry_succeeds(discovery: Replica) -> None:
    lead_id = a_lead_id()

    await tell(discovery, ("lead.failed", failed(lead_id, job_id=str(a_lead_id()))))

    lead = await lead_of(discovery, lead_id)
    assert lead["enrichment_status"] == "failed"
    assert lead["last_error"] == "enrichment: provider_error: enrichment broke"

    await tell(discovery, ("lead.enriched", enriched(lead_id)))

    lead = await lead_of(discovery, lead_id)
    assert (lead["enrichment_status"], lead["last_error"]) == ("completed", None)


async def test_b21_partial_becomes_delivered_when_the_last_channel_succeeds(
    discovery: Replica,
) -> None:
    lead_id = a_lead_id()
    channel = {"channel": "slack", "destination_id": str(a_lead_id()), "attempts": 3}
    partial = delivered(
        lead_id,
        status="partial",
        channels=[channel | {"status": "failed", "error": "channel_not_found"}],
    )

    await tell(discovery, ("lead.delivered", partial))
    assert (await lead_of(discovery, lead_id))["last_error"] == "delivery: slack: channel_not_found"
    await tell(discovery, ("lead.delivered", delivered(lead_id, hour=5)))

    lead = await lead_of(discovery, lead_id)
    assert (lead["delivery_status"], lead["last_error"]) == ("delivered", None)
    story = await get(discovery, f"leads/{lead_id}")
    assert [each["status"] for each in story["deliveries"]] == ["delivered"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1)])
async def test_a_channel_that_was_held_counts_as_it_ended_in_every_order(
    discovery: Replica, order: Sequence[int]
) -> None:
    lead_id = a_lead_id()
    channel = {"channel": "slack", "destination_id": str(a_lead_id())}
    why = "destination_gone: answered 404 no_service"
    held = [channel | {"status": "held", "error": why}]
    told = (
        ("lead.delivered", delivered(lead_id, status="partial", channels=held)),
        (
            "lead.delivered",
            delivered(lead_id, hour=5, channels=[channel | {"status": "delivered"}]),
        ),
    )

    await tell(discovery, told[0])
    lead = await lead_of(discovery, lead_id)
    assert (lead["delivery_status"], lead["last_error"]) == ("partial", f"delivery: slack: {why}")

    await tell(discovery, *(told[place] for place in order))
    lead = await lead_of(discovery, lead_id)
    assert (lead["delivery_status"], lead["last_error"]) == ("delivered", None)


async def test_an_older_revisions_event_does_not_overwrite_a_newers(discovery: Replica) -> None:
    lead_id = a_lead_id()

    await tell(
        discovery,
        ("lead.enriched", enriched(lead_id, revision=2, score="hot", contact="New")),
        ("lead.enriched", enriched(lead_id, revision=1, hour=9, score="cold", contact="Old")),
        ("lead.delivered", delivered(lead_id, revision=1, status="failed", hour=9)),
    )

    lead = await lead_of(discovery, lead_id)
    assert (lead["revision"], lead["intent_data"]["score"]) == (2, "hot")
    assert lead["contact_data"]["contacts"][0]["full_name"] == "New"
    assert lead["company_data"]["name"] == "Acme r2"
    assert lead["delivery_status"] == "pending"


async def test_a_late_event_does_not_take_back_what_a_run_has_found_since(
    discovery: Replica, sandbox: Sandbox
) -> None:
    lead_id = await discovered_lead(discovery, sandbox, high=0)
    await sandbox.control.catalogue(TOPIC, [a_company("acme.com", high=3, industry="Finance")])
    await discovery.http.post("/trigger-lead-generation")
    await discovery.finish()

    await tell(discovery, ("lead.enriched", enriched(lead_id, revision=1, score="cold")))

    lead = await lead_of(discovery, lead_id)
    assert (lead["revision"], lead["intent_data"]["score"]) == (2, "hot")
    assert lead["company_data"]["industry"] == "Finance"
    assert lead["contact_data"]["contacts"][0]["full_name"] == "Jo"
    # The second revision has not been through enrichment yet.
    assert lead["enrichment_status"] == "pending"

    await tell(discovery, ("lead.enriched", enriched(lead_id, revision=2, score="hot")))

    lead = await lead_of(discovery, lead_id)
    assert lead["enrichment_status"] == "completed"
    assert lead["company_data"]["name"] == "Acme r2"


async def test_people_found_later_do_not_bring_back_what_was_seen_before(
    discovery: Replica, sandbox: Sandbox
) -> None:
    """Enrichment's own revision tells what was announced; the score has fallen since, which is not."""
    lead_id = await discovered_lead(discovery, sandbox, high=3)
    await sandbox.control.catalogue(TOPIC, [a_company("acme.com", high=0)])
    await discovery.http.post("/trigger-lead-generation")
    await discovery.finish()
    seen = (await lead_of(discovery, lead_id))["intent_data"]
    assert seen["score"] != "hot"

    await tell(discovery, ("lead.enriched", enriched(lead_id, revision=2, score="hot")))

    lead = await lead_of(discovery, lead_id)
    assert (lead["revision"], lead["enrichment_status"]) == (2, "completed")
    assert lead["contact_data"]["contacts"][0]["full_name"] == "Jo"
    assert lead["intent_data"] == seen


async def test_a_lead_that_discovery_never_saw_gets_a_row(discovery: Replica) -> None:
    lead_id, query_id = a_lead_id(), a_lead_id()
    event = enriched(lead_id, domain="https://www.ACME.com/", query_id=str(query_id))

    await tell(discovery, ("lead.uploaded", uploaded(lead_id)), ("lead.enriched", event))

    lead = await lead_of(discovery, lead_id)
    assert (lead["workspace_id"], lead["query_id"], lead["domain"]) == (ACME, query_id, "acme.com")
    assert lead["created_at"].isoformat() == at(0)
    assert lead["intent_data"]["score"] == "warm"
    assert lead["platform_uploaded"]


async def test_a_row_that_was_imported_keeps_what_it_says(discovery: Replica) -> None:
    lead_id = a_lead_id()
    await discovery.database.pool.execute(
        "INSERT INTO leads (id, workspace_id, company_data, enrichment_status, delivery_status)"
        " VALUES ($1, $2, $3, 'completed', 'partial')",
        lead_id,
        ACME,
        {"name": "Imported"},
    )

    await tell(discovery, ("lead.uploaded", uploaded(lead_id)))
    await tell(discovery, ("lead.failed", failed(lead_id, stage="platform-upload", hour=9)))

    lead = await lead_of(discovery, lead_id)
    assert (lead["enrichment_status"], lead["delivery_status"]) == ("completed", "partial")
    assert lead["platform_uploaded"]
    assert lead["company_data"] == {"name": "Imported"}


async def test_b42_another_workspaces_event_changes_nothing(
    discovery: Replica, sandbox: Sandbox
) -> None:
    lead_id = await discovered_lead(discovery, sandbox)
    before = await lead_of(discovery, lead_id)

    await tell(
        discovery,
        ("lead.enriched", enriched(lead_id, workspace=OTHER)),
        ("lead.delivered", delivered(lead_id, workspace=OTHER)),
        ("lead.failed", failed(lead_id, workspace=OTHER)),
    )

    assert await lead_of(discovery, lead_id) == before
    letters = await discovery.rows("dead_letters")
    assert [letter["reason"] for letter in letters] == ["workspace_mismatch"] * 3


async def test_b42_a_row_without_a_binding_is_its_workspaces_all_the_same(
    discovery: Replica,
) -> None:
    lead_id = a_lead_id()
    await discovery.database.pool.execute(
        "INSERT INTO leads (id, workspace_id) VALUES ($1, $2)", lead_id, OTHER
    )

    await tell(discovery, ("lead.delivered", delivered(lead_id)))

    assert (await lead_of(discovery, lead_id))["delivery_status"] == "pending"
    assert [each["reason"] for each in await discovery.rows("dead_letters")] == [
        "workspace_mismatch"
    ]


async def test_a_record_read_again_leaves_the_row_as_it_is(discovery: Replica) -> None:
    lead_id = a_lead_id()
    told: list[Told] = [
        ("lead.enriched", enriched(lead_id)),
        ("lead.delivered", delivered(lead_id)),
        ("lead.uploaded", uploaded(lead_id)),
        ("lead.failed", failed(lead_id, stage="delivery")),
    ]
    await tell(discovery, *told)
    before = await discovery.rows("leads"), await discovery.rows("lead_history", "1, 2, 3, 4")

    await tell(discovery, *told)

    assert before == (
        await discovery.rows("leads"),
        await discovery.rows("lead_history", "1, 2, 3, 4"),
    )


@pytest.mark.parametrize("own", [True, False], ids=["ours", "made elsewhere"])
async def test_any_order_and_any_repetition_ends_in_the_same_rows(
    discovery: Replica, sandbox: Sandbox, own: bool
) -> None:
    lead_id = await discovered_lead(discovery, sandbox) if own else a_lead_id()
    events: list[Told] = [
        ("lead.enriched", enriched(lead_id, contact="One")),
        ("lead.enriched", enriched(lead_id, hour=4, score="cold", contact="Two", domain="a.com")),
        ("lead.enriched", enriched(lead_id, revision=2, score="hot", contact="Three")),
        ("lead.failed", failed(lead_id, revision=2)),
        ("lead.failed", failed(lead_id, stage="platform-upload", hour=3)),
        ("lead.delivered", delivered(lead_id, status="partial")),
        ("lead.delivered", delivered(lead_id, hour=5)),
        ("lead.delivered", delivered(lead_id, revision=2, status="failed", hour=1)),
        ("lead.uploaded", uploaded(lead_id)),
        ("lead.uploaded", uploaded(lead_id, revision=2, platform="general-platform", hour=1)),
    ]
    pristine = await _snapshot(discovery)
    await tell(discovery, *events)
    expected = await _outcome(discovery, lead_id)
    assert expected["revision"] == 2

    for order in _orders(len(events)):
        await _restore(discovery, pristine)
        for batch in order:
            for topic in ("lead.failed", "lead.uploaded", "lead.delivered", "lead.enriched"):
                chosen = [event for told, event in (events[n] for n in batch) if told == topic]
                if chosen:
                    await discovery.take_in(topic, *chosen)
        assert await _outcome(discovery, lead_id) == expected, order


def _orders(count: int) -> list[list[list[int]]]:
    """Permutations with repetitions, cut into batches; the same ones in every run."""
    drawn: list[list[list[int]]] = []

    @settings(
        max_examples=60,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.permutations(range(count)),
        st.lists(st.integers(0, count - 1), max_size=6),
        st.integers(1, 5),
    )
    def draw(order: list[int], again: list[int], size: int) -> None:
        told = [*order, *again]
        drawn.append([told[start : start + size] for start in range(0, len(told), size)])

    draw()
    return drawn


async def _snapshot(replica: Replica) -> dict[str, list[dict[str, Any]]]:
    return {table: await replica.rows(table) for table in ("leads", "lead_history", "lead_keys")}


async def _restore(replica: Replica, tables: dict[str, list[dict[str, Any]]]) -> None:
    async with replica.database.transaction() as tx:
        for table, rows in tables.items():
            await tx.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are ours
            for row in rows:
                names = ", ".join(row)
                places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
                await tx.execute(
                    f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - the names are ours
                    *row.values(),
                )


async def _outcome(replica: Replica, lead_id: UUID) -> dict[str, Any]:
    row = await lead_of(replica, lead_id)
    story = await get(replica, f"leads/{lead_id}")
    shown = ("revisions", "enrichments", "deliveries", "uploads", "errors")
    # When it was last written is not where it stands.
    return {**row, "updated_at": None, **{name: story[name] for name in shown}}

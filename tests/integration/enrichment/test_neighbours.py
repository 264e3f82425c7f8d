"""Cases 36, 44 and 45, as far as they are enrichment's: what one lead, record or workspace must not do to another."""

from datetime import UTC, datetime

import pytest

from integration.enrichment.conftest import MakeReplica
from integration.enrichment.leads import ACME, OTHER, a_lead, discover, enrich
from integration.enrichment.replicas import Replica
from leadstream.pauses import add_pause, lift
from leadstream_dev.sandbox import Sandbox


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{",
        b'{"lead_id": "x"}',
        b'{"company": {"name": "A\\u0000B"}}',
        b"[" * 100_000,
        None,
    ],
    ids=lambda garbage: repr(garbage)[:20],
)
async def test_b45_garbage_is_set_aside_and_its_neighbours_are_enriched(
    enrichment: Replica, garbage: bytes | None
) -> None:
    lead = a_lead()

    await enrichment.take_in("lead.discovered", garbage, lead, garbage)
    await enrichment.take_in("scheduler.tick", garbage)
    await enrichment.finish()

    (event,) = await enrichment.events("lead.enriched")
    assert event["lead_id"] == lead["lead_id"]
    letters = await enrichment.rows("outbox WHERE topic LIKE '%.enrichment.dlq'")
    assert [letter["payload"] for letter in letters] == [garbage] * 3


async def test_b36_a_small_workspace_does_not_wait_for_a_large_one(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica(enrichment_concurrency=4)
    await sandbox.control.behave("clay", "enrich", latency={"seconds": 0.05})
    # Nothing of the large one is done before the small one is there.
    async with replica.database.transaction() as tx:
        await add_pause(tx, "kind:enrich-lead", reason="looking into it", actor="olivia")
    await discover(
        replica, *(a_lead(f"large-{n}.com", workspace=ACME, score="warm") for n in range(100))
    )
    await discover(
        replica, *(a_lead(f"small-{n}.com", workspace=OTHER, score="warm") for n in range(3))
    )

    async with replica.database.transaction() as tx:
        await lift(tx, "kind:enrich-lead")
    await replica.finish()

    order = [event["workspace_id"] for event in await replica.events("lead.enriched")]
    last_of_small = max(n for n, workspace in enumerate(order) if workspace == str(OTHER))
    assert last_of_small < 40


async def test_hot_leads_go_first(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    replica = await make_replica(enrichment_concurrency=2)
    scores = ["cold"] * 10 + ["warm"] * 10 + ["hot"] * 10

    await discover(replica, *(a_lead(f"c{n}.com", score=score) for n, score in enumerate(scores)))
    await replica.finish()

    order = [event["intent"]["score"] for event in await replica.events("lead.enriched")]
    assert sorted(order[:8]) == ["hot"] * 8
    assert order[-8:] == ["cold"] * 8


async def test_a_company_the_provider_refuses_fails_no_other(
    enrichment: Replica, sandbox: Sandbox
) -> None:
    await sandbox.control.behave(
        "clay", "enrich", match={"domain": "bad.com"}, errors={"status": 422}
    )

    events = await enrich(enrichment, *(a_lead(f"{n}.com") for n in ("a", "bad", "b", "bad", "c")))

    assert sorted(event["company"]["domain"] for event in events) == ["a.com", "b.com", "c.com"]
    assert len(await enrichment.events("lead.failed")) == 2


async def test_the_rate_limit_counts_every_call_of_all_replicas(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    pace = {"clay_rate_per_second": 20, "clay_burst": 20}
    replicas = [await make_replica(**pace) for _ in range(2)]
    started = datetime.now(UTC)

    for n, replica in enumerate(replicas):
        await discover(replica, *(a_lead(f"company-{n}-{m}.com") for m in range(12)))
    await replicas[0].finish()

    assert len(sandbox.ledger.entries(provider="clay", operation="verify")) > 20
    # The last can't have come earlier; that calls arrive closer together than they were let go breaks no limit.
    calls = sandbox.ledger.entries(provider="clay")
    took = max(call.time for call in calls) - started
    assert took.total_seconds() >= (len(calls) - 20) / 20 > 1


async def test_b47_no_address_and_no_key_in_a_log_line(
    enrichment: Replica, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="enrichment")
    caplog.set_level("DEBUG", logger="leadstream")
    people = [{"full_name": "Ann Smith", "email": "ann@acme.com"}, {"full_name": ""}]
    await sandbox.control.company("acme.com", contacts=people)
    await sandbox.control.behave("clay", "verify", errors={"status": 500})

    await enrich(enrichment, a_lead())

    lines = [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any("contacts_rejected" in line for line in lines)
    assert [line for line in lines if "ann@acme" in line or "sandbox-clay" in line] == []

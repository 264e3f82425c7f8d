"""What a run leaves in metrics and logs."""

from datetime import UTC, datetime, timedelta

import pytest

from discovery.adapters.overdue import OverdueLeads
from integration.discovery.builders import TOPIC, a_company, a_query, delivered, failed, run
from integration.discovery.replicas import Replica
from leadstream.observability.metrics import REGISTRY
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock

SAMPLES = [
    ("companies_found_total", {}),
    ("leads_known_total", {}),
    ("leads_created_total", {}),
    ("leads_per_query_sum", {}),
    ("leads_per_query_count", {}),
    ("leads_scored_total", {"score": "hot"}),
    ("leads_scored_total", {"score": "warm"}),
    ("leads_scored_total", {"score": "cold"}),
    ("leads_rejected_total", {"reason": "missing_name"}),
    (
        "provider_requests_total",
        {"provider": "datashopper", "operation": "search", "outcome": "success"},
    ),
]


def figures() -> list[float]:
    return [
        REGISTRY.get_sample_value(f"leadstream_{name}", labels) or 0 for name, labels in SAMPLES
    ]


async def test_a_run_is_counted_and_logged(
    discovery: Replica, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    query_id = await a_query(discovery)
    found = [
        a_company("a.com", high=3),
        a_company("b.com", high=1),
        a_company("c.com"),
        a_company("c.com"),
        {},
    ]
    await sandbox.control.catalogue(TOPIC, found)
    before = figures()

    await run(discovery)

    counted = [now - then for now, then in zip(figures(), before, strict=True)]
    assert counted == [5, 1, 3, 3, 1, 1, 1, 1, 1, 1]
    (line,) = [record for record in caplog.records if record.msg == "run.recorded"]
    logged = vars(line)
    assert logged["query_id"] == str(query_id)
    assert (logged["status"], logged["found"], logged["new"], logged["known"]) == (
        "succeeded",
        5,
        3,
        1,
    )
    assert logged["rejected"] == {"missing_name": 1}


async def test_no_secret_and_no_payload_is_logged(
    discovery: Replica, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    await a_query(discovery)
    await sandbox.control.behave("datashopper", errors={"status": 500, "body": "secret words"})

    await run(discovery)

    key = sandbox.env()["DATASHOPPER_API_KEY"]
    logged = "\n".join(
        str(vars(record)) for record in caplog.records if "leadstream" in record.name
    )
    assert "job.attempted" in logged
    assert key not in logged
    assert "secret words" not in logged


async def test_leads_that_nobody_was_told_of_in_time_are_counted_until_somebody_is(
    discovery: Replica, sandbox: Sandbox
) -> None:
    def overdue(score: str) -> float | None:
        return REGISTRY.get_sample_value("leadstream_leads_overdue", {"score": score})

    await a_query(discovery)
    found = [a_company("a.com", high=3), a_company("b.com", high=3), a_company("c.com", high=1)]
    await sandbox.control.catalogue(TOPIC, found)
    await run(discovery)
    hot = [lead["id"] for lead in await discovery.rows("leads") if lead["domain"] != "c.com"]
    clock = FakeClock(datetime.now(UTC))
    overdue_leads = OverdueLeads(discovery.database, clock)

    await overdue_leads.look()
    assert (overdue("hot"), overdue("warm"), overdue("cold")) == (0, 0, 0)

    clock.advance(timedelta(minutes=6))
    await overdue_leads.look()
    assert (overdue("hot"), overdue("warm"), overdue("cold")) == (2, 1, 0)

    await discovery.take_in("lead.delivered", delivered(hot[0]))
    await discovery.take_in("lead.failed", failed(hot[1], stage="enrichment"))
    await overdue_leads.look()
    assert (overdue("hot"), overdue("warm")) == (0, 1)

    clock.advance(timedelta(days=1))
    await overdue_leads.look()
    assert overdue("warm") == 0

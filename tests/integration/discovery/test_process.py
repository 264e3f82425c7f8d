"""The real process, on a real broker: `migrate`, `worker`, a tick, a lead's way back, SIGTERM."""

import os
from typing import Any

import orjson
import pytest

from discovery.bootstrap import SERVICE
from integration.discovery.builders import ACME, TOPIC, a_company, a_tick, delivered, enriched
from leadstream_dev.sandbox import Sandbox
from support.intake import ensure_topics, group_at_end, produce
from support.kafka import KafkaAdmin
from support.service import at_work, run
from support.waiting import eventually

CONSUMED = ["scheduler.tick", "lead.enriched", "lead.delivered", "lead.uploaded", "lead.failed"]


@pytest.fixture
def database_template() -> None:
    """Nothing: `migrate` makes the schema."""
    return


@pytest.fixture
def environment(database_url: str, kafka: str, sandbox: Sandbox) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DISCOVERY_DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "HTTP_PORT": "0",
        **sandbox.env(),
    }


async def test_a_tick_becomes_a_lead_and_its_events_come_back(
    environment: dict[str, str], kafka: str, kafka_admin: KafkaAdmin, sandbox: Sandbox
) -> None:
    await ensure_topics(kafka_admin, *CONSUMED, "lead.discovered")
    await group_at_end(kafka, "discovery", CONSUMED)
    await sandbox.control.catalogue(TOPIC, [a_company("acme.com", high=3)])
    assert await (await run(SERVICE, "migrate", environment)).wait() == 0

    async with at_work(SERVICE, environment) as http:
        await http.post("/api/admin/workspaces", json={"slug": "acme-growth"})
        query = {"workspace_id": str(ACME), "name": "AI", "topic": {"name": TOPIC}}
        assert (await http.post("/api/admin/queries", json=query)).status_code == 201
        await produce(kafka, [(None, orjson.dumps(a_tick()))], "scheduler.tick")

        async def leads() -> list[Any]:
            found: list[Any] = (await http.get("/api/admin/leads")).json()["items"]
            return found

        async def is_there() -> bool:
            return bool(await leads())

        await eventually(is_there, "no lead was made", within=30)
        (lead,) = await leads()
        key = lead["id"].encode()

        async def is_announced() -> bool:
            records = await kafka_admin.records("lead.discovered")
            return any(record.key == key for record in records)

        await eventually(is_announced, "nobody heard of the lead", within=30)
        # The later event first.
        for topic, make in (("lead.delivered", delivered), ("lead.enriched", enriched)):
            await produce(kafka, [(key, orjson.dumps(make(lead["id"])))], topic)

        async def is_done() -> bool:
            (now,) = await leads()
            return (now["enrichment_status"], now["delivery_status"]) == ("completed", "delivered")

        await eventually(is_done, "the read model did not follow", within=30)

    (record,) = [each for each in await kafka_admin.records("lead.discovered") if each.key == key]
    told = orjson.loads(record.value)
    assert (told["company"]["domain"], told["intent"]["score"]) == ("acme.com", "hot")
    headers = dict(record.headers)
    assert headers["ce_type"] == b"lead.discovered.v1"
    assert headers["ce_source"] == b"/leadstream/discovery"

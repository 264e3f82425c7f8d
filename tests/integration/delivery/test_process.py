"""The real process, on a real broker: `migrate`, `worker`, one lead, SIGTERM."""

import os

import orjson
import pytest

from delivery.bootstrap import SERVICE
from integration.delivery.leads import SLACK_PATH, WORKSPACE, a_lead
from leadstream_dev.sandbox import Sandbox
from support.intake import ensure_topics, group_at_end, produce
from support.kafka import KafkaAdmin
from support.keys import generate_key
from support.service import at_work, run
from support.waiting import eventually

ENRICHED, DELIVERED = "lead.enriched", "lead.delivered"


@pytest.fixture
def database_template() -> None:
    """Nothing: `migrate` makes the schema."""
    return


@pytest.fixture
def environment(database_url: str, kafka: str, sandbox: Sandbox) -> dict[str, str]:
    return environment_of(database_url, kafka, sandbox)


def environment_of(database_url: str, kafka: str, sandbox: Sandbox) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DELIVERY_DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka,
        "ENCRYPTION_KEYS": generate_key("k1"),
        "HTTP_PORT": "0",
        **sandbox.env(),
    }


async def test_a_lead_goes_through_the_real_process(
    environment: dict[str, str], kafka: str, kafka_admin: KafkaAdmin, sandbox: Sandbox
) -> None:
    await ensure_topics(kafka_admin, ENRICHED, DELIVERED, "lead.upload")
    await group_at_end(kafka, "delivery", [ENRICHED])
    assert await (await run(SERVICE, "migrate", environment)).wait() == 0
    lead = a_lead()

    async with at_work(SERVICE, environment) as http:
        body = {"workspace_id": str(WORKSPACE), "type": "slack", "name": "alerts"}
        url = sandbox.slack_url(SLACK_PATH)
        made = await http.post("/api/admin/channels", json=body | {"url": url})
        assert made.status_code == 201
        await produce(kafka, [(lead["lead_id"].encode(), orjson.dumps(lead))], ENRICHED)

        async def is_announced() -> bool:
            records = await kafka_admin.records(DELIVERED)
            return any(record.key == lead["lead_id"].encode() for record in records)

        await eventually(is_announced, "nobody heard of the delivery", within=30)

    assert list(sandbox.ledger.slack_messages()) == [(SLACK_PATH, lead["lead_id"])]
    (told,) = [
        orjson.loads(record.value)
        for record in await kafka_admin.records(DELIVERED)
        if record.key == lead["lead_id"].encode()
    ]
    assert told["status"] == "delivered"

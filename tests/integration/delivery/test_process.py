"""The real process, on a real broker: `migrate`, `worker`, one lead, SIGTERM."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest

from integration.delivery.leads import SLACK_PATH, WORKSPACE, a_lead
from leadstream_dev.sandbox import Sandbox
from support.intake import ensure_topics, group_at_end, produce
from support.kafka import KafkaAdmin
from support.keys import generate_key
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


async def run(environment: dict[str, str], command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "delivery", command, env=environment, stdout=asyncio.subprocess.PIPE
    )


@asynccontextmanager
async def worker(environment: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A worker process, and its API."""
    process = await run(environment, "worker")
    assert process.stdout is not None
    try:
        port = 0
        while not port:
            line = orjson.loads(await asyncio.wait_for(process.stdout.readline(), 60))
            port = line.get("port", 0) if line["event"] == "http.listening" else 0
        draining = asyncio.create_task(process.stdout.read())
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
        ) as http:
            yield http
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        await draining
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_lead_goes_through_the_real_process(
    environment: dict[str, str], kafka: str, kafka_admin: KafkaAdmin, sandbox: Sandbox
) -> None:
    await ensure_topics(kafka_admin, ENRICHED, DELIVERED, "lead.upload")
    await group_at_end(kafka, "delivery", [ENRICHED])
    migration = await run(environment, "migrate")
    assert await migration.wait() == 0
    lead = a_lead()

    async with worker(environment) as http:

        async def is_ready() -> bool:
            return (await http.get("/readyz")).status_code == 200

        await eventually(is_ready, "the worker is not ready", within=60)
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


async def test_without_its_settings_it_says_in_one_line_what_is_missing() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "delivery",
        "worker",
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        stderr=asyncio.subprocess.PIPE,
    )

    _, stderr = await process.communicate()

    assert process.returncode == 2
    assert stderr.count(b"\n") == 1
    for name in (b"RESEND_API_KEY", b"RESEND_FROM", b"ENCRYPTION_KEYS", b"DATABASE_URL"):
        assert name in stderr

"""What dies in the middle is done again, and done once."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from integration.platform_upload.bench import SECRET, Bench, an_upload, uploads
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.machine import Replica, work
from leadstream.jobs.model import Job, Outcome
from leadstream_dev.sandbox import Sandbox


@pytest.mark.parametrize("adapter", ["hubspot", "salesforce", "webhook"])
async def test_b44_a_worker_that_dies_after_the_platform_accepted_doubles_nothing(
    make_replica: MakeReplica, sandbox: Sandbox, adapter: str
) -> None:
    """It is gone before it can write anything down; its lease runs out and another takes over."""
    first, second = await make_replica(drain_timeout=0.1), await make_replica()
    bench = Bench(second, sandbox)
    await bench.connect(adapter)
    answered = _never_tell(first)
    await bench.take(an_upload())

    async with first.working():
        await asyncio.wait_for(answered.wait(), 30)
    assert await bench.statuses() == ["pending"]
    # Not waited for: a lease that is short cuts off attempts that a busy machine is slow to make.
    lease = second.settings.job_lease
    await second.database.pool.execute(
        "UPDATE jobs SET leased_until = leased_until - $1::interval", lease
    )
    await second.janitor().reclaim()
    await work(second)

    assert await bench.statuses() == ["uploaded"]
    assert await bench.billed() == 1
    assert len(await bench.uploaded()) == 1
    (job,) = await second.jobs()
    assert (job["lost"], job["attempts"]) == (1, 1)
    if adapter == "webhook":
        assert bench.calls("hooks", "receive") == 2
        assert len(sandbox.ledger.effects("webhook")) == 1
        return
    kind = {"hubspot": "companies", "salesforce": "Lead"}[adapter]
    writes = [e for _, e in sandbox.ledger.effects("record") if e["object"] == kind]
    assert [write["created"] for write in writes] == [True, False]
    assert len({write["id"] for write in writes}) == 1


def _never_tell(replica: Replica) -> asyncio.Event:
    """Let the replica's attempts reach the platform and never come back; the event says that one has."""
    (kind,) = [kind for kind in replica.parts.kinds if kind.name == "upload-lead"]
    attempt, answered = kind.group_handler, asyncio.Event()
    assert attempt

    async def and_vanish(jobs: Sequence[Job]) -> Sequence[Outcome]:
        await attempt(jobs)
        answered.set()
        await asyncio.Event().wait()
        raise AssertionError

    replica.parts = replace(replica.parts, kinds=[replace(kind, group_handler=and_vanish)])
    return answered


async def test_b37_lost_answers_and_replays_together_bill_once(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    first, second = await make_replica(), await make_replica()
    bench = Bench(first, sandbox)
    await bench.connect("salesforce")
    await sandbox.control.behave("salesforce", "upsert", lose=0.3)
    events = uploads(60)

    await bench.take(*events, *events[:30])
    await work(first, second, within=60)
    await sandbox.control.clear("salesforce")
    await bench.post("/jobs/retry", {"state": "failed"}, status=202)
    await bench.take(*events)
    await work(first, second)

    assert await bench.statuses() == ["uploaded"] * 60
    assert await bench.billed() == 60
    assert all(len(ids) == 1 for ids in sandbox.ledger.crm_records("salesforce").values())


async def test_b47_no_secret_address_or_url_in_any_log_line(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="platform_upload")
    caplog.set_level(logging.DEBUG, logger="leadstream")
    await bench.connect("webhook")
    await bench.connect("hubspot", platform="retail-platform")
    await bench.sandbox.control.behave("hooks", errors={"status": 400, "body": "john@acme.com"})
    await bench.sandbox.control.behave("hubspot", errors={"status": 401})

    await bench.upload(an_upload(1), an_upload(2, platform="retail-platform"))

    said = "\n".join(f"{vars(record)}" for record in caplog.records)
    assert "job.attempted" in said
    for secret in (SECRET, "john@acme.com", "/hooks/tech-platform", "sandbox-86"):
        assert secret not in said

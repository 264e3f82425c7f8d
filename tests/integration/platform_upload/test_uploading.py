"""From the record to the platform: behaviour 29 to 37, whatever the adapter."""

import asyncio
from uuid import UUID

import orjson

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.machine import work
from leadstream.contracts import Decoded, Record, decode
from leadstream_dev.sandbox import Sandbox
from platform_upload.adapters.connections import PostgresConnectionBook
from platform_upload.entrypoints.events import take_uploads
from support.waiting import eventually
from unit.platform_upload.builders import a_connection

DEAD_LETTERS = "lead.upload.platform-upload.dlq"


async def test_b29_an_upload_that_was_done_is_not_done_again_when_its_job_is_forgotten(
    bench: Bench,
) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload())
    await bench.replica.database.pool.execute("DELETE FROM jobs")

    await bench.upload(an_upload())

    assert bench.calls("hooks", "receive") == 1


async def test_b32_a_batch_that_stays_small_goes_when_it_has_waited_long_enough(
    bench: Bench,
) -> None:
    await bench.connect()

    await bench.upload(*uploads(3))

    assert bench.calls("hubspot", "batch_upsert", object="companies") == 1


async def test_b35_leads_that_come_while_it_is_being_made_are_not_left_behind(
    bench: Bench,
) -> None:
    """The intake has looked and found none; the connection is made before the intake has written that down."""
    for round_ in range(10):
        workspace = UUID(int=round_ + 1)
        event = an_upload(round_, workspace=workspace)
        await asyncio.gather(bench.take(event), bench.connect("webhook", workspace=workspace))

    await work(bench.replica)

    assert await bench.statuses() == ["uploaded"] * 10
    assert await bench.items("/pauses") == []


async def test_b35_a_connection_waits_for_whoever_has_found_none(bench: Bench) -> None:
    """Else the pause would be written down after the connection that was to end it."""
    event = decode(Record(topic="lead.upload", value=orjson.dumps(an_upload())))
    assert isinstance(event, Decoded)
    async with bench.replica.database.transaction() as tx:
        await take_uploads(tx, [event])
        connecting = asyncio.create_task(bench.connect("webhook"))
        await asyncio.sleep(0.3)
        assert not connecting.done()

    await connecting

    assert await bench.items("/pauses") == []


async def test_b35_whoever_looks_for_a_connection_waits_for_one_being_made(bench: Bench) -> None:
    async with bench.replica.database.transaction() as tx:
        book = PostgresConnectionBook(tx, bench.replica.settings.encryption_keys)
        await book.lock(a_connection(workspace_id=WORKSPACE, id=UUID(id_of())).id)
        taking = asyncio.create_task(bench.take(an_upload()))
        await asyncio.sleep(0.3)
        assert not taking.done()
        await book.save(a_connection(workspace_id=WORKSPACE, id=UUID(id_of())))

    await taking

    assert await bench.items("/pauses") == []


async def test_b36_one_dead_platform_slows_nobody_else(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    concurrency = {"upload_concurrency": 4, "upload_connection_concurrency": 2}
    replica = await make_replica(webhook_timeout=60, drain_timeout=0.1, **concurrency)
    bench = Bench(replica, sandbox)
    await sandbox.control.behave("hooks", match={"hook": "tech-platform"}, hang=1.0)
    await bench.connect("webhook")
    await bench.connect("webhook", platform="retail-platform")

    async def its_place_is_held() -> bool:
        # One, until it has answered well.
        return bench.calls("hooks", "receive", hook="tech-platform") == 1

    async with replica.working():
        await bench.take(*uploads(20))
        await eventually(its_place_is_held, "the dead one holds no place")

        await bench.take(*uploads(10, start=100, platform="retail-platform"))

        # The dead one holds its place for longer than this.
        await eventually(lambda: bench.is_done(10), "the others had to wait", within=30)
    assert await bench.statuses(platform="tech-platform") == ["pending"] * 20


async def test_b37_a_lead_on_two_platforms_is_two_billing_events(bench: Bench) -> None:
    await bench.connect()
    await bench.connect("webhook", platform="retail-platform")

    await bench.upload(an_upload(), an_upload(platform="retail-platform"))

    billed = await bench.items("/billing-events")
    assert {row["platform"] for row in billed} == {"tech-platform", "retail-platform"}


async def test_what_is_uploaded_is_announced(bench: Bench) -> None:
    await bench.connect()

    await bench.upload(an_upload())

    (event,) = await bench.uploaded()
    (row,) = await bench.items("/uploads")
    assert event["lead_id"] == row["lead_id"]
    assert event["workspace_id"] == str(WORKSPACE)
    assert (event["platform"], event["adapter"]) == ("tech-platform", "hubspot")
    assert (event["revision"], event["outcome"]) == (1, "created")
    assert event["external_id"] == row["external_id"] == "101"
    assert row["attempts"] == 1


async def test_what_fails_for_good_is_announced_once(bench: Bench) -> None:
    await bench.sandbox.control.behave("hooks", errors={"status": 400})
    await bench.connect("webhook")

    await bench.upload(an_upload())

    (event,) = await bench.replica.events("lead.failed")
    (job,) = await bench.replica.jobs()
    assert (event["stage"], event["job_id"]) == ("platform-upload", str(job["id"]))
    assert event["error"]["code"] == "400"
    assert await bench.statuses() == ["failed"]
    assert await bench.billed() == 0


async def test_a_passing_error_is_tried_three_times_and_then_fails(bench: Bench) -> None:
    await bench.sandbox.control.behave("hooks", errors={"status": 500})
    await bench.connect("webhook")

    await bench.upload(an_upload())

    assert bench.calls("hooks", "receive") == 3
    (event,) = await bench.replica.events("lead.failed")
    assert event["attempts"] == 3


async def test_a_failed_upload_that_an_operator_runs_again_comes_through(bench: Bench) -> None:
    await bench.sandbox.control.behave("hooks", errors={"status": 400})
    await bench.connect("webhook")
    await bench.upload(an_upload())
    await bench.sandbox.control.clear("hooks")

    await bench.post("/jobs/retry", {"state": "failed"}, status=202)
    await work(bench.replica)

    assert await bench.statuses() == ["uploaded"]
    assert len(await bench.uploaded()) == 1


async def test_b11_a_rate_limit_is_obeyed_by_all_replicas(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    first, second = await make_replica(), await make_replica()
    bench = Bench(first, sandbox)
    await bench.connect()
    limited = {"status": 429, "headers": {"Retry-After": "30"}, "body": {"policyName": "SECONDLY"}}
    await sandbox.control.script("hubspot", None, limited)

    await bench.upload(*uploads(5))
    await bench.take(*uploads(5, start=10))
    await work(first, second)

    assert len(sandbox.ledger.entries(provider="hubspot")) == 1
    (pause,) = await bench.items("/pauses")
    assert (pause["scope"], pause["reason"]) == (f"connection:{id_of()}", "rate_limited")
    assert {job["attempts"] for job in await first.jobs()} == {0}


async def test_b42_a_lead_of_another_workspace_is_set_aside(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload())

    await bench.upload(an_upload(workspace=UUID(int=9), revision=2))

    assert len(await bench.replica.payloads(DEAD_LETTERS)) == 1
    assert bench.calls("hooks", "receive") == 1
    assert len(await bench.items("/uploads")) == 1


async def test_b45_any_bytes_are_set_aside_and_their_neighbours_go_on(bench: Bench) -> None:
    await bench.connect("webhook")
    odd = [
        b"\xff\xfe",
        b"[" * 5000,
        b"{}",
        b'{"lead_id": "x"}',
        None,
        orjson.dumps(an_upload(3, platform="moon-platform")),
    ]

    await bench.upload(an_upload(1), *odd, an_upload(2))

    assert bench.calls("hooks", "receive") == 2
    letters = await bench.replica.payloads(DEAD_LETTERS)
    assert set(letters) == set(odd)


async def test_older_revisions_never_overwrite_newer_ones(bench: Bench) -> None:
    await bench.connect("salesforce")
    await bench.upload(an_upload(intent_score="hot", revision=2))

    await bench.upload(an_upload(intent_score="warm"))

    assert await bench.statuses() == ["uploaded"] * 2
    ((lead,),) = (await bench.sandbox.control.state("salesforce")).values()
    assert lead["Rating"] == "Hot"


async def test_two_revisions_that_waited_together_leave_the_newer_one(bench: Bench) -> None:
    """The hot one is claimed first, the warm one beside it."""
    await bench.take(an_upload(intent_score="warm"), an_upload(intent_score="hot", revision=2))
    await bench.connect("salesforce")

    await work(bench.replica)

    assert await bench.statuses() == ["uploaded"] * 2
    ((lead,),) = (await bench.sandbox.control.state("salesforce")).values()
    assert lead["Rating"] == "Hot"


async def test_a_cancelled_upload_says_so(bench: Bench) -> None:
    await bench.take(an_upload())
    (job,) = await bench.replica.jobs()

    await bench.post(f"/jobs/{job['id']}/cancel")

    assert await bench.statuses() == ["cancelled"]
    (event,) = await bench.replica.events("lead.failed")
    assert (event["stage"], event["error"]["class"]) == ("platform-upload", "cancelled")
    assert await bench.statuses(status="pending") == []

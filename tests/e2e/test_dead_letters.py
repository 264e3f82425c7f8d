"""Garbage is set aside whole, with a reason a person can read, and can be put back once the cause is mended."""

import re
from typing import Any
from uuid import UUID

import orjson
import pytest

from leadstream.ids import new_id
from support.kafka import KafkaAdmin
from support.pipeline import Pipeline, example
from support.waiting import eventually

LETTERS = "lead.enriched.delivery.dlq"
GARBAGE = {
    "malformed_json": b'{"lead_id": ',
    "invalid_utf8": b"\xff\xfe\x00 not text \x80",
    "schema_violation": b'{"company": {"name": "Acme"}}',
    "unsupported_text": b'{"lead_id": "\\u0000"}',
}


async def letters(pipeline: Pipeline, topic: str, key: str) -> list[Any]:
    """Dead letters with the key, which each test has one of its own of."""
    admin = KafkaAdmin(pipeline.kafka.bootstrap_servers)
    await admin.start()
    try:
        return [record for record in await admin.records(topic) if record.key == key.encode()]
    finally:
        await admin.close()


async def letters_when(pipeline: Pipeline, topic: str, key: str, count: int) -> list[Any]:
    found: list[Any] = []

    async def are_there() -> bool:
        nonlocal found
        found = await letters(pipeline, topic, key)
        return len(found) >= count

    await eventually(are_there, f"{topic} has not {count} records with key {key}", within=20)
    assert len(found) == count
    return found


@pytest.mark.parametrize("reason", GARBAGE)
async def test_b45_garbage_is_set_aside_whole_and_its_neighbours_go_on(
    pipeline: Pipeline, workspace: UUID, reason: str
) -> None:
    key = str(new_id())

    await pipeline.produce("lead.enriched", GARBAGE[reason], key=key)
    neighbour = await pipeline.produce_lead(workspace, topic="lead.enriched")

    # Two services consume the topic, and each sets it aside for itself.
    for topic in (LETTERS, "lead.enriched.discovery.dlq"):
        (letter,) = await letters_when(pipeline, topic, key, 1)
        headers = dict(letter.headers)
        assert letter.value == GARBAGE[reason]
        assert headers["dlq_reason"].decode() == reason
        assert headers["dlq_topic"] == b"lead.enriched"
        assert len(headers["dlq_error"]) > 10
    await pipeline.lead_when(neighbour, delivery_status="delivered")


async def test_b45_a_tombstone_is_set_aside_with_a_null_value(pipeline: Pipeline) -> None:
    key = str(new_id())

    # kcat: an empty message with -Z is a null.
    await pipeline.kcat("-P", "-t", "lead.uploaded", "-Z", "-k", key, "/dev/null")
    await pipeline.kcat("-P", "-t", "lead.uploaded", "-Z", "-K", "|", stdin=f"{key}|\n".encode())

    (letter,) = await letters_when(pipeline, "lead.uploaded.discovery.dlq", key, 1)
    assert letter.value is None
    assert dict(letter.headers)["dlq_reason"] == b"tombstone"


async def test_people_read_dead_letters_on_the_command_line(pipeline: Pipeline) -> None:
    key = str(new_id())
    await pipeline.produce("lead.failed", b'{"lead_id": "\x1b[2J"}', key=key)
    (letter,) = await letters_when(pipeline, "lead.failed.discovery.dlq", key, 1)
    place = f"{letter.partition}:{letter.offset}"

    listed = (await pipeline.cli("dlq", "list", "lead.failed.discovery.dlq")).ok()
    shown = (await pipeline.cli("dlq", "show", "lead.failed.discovery.dlq", place)).ok()

    (line,) = [line for line in listed.stdout.splitlines() if f" {place} " in line]
    assert "malformed_json" in line
    assert "dlq_reason: malformed_json" in shown.stdout
    assert key in shown.stdout
    # The bytes can be read, and give the terminal no orders.
    assert r'{"lead_id": "\x1b[2J"}' in shown.stdout


async def test_b46_a_replay_puts_back_what_was_mended_and_a_second_one_nothing(
    pipeline: Pipeline, workspace: UUID
) -> None:
    lead_id, stranger = new_id(), new_id()
    await pipeline.sql(
        "INSERT INTO delivery.lead_bindings (lead_id, workspace_id) VALUES ($1, $2)",
        lead_id,
        stranger,
    )
    value = example("lead.enriched", "full", lead_id=str(lead_id), workspace_id=str(workspace))
    await pipeline.produce("lead.enriched", orjson.dumps(value), key=str(lead_id))
    (letter,) = await letters_when(pipeline, LETTERS, str(lead_id), 1)
    assert dict(letter.headers)["dlq_reason"] == b"workspace_mismatch"
    place = f"{letter.partition}:{letter.offset}"
    dry = (await pipeline.cli("dlq", "replay", LETTERS, "--dry-run")).ok()
    assert _count(dry.stdout) >= 1

    # The record is right, and what the lead is bound to was wrong.
    await pipeline.sql("DELETE FROM delivery.lead_bindings WHERE lead_id = $1", lead_id)
    first = (await pipeline.cli("dlq", "replay", LETTERS)).ok()

    assert _count(first.stdout) == _count(dry.stdout)
    await _emailed(pipeline, lead_id)
    again = (await pipeline.cli("dlq", "replay", LETTERS)).ok()
    # Garbage that other tests left was put back as well, and has been set aside anew; this one's has not.
    assert len(await letters(pipeline, LETTERS, str(lead_id))) == 1
    assert _count(again.stdout) <= _count(first.stdout)
    await pipeline.cli("dlq", "replay", LETTERS, "--offset", place)
    await _settled(pipeline, lead_id)
    assert len(pipeline.ledger.emails()[str(lead_id), "kit@e2e.example"]) == 1
    assert len(await letters(pipeline, LETTERS, str(lead_id))) == 1


async def test_b46_what_is_not_mended_comes_back_once_and_the_second_replay_has_nothing(
    pipeline: Pipeline,
) -> None:
    topic, key = "lead.upload.platform-upload.dlq", str(new_id())
    await pipeline.produce("lead.upload", b"[]", key=key)
    await letters_when(pipeline, topic, key, 1)

    assert _count((await pipeline.cli("dlq", "replay", topic)).ok().stdout) == 1

    _, newer = await letters_when(pipeline, topic, key, 2)
    assert newer.value == b"[]"
    # One set of reasons, not one on top of the other.
    assert len(dict(newer.headers)) == len(newer.headers)
    listed = (await pipeline.cli("dlq", "list", topic)).ok().stdout
    assert listed.count(" yes ") == 1
    assert listed.endswith("2 dead letters\n")


async def test_i9_a_flood_stops_the_topic_until_an_operator_has_seen_to_it(
    pipeline: Pipeline, workspace: UUID
) -> None:
    # All with one key: they share a partition with the good lead behind them.
    lead_id = new_id()
    good = example("lead.upload", "full", lead_id=str(lead_id), workspace_id=str(workspace))
    good["lead"]["id"] = str(lead_id)
    await pipeline.kcat("-P", "-t", "lead.upload", "-k", str(lead_id), stdin=b"garbage\n" * 500)
    await pipeline.produce("lead.upload", orjson.dumps(good), key=str(lead_id))

    await eventually(
        lambda: _is_held(pipeline, "platform-upload", "topic:lead.upload"),
        "500 bad records in a row have not stopped the topic",
        within=20,
    )
    async with pipeline.client("platform-upload", None) as client:
        ready = await client.get(f"{pipeline.services['platform-upload'][0].url}/readyz")
    assert ready.status_code == 503
    assert ready.text.count("lead.upload") == 1
    doctor = await pipeline.cli("doctor")
    assert doctor.code == 1
    assert "Mend the producer" in doctor.stdout
    assert (await pipeline.lead(lead_id) or {}).get("platform_uploaded") is not True

    lifting = re.search(
        r"leadstream (pauses lift platform-upload topic:lead.upload)$", doctor.stdout, re.MULTILINE
    )
    assert lifting is not None, doctor.stdout
    (await pipeline.cli(*lifting[1].split())).ok()

    await pipeline.lead_when(lead_id, platform_uploaded=True)


def _count(output: str) -> int:
    found = re.search(r"(\d+) dead letters", output)
    assert found is not None, output
    return int(found[1])


async def _is_held(pipeline: Pipeline, service: str, scope: str) -> bool:
    return scope in await pipeline.pauses(service)


async def _emailed(pipeline: Pipeline, lead_id: UUID) -> None:
    async def is_sent() -> bool:
        return (str(lead_id), "kit@e2e.example") in pipeline.ledger.emails()

    await eventually(is_sent, f"nobody was told of lead {lead_id}", within=20)


async def _settled(pipeline: Pipeline, lead_id: UUID) -> None:
    """Wait until delivery has read all records and has nothing left to do for the lead."""

    async def is_settled() -> bool:
        metrics = await pipeline.metrics("delivery")
        read = 'leadstream_consumer_lag_records{topic="lead.enriched"} 0.0' in metrics
        jobs = await pipeline.get("delivery", "jobs", lead_id=str(lead_id))
        return read and all(job["state"] == "succeeded" for job in jobs["items"])

    await eventually(is_settled, f"delivery has not done with lead {lead_id}", within=20)

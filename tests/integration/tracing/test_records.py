"""Traces through Kafka: from the record to its jobs and events, into dead letters and back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from leadstream.contracts.codec import Decoded
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.handlers import Work
from leadstream.kafka.letters import replay
from leadstream.outbox import OutboxEvent, add_events
from leadstream.postgres import Database, Tx
from support.intake import (
    DEAD_LETTERS,
    TOPIC,
    a_lead,
    ensure_topics,
    group_at_end,
    jobs,
    relaying,
    take_in,
    taking_in,
)
from support.kafka import KafkaAdmin
from support.ledger import until
from support.tracing import Spans, id_of, parent_of, trace_of, traced, value

TRACE = "a" * 32
TRACEPARENT = f"00-{TRACE}-{'b' * 16}-01"


@pytest.fixture
async def group(kafka: str, kafka_admin: KafkaAdmin) -> str:
    await ensure_topics(kafka_admin, TOPIC, DEAD_LETTERS)
    name = f"test-{uuid4()}"
    await group_at_end(kafka, name, [TOPIC])
    return name


async def produce(kafka: str, values: Sequence[tuple[bytes, str | None]]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for content, traceparent in values:
            headers = [("traceparent", traceparent.encode())] if traceparent else []
            await producer.send_and_wait(TOPIC, content, headers=headers)


async def take_in_traced(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    work = await take_in(tx, events)
    work.jobs = [
        replace(job, traceparent=event.traceparent)
        for job, event in zip(work.jobs, events, strict=True)
    ]
    return work


async def traceparents(database: Database) -> list[str]:
    rows = await database.pool.fetch("SELECT traceparent FROM jobs ORDER BY payload->>'name'")
    return [row["traceparent"] for row in rows]


async def test_a_record_goes_on_in_its_trace_and_one_without_begins_its_own(
    database: Database, kafka: str, group: str, spans: Spans
) -> None:
    async with taking_in(database, kafka, group, {TOPIC: take_in_traced}):
        await produce(kafka, [(a_lead("A"), TRACEPARENT), (a_lead("B"), None)])
        await until(lambda: _has_jobs(database, 2))

    await until(lambda: len(spans.all()) == 2)
    ours, other = spans.named(f"process {TOPIC}")
    if trace_of(ours) != TRACE:
        ours, other = other, ours
    assert (trace_of(ours), parent_of(ours), ours.kind.name) == (TRACE, "b" * 16, "CONSUMER")
    assert parent_of(other) is None
    assert value(ours, "messaging.consumer.group.name") == group
    continued = [each.split("-")[1:3] for each in await traceparents(database)]
    assert continued == [[trace_of(each), id_of(each)] for each in (ours, other)]


async def test_a_share_of_the_leads_is_traced_and_the_rest_keeps_its_trace_id(
    database: Database, kafka: str, group: str
) -> None:
    with traced(share=0.5) as spans:
        async with taking_in(database, kafka, group, {TOPIC: take_in_traced}):
            await produce(kafka, [(a_lead(f"{n:03}"), TRACEPARENT) for n in range(100)])
            await until(lambda: _has_jobs(database, 100))

    found = await traceparents(database)
    assert {each.split("-")[1] for each in found} == {TRACE}
    sampled = [each for each in found if each.endswith("-01")]
    assert len(sampled) == len(spans.all())
    # 100 throws of a coin: beyond these limits once in a hundred million.
    assert 20 < len(sampled) < 80


async def test_garbage_ends_in_its_trace_with_the_reason_and_without_one_leaves_none(
    database: Database, kafka: str, group: str, spans: Spans
) -> None:
    async with taking_in(database, kafka, group):
        await produce(kafka, [(b"{", TRACEPARENT), (b"{", None), (a_lead(), TRACEPARENT)])
        await until(lambda: _has_jobs(database, 1))

    found = spans.named(f"process {TOPIC}")
    assert {trace_of(each) for each in found} == {TRACE}
    reasons = {value(each, "error.type") for each in found}
    assert reasons == {None, "malformed_json"}


async def test_a_dead_letter_that_is_put_back_goes_on_in_the_same_trace(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, group: str, spans: Spans
) -> None:
    mended = False

    async def handler(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
        if mended:
            return await take_in_traced(tx, events)
        return Work(rejected=[(event, "workspace_mismatch", "not yet") for event in events])

    async with (
        taking_in(database, kafka, group, {TOPIC: handler}),
        relaying(database, kafka) as relay,
    ):
        value_sent = a_lead(f"lead {uuid4()}")
        await produce(kafka, [(value_sent, TRACEPARENT)])
        await until(lambda: spans.named(f"process {TOPIC}"))
        relay.wake()
        letter = None

        async def is_aside() -> bool:
            nonlocal letter
            records = await kafka_admin.records(DEAD_LETTERS)
            letter = next((each for each in records if each.value == value_sent), None)
            return letter is not None

        await until(is_aside)
        assert letter is not None
        mended = True
        config = KafkaConfig(bootstrap_servers=kafka)
        place = (letter.partition, letter.offset)
        assert await replay(config, DEAD_LETTERS, place, dry_run=False) == 1
        await until(lambda: _has_jobs(database, 1))

    await until(lambda: len(spans.named(f"process {TOPIC}")) == 2)
    refused, taken = spans.named(f"process {TOPIC}")
    assert dict(letter.headers)["traceparent"].decode() == TRACEPARENT
    assert value(refused, "error.type") == "workspace_mismatch"
    assert {parent_of(refused), parent_of(taken)} == {"b" * 16}
    assert await traceparents(database) == [f"00-{TRACE}-{id_of(taken)}-01"]


async def test_a_published_event_carries_its_producer_span(
    database: Database, kafka: str, kafka_admin: KafkaAdmin, spans: Spans
) -> None:
    topic = await kafka_admin.create_topic(partitions=1)
    own = ((("traceparent"), b"theirs"),)
    events = [
        _event(topic, TRACEPARENT),
        _event(topic, TRACEPARENT.removesuffix("01") + "00"),
        _event(topic, None),
        _event(topic, TRACEPARENT, headers=own),
    ]
    async with database.transaction() as tx:
        await add_events(tx, events)
    async with relaying(database, kafka):
        await until(lambda: _is_empty(database))

    records = await kafka_admin.records(topic)
    carried = [dict(record.headers).get("traceparent", b"").decode() for record in records]
    [sent] = spans.named(f"send {topic}")
    assert (trace_of(sent), parent_of(sent), sent.kind.name) == (TRACE, "b" * 16, "PRODUCER")
    assert carried == [f"00-{TRACE}-{id_of(sent)}-01", f"00-{TRACE}-{'b' * 16}-00", "", "theirs"]


def _event(topic: str, traceparent: str | None, **more: Any) -> OutboxEvent:
    return OutboxEvent(
        id=uuid4(),
        topic=topic,
        key=None,
        payload=b"{}",
        type="t.v1",
        aggregate_id="1",
        traceparent=traceparent,
        **more,
    )


async def _has_jobs(database: Database, count: int) -> bool:
    return await jobs(database) == count


async def _is_empty(database: Database) -> bool:
    return bool(await database.pool.fetchval("SELECT count(*) FROM outbox") == 0)

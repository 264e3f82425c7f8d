"""I8 and I9: records that nobody can use, one by one and in floods."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer

from chaos.crowd import Crowd
from chaos.groups import is_level, lag
from chaos.outcome import Report, is_quiet, report_of
from chaos.waiting import until
from chaos.world import World
from leadstream.contracts import registry
from leadstream.kafka.client import make_producer

# Lies beside the repository and is no part of it; where it is not, the samples below must do.
MINEFIELD = Path(__file__).parents[4] / "shared" / "vectors" / "json_test_suite" / "test_parsing"
DEEP = 100_000
FLOODED = "lead.failed"
SAMPLES = (
    b"",
    b"\x00\xff\xfe",
    b"{",
    b"null",
    b"[]",
    b'{"lead_id": NaN}',
    b'{"lead_id": "\\ud800", "workspace_id": "\\udc00"}',
    b'{"company": {"name": "\\u0000"}}',
    b'{"lead_id": "not an id", "workspace_id": 7}',
    b"[" * DEEP + b"]" * DEEP,
    b'{"company": {"name": "' + b"x" * 900_000 + b'"}}',
)
Sent = Counter[tuple[bytes | None, bytes | None]]


async def poison_topics(world: World, *, leads: int, every: int) -> Report:
    """Send bad records to every topic, `every`-th of the minefield, between good ones."""
    crowd = Crowd(world.slug("poison"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    before = await _dead_letters(world)
    sending = asyncio.create_task(crowd.send_by_records(world, per_second=30))
    sent = await _poison(world, every)
    await sending
    report = await report_of("I8 poison", world, crowd)
    await _until_taken_in(world, report)
    await _compare(world, report, sent, before)
    return report


async def flood_topic(world: World, *, leads: int, records: int) -> Report:
    """Send nothing but bad records to one partition: consumption of that topic stops until somebody lifts it."""
    crowd = Crowd(world.slug("flood"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    letters = f"{FLOODED}.discovery.dlq"
    before = sum((await _letters_in(world, letters)).values())
    await _produce(world, FLOODED, [(b"flood", b"{%d" % n) for n in range(records)])
    url = world.fleet["discovery"][0].url
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        noticed = await until(lambda: _is_stopped(client), within=20)
        await crowd.send_by_records(world, per_second=30)
        report = await report_of("I9 flood", world, crowd)
        aside = sum((await _letters_in(world, letters)).values()) - before
        waiting = sum((await lag(world.kafka_config)).values())
        lifted = await _lift(client)
        # The rest of the flood is one, too: it takes as many words of an operator as it has limits' worth of records.
        while not await until(lambda: is_level(world.kafka_config), within=5):
            lifted += await _lift(client)
    report.figures |= {
        "bad records": records,
        "set aside before it stopped": aside,
        "left waiting": waiting,
        "lifted": lifted,
    }
    if not noticed or not lifted or not waiting:
        report.faults.append("the flood was not noticed, or there was no pause to lift")
    if aside >= records:
        report.faults.append("the whole flood was poured into the dead-letter topic")
    return report


def _samples(every: int) -> Iterator[bytes]:
    yield from SAMPLES
    for number, path in enumerate(sorted(MINEFIELD.glob("*.json"))):
        if number % every == 0:
            yield path.read_bytes()


async def _poison(world: World, every: int) -> dict[str, Sent]:
    sent: dict[str, Sent] = {}
    for topic in registry.load().topics.values():
        if not topic.consumers:
            continue
        records: list[tuple[bytes | None, bytes | None]] = [
            (f"key-{n}".encode(), value) for n, value in enumerate(_samples(every))
        ]
        records += [(None, b"no key"), (b"tombstone", None)]
        await _produce(world, topic.name, records)
        sent[topic.name] = Counter(records)
    return sent


async def _produce(
    world: World, topic: str, records: list[tuple[bytes | None, bytes | None]]
) -> None:
    producer = make_producer(world.kafka_config)
    await producer.start()
    try:
        acks = [await producer.send(topic, key=key, value=value) for key, value in records]
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


async def _compare(
    world: World, report: Report, sent: Mapping[str, Sent], before: Mapping[str, Sent]
) -> None:
    after = await _dead_letters(world)
    total = 0
    for topic in registry.load().topics.values():
        for consumer in topic.consumers:
            letters = f"{topic.name}.{consumer}.dlq"
            found = after[letters] - before[letters]
            total += sum(found.values())
            lost, extra = sent[topic.name] - found, found - sent[topic.name]
            if lost or extra:
                counts = f"{sum(lost.values())} records missing, {sum(extra.values())} too many"
                report.faults.append(f"{letters}: {counts}: {[*lost, *extra][:2]!r:.200}")
    report.figures["dead letters"] = total


async def _dead_letters(world: World) -> dict[str, Sent]:
    topics = registry.load().topics.values()
    return {
        letters: await _letters_in(world, letters)
        for topic in topics
        for letters in (f"{topic.name}.{consumer}.dlq" for consumer in topic.consumers)
    }


async def _letters_in(world: World, topic: str) -> Sent:
    consumer: Any = AIOKafkaConsumer(
        topic, **world.kafka_config.options(), auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        found: Sent = Counter()
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(p) < end for p, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found.update((record.key, record.value) for record in records)
        return found
    finally:
        await consumer.stop()


async def _until_taken_in(world: World, report: Report) -> None:
    """Wait until every record is read, and what became of it is out: letters, too, go through an outbox."""

    async def all_is_out() -> bool:
        return await is_level(world.kafka_config) and await is_quiet(world)

    if not await until(all_is_out, within=30):
        behind = await lag(world.kafka_config)
        report.faults.append(f"still behind, or with events to send: {behind}")


async def _is_stopped(client: httpx.AsyncClient) -> bool:
    answer = await client.get("/readyz")
    return answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and FLOODED in answer.text


async def _lift(client: httpx.AsyncClient) -> int:
    pauses = (await client.get("/api/admin/pauses")).json()["items"]
    ours = [pause for pause in pauses if pause["scope"] == f"topic:{FLOODED}"]
    for pause in ours:
        (await client.delete(f"/api/admin/pauses/{pause['id']}")).raise_for_status()
    return len(ours)

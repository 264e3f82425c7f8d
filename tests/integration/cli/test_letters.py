"""Dead letters are read and put back a few megabytes at a time, and what was put back is remembered as long as they."""

import struct
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from leadstream.kafka import letters
from leadstream.kafka.client import FETCH_BYTES, KafkaConfig
from leadstream.kafka.letters import GROUP, read, replay
from support.intake import DEAD_LETTERS, TOPIC, ensure_topics
from support.kafka import KafkaAdmin

DAY_MS = 24 * 3600 * 1000


@pytest.fixture
async def config(kafka: str, kafka_admin: KafkaAdmin) -> KafkaConfig:
    """All that other tests left is put back."""
    await ensure_topics(kafka_admin, TOPIC, DEAD_LETTERS)
    config = KafkaConfig(bootstrap_servers=kafka)
    await replay(config, DEAD_LETTERS, None, dry_run=False)
    return config


async def _put(config: KafkaConfig, values: Sequence[bytes], key: bytes) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=config.bootstrap_servers, max_request_size=4_000_000
    )
    await producer.start()
    headers = [("dlq_topic", TOPIC.encode()), ("dlq_reason", b"test")]
    for value in values:
        await producer.send_and_wait(DEAD_LETTERS, value, key=key, headers=headers)
    await producer.stop()


async def _came_back(admin: KafkaAdmin, key: bytes) -> list[bytes]:
    return [record.value for record in await admin.records(TOPIC) if record.key == key]


async def test_letters_are_put_back_in_portions_once_and_in_their_order(
    config: KafkaConfig, kafka_admin: KafkaAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = uuid4().bytes
    values = [b"%02d" % n + b"x" * 900_000 for n in range(20)]
    await _put(config, values, key)
    portions: list[int] = []
    produce = letters._produce

    async def counting(producer: Any, records: Sequence[Any]) -> None:
        portions.append(sum(len(record.value) for record in records))
        await produce(producer, records)

    monkeypatch.setattr(letters, "_produce", counting)

    planned = await replay(config, DEAD_LETTERS, None, dry_run=True)
    counts = [await replay(config, DEAD_LETTERS, None, dry_run=False) for _ in range(2)]

    assert (planned, counts) == (20, [20, 0])
    assert max(portions) <= FETCH_BYTES
    assert await _came_back(kafka_admin, key) == values


async def test_a_limit_puts_back_the_oldest_and_the_rest_later(
    config: KafkaConfig, kafka_admin: KafkaAdmin
) -> None:
    key = uuid4().bytes
    values = [b"%d" % n for n in range(10)]
    await _put(config, values, key)

    first = await replay(config, DEAD_LETTERS, None, limit=4, dry_run=False)
    came_first = await _came_back(kafka_admin, key)
    rest = await replay(config, DEAD_LETTERS, None, dry_run=False)

    assert (first, came_first) == (4, values[:4])
    assert (rest, await _came_back(kafka_admin, key)) == (6, values)


async def test_a_list_has_the_newest_and_counts_all(config: KafkaConfig) -> None:
    _, before = await read(config, [DEAD_LETTERS], limit=1)
    await _put(config, [b"x" * n for n in range(1, 31)], uuid4().bytes)

    newest, kept = await read(config, [DEAD_LETTERS], limit=5)

    assert kept == before + 30
    assert [letter.bytes for letter in newest] == [26, 27, 28, 29, 30]
    assert not any(letter.put_back for letter in newest)
    assert newest[0].why["dlq_topic"] == TOPIC


async def test_what_was_put_back_is_remembered_for_longer_than_letters_are_kept(
    config: KafkaConfig, kafka_admin: KafkaAdmin
) -> None:
    await _put(config, [b"x"], uuid4().bytes)
    await replay(config, DEAD_LETTERS, None, dry_run=False)

    kept = [
        _kept_for(record.value)
        for record in await kafka_admin.records("__consumer_offsets")
        if record.value and GROUP.encode() in (record.key or b"") and record.key[:2] == b"\0\1"
    ]

    assert kept
    assert min(kept) >= 30 * DAY_MS


def _kept_for(value: bytes) -> int:
    """Of a commit as the broker keeps it: version 1 says when it expires."""
    version, _, length = struct.unpack_from(">hqh", value)
    committed, expires = struct.unpack_from(">qq", value, 12 + length)
    assert version == 1
    return int(expires - committed)

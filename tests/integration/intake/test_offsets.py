"""The lag of what is not read, and records that are gone before they are read."""

from collections import Counter
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from leadstream.kafka.partitions import partition_of
from leadstream.kafka.storage import IntakeObserver
from leadstream.pauses import add_pause
from leadstream.pauses.store import delete_pause
from leadstream.postgres import Database
from leadstream_dev.postgres import PostgresServer
from support.intake import (
    TOPIC,
    a_lead,
    ensure_topics,
    jobs,
    lag,
    produce,
    taking_in,
)
from support.kafka import KafkaAdmin
from support.ledger import migrated, until

KEY = b"k"
PARTITION = TopicPartition(TOPIC, partition_of(KEY, 12))


class Seen:
    """What an intake has reported."""

    def __init__(self) -> None:
        self.lag: int | None = None
        self.reports = 0
        self.missing: Counter[str] = Counter()

    @property
    def observer(self) -> IntakeObserver:
        return IntakeObserver(lag=self._lag, missing=self._missing)

    def _lag(self, topic: str, records: int) -> None:
        assert topic == TOPIC
        self.lag = records
        self.reports += 1

    def _missing(self, topic: str, records: int) -> None:
        self.missing[topic] += records


async def test_the_lag_of_a_topic_that_is_paused_is_what_waits(
    database: Database, kafka: str, group: str
) -> None:
    await _pause(database)
    await produce(kafka, [(b"%d" % n, a_lead()) for n in range(30)])
    seen = Seen()

    async with taking_in(database, kafka, group, observer=seen.observer):
        await until(lambda: seen.lag == 30)
        await produce(kafka, [(b"%d" % n, a_lead()) for n in range(12)])
        await until(lambda: seen.lag == 42)

    assert await jobs(database) == 0


async def test_a_partition_that_was_never_committed_counts_from_its_start(
    database: Database, kafka: str, kafka_admin: KafkaAdmin
) -> None:
    await ensure_topics(kafka_admin, TOPIC)
    await produce(kafka, [(None, a_lead())])
    there = await _there(kafka)
    await _pause(database)
    seen = Seen()

    async with taking_in(database, kafka, f"new-{uuid4()}", observer=seen.observer):
        await until(lambda: seen.lag == there)


async def test_the_lag_does_not_stand_still_while_postgres_is_away(
    own_postgres: PostgresServer, kafka: str, group: str
) -> None:
    seen = Seen()
    async with migrated(own_postgres.url) as database:
        async with taking_in(database, kafka, group, observer=seen.observer):
            await produce(kafka, [(None, a_lead())])
            await until(partial(_caught_up, kafka, group))
            await until(lambda: seen.lag == 0)
            await own_postgres.kill()
            await produce(kafka, [(b"%d" % n, a_lead()) for n in range(25)])
            await until(lambda: seen.lag == 25)
            await own_postgres.start()
            await until(lambda: seen.lag == 0)
        assert await jobs(database) == 26


async def test_records_that_were_deleted_before_they_were_read_are_said(
    database: Database, kafka: str, group: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen = Seen()
    await produce(kafka, [(KEY, a_lead()) for _ in range(10)])
    end = await _delete_all_but(kafka, 4)

    for _ in range(2):
        # Once only.
        async with taking_in(database, kafka, group, observer=seen.observer):
            await until(partial(_caught_up, kafka, group))
            await until(lambda: seen.lag == 0)

    assert await jobs(database) == 4
    assert seen.missing == {TOPIC: 6}
    [said] = [vars(r) for r in caplog.records if r.message == "intake.records_missing"]
    assert (said["topic"], said["partition"]) == (TOPIC, PARTITION.partition)
    assert (said["from"], said["to"], said["cause"]) == (end - 10, end - 4, "expired")


async def test_records_that_are_deleted_while_their_topic_is_paused_are_said(
    database: Database, kafka: str, group: str
) -> None:
    seen = Seen()
    pause = await _pause(database)

    async with taking_in(database, kafka, group, observer=seen.observer):
        await produce(kafka, [(KEY, a_lead()) for _ in range(10)])
        await until(lambda: seen.lag == 10)
        assert not seen.missing
        await _delete_all_but(kafka, 4)
        async with database.transaction() as tx:
            await delete_pause(tx, pause)
        await until(partial(_caught_up, kafka, group))

    assert seen.missing == {TOPIC: 6}
    assert await jobs(database) == 4


async def test_a_partition_that_ends_before_what_was_read_is_said_and_read_from_its_beginning(
    database: Database, kafka: str, group: str
) -> None:
    seen = Seen()
    await produce(kafka, [(KEY, a_lead()) for _ in range(3)])
    end = await _delete_all_but(kafka, 3)
    await _commit(kafka, group, end + 50)

    async with taking_in(database, kafka, group, observer=seen.observer):
        await until(partial(_caught_up, kafka, group))

    assert seen.missing == {TOPIC: 50}
    assert await jobs(database) == 3


async def test_the_end_of_a_transaction_is_no_missing_record(
    database: Database, kafka: str, group: str
) -> None:
    seen = Seen()
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=f"tx-{uuid4()}")
    await producer.start()

    async with taking_in(database, kafka, group, observer=seen.observer):
        for _ in range(5):
            async with producer.transaction():
                await producer.send(TOPIC, a_lead(), key=KEY)
        await producer.stop()
        await produce(kafka, [(KEY, a_lead())])
        await until(lambda: _jobs(database, 6))

    assert seen.missing == {}


async def _pause(database: Database) -> Any:
    async with database.transaction() as tx:
        return (await add_pause(tx, f"topic:{TOPIC}", reason="test", actor="test")).id


async def _delete_all_but(kafka: str, count: int) -> int:
    """Delete the partition's records but the newest; return its end."""
    end = (await _ends(kafka))[PARTITION]
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.delete_records({PARTITION: RecordsToDelete(before_offset=end - count)})
    await admin.close()
    return end


async def _ends(kafka: str, *, beginnings: bool = False) -> dict[TopicPartition, int]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka)
    await consumer.start()
    try:
        ask = consumer.beginning_offsets if beginnings else consumer.end_offsets
        found: dict[TopicPartition, int] = await ask([TopicPartition(TOPIC, n) for n in range(12)])
        return found
    finally:
        await consumer.stop()


async def _there(kafka: str) -> int:
    begins = await _ends(kafka, beginnings=True)
    return sum((await _ends(kafka)).values()) - sum(begins.values())


async def _commit(kafka: str, group: str, offset: int) -> None:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    consumer.assign([PARTITION])
    await consumer.commit({PARTITION: offset})
    await consumer.stop()


async def _caught_up(kafka: str, group: str) -> bool:
    return await lag(kafka, group) == 0


async def _jobs(database: Database, count: int) -> bool:
    return await jobs(database) == count

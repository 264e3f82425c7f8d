import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from support.kafka import KafkaAdmin
from support.postgres import Databases


async def _create_leads(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE leads (id int PRIMARY KEY)")
    await connection.close()


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def _count_leads(url: str) -> int:
    connection = await asyncpg.connect(url)
    count: int = await connection.fetchval("SELECT count(*) FROM leads")
    await connection.close()
    return count


async def test_each_database_starts_as_its_template(databases: Databases) -> None:
    template = await databases.template("starts", _create_leads)
    first = await databases.create(template)
    await _execute(first, "INSERT INTO leads VALUES (1)")

    second = await databases.create(template)

    assert await _count_leads(first) == 1
    assert await _count_leads(second) == 0
    await databases.drop(first)
    await databases.drop(second)


async def test_a_template_is_prepared_once(databases: Databases) -> None:
    prepared = []

    async def prepare(url: str) -> None:
        prepared.append(url)

    first = await databases.template("once", prepare)
    second = await databases.template("once", prepare)

    assert first == second
    assert len(prepared) == 1


async def test_a_template_that_failed_is_prepared_again(databases: Databases) -> None:
    async def fail(_: str) -> None:
        raise RuntimeError("broken migration")

    with pytest.raises(RuntimeError):
        await databases.template("fails", fail)
    template = await databases.template("fails", _create_leads)

    url = await databases.create(template)
    assert await _count_leads(url) == 0
    await databases.drop(url)


async def test_the_database_of_a_test_is_empty(database_url: str) -> None:
    await _create_leads(database_url)

    assert await _count_leads(database_url) == 0


async def test_a_created_topic_takes_records_at_once(kafka_admin: KafkaAdmin) -> None:
    topic = await kafka_admin.create_topic(partitions=3)

    async with AIOKafkaProducer(bootstrap_servers=kafka_admin.bootstrap_servers) as producer:
        for partition in range(3):
            await producer.send_and_wait(topic, b"value", partition=partition)

    records = await kafka_admin.records(topic)
    assert sorted(record.partition for record in records) == [0, 1, 2]

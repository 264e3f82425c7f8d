import json
from pathlib import Path

import asyncpg
import pytest

from integration.dev.owners import an_owner
from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.kafka import cluster_id
from leadstream_dev.postgres import PostgresUrl
from leadstream_dev.stack import Stack, clean
from leadstream_dev.waiting import until
from support.kafka import KafkaAdmin


def a_stack(home: Home, **env: str) -> Stack:
    return Stack(home=home, env=env, durable=False)


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def test_data_and_addresses_survive_an_owner_that_was_killed(kafka_home: Home) -> None:
    with an_owner("stack", kafka_home) as owner:
        await execute(owner.environment["DATABASE_URL"], "CREATE TABLE leads (id int)")
        topic = await create_topic(owner.environment["KAFKA_BOOTSTRAP_SERVERS"])
        owner.kill()
        assert await until(owner.left_nothing, within=10)

    async with a_stack(kafka_home) as stack:
        assert stack.environment() == owner.environment
        await execute(stack.database_url, "INSERT INTO leads VALUES (1)")
        assert await topic_exists(stack.bootstrap_servers, topic)


async def test_one_that_runs_keeps_a_second_and_a_clean_out(kafka_home: Home) -> None:
    async with a_stack(kafka_home) as stack:
        with pytest.raises(StackError, match="a stack is running"):
            await a_stack(kafka_home).start()
        with pytest.raises(StackError, match="a stack is running"):
            await clean(kafka_home)

        assert await cluster_id(stack.bootstrap_servers)


async def test_when_one_server_fails_the_other_is_stopped(
    kafka_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    stack = a_stack(kafka_home)

    with pytest.raises(StackError, match="Kafka needs Java"):
        await stack.start()

    assert stack.postgres is not None
    assert not stack.postgres.running
    assert not list(kafka_home.run.glob("*.json"))


async def test_servers_that_run_elsewhere_are_used(
    home: Home, kafka: str, postgres_server: PostgresUrl
) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": kafka, "DATABASE_URL": postgres_server.url}

    async with a_stack(home, **given) as stack:
        assert stack.kafka is None
        assert stack.postgres is None
        assert stack.environment() == given


async def test_a_kafka_that_should_be_there_and_is_not_is_named(home: Home) -> None:
    stack = a_stack(
        home, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1", DATABASE_URL="postgresql://127.0.0.1:1/x"
    )

    with pytest.raises(StackError, match=r"no Kafka answers at 127\.0\.0\.1:1"):
        await stack.start()


async def test_a_state_file_of_processes_that_are_gone_does_not_block(kafka_home: Home) -> None:
    kafka_home.run.mkdir(parents=True)
    gone = {"pid": 1, "started": "another boot:1"}
    record = {
        "name": "postgres",
        "process": gone,
        "owner": gone,
        "ports": [5432],
        "data_dir": str(kafka_home.postgres_data),
        "scratch": False,
        "death_signal": 3,
    }
    (kafka_home.run / "postgres-1.json").write_text(json.dumps(record), encoding="utf-8")

    async with a_stack(kafka_home) as stack:
        assert await cluster_id(stack.bootstrap_servers)

    await clean(kafka_home)
    assert not list(kafka_home.run.glob("*.json"))


async def create_topic(bootstrap_servers: str) -> str:
    admin = KafkaAdmin(bootstrap_servers)
    await admin.start()
    topic = await admin.create_topic()
    await admin.close()
    return topic


async def topic_exists(bootstrap_servers: str, topic: str) -> bool:
    admin = KafkaAdmin(bootstrap_servers)
    await admin.start()
    try:
        return await admin.exists(topic)
    finally:
        await admin.close()

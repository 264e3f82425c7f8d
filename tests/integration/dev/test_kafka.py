import asyncio
import os
import stat
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaProducer

from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker, ensure_jars
from support.kafka import KafkaAdmin


async def produce(broker: KafkaBroker, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap_servers, max_request_size=2 * 2**20
    )
    async with producer:
        await producer.send_and_wait(topic, value)


async def values(broker: KafkaBroker, topic: str) -> list[bytes]:
    admin = KafkaAdmin(broker.bootstrap_servers)
    await admin.start()
    records = await admin.records(topic)
    await admin.close()
    return [record.value for record in records]


async def a_topic(broker: KafkaBroker) -> str:
    admin = KafkaAdmin(broker.bootstrap_servers)
    await admin.start()
    topic = await admin.create_topic()
    await admin.close()
    return topic


async def test_records_survive_a_restart_and_a_kill(own_kafka: KafkaBroker) -> None:
    topic, port = await a_topic(own_kafka), own_kafka.port
    await produce(own_kafka, topic, b"before the restart")

    await own_kafka.restart()
    await produce(own_kafka, topic, b"before the kill")
    await own_kafka.kill()
    await own_kafka.start()

    assert own_kafka.port == port
    assert await values(own_kafka, topic) == [b"before the restart", b"before the kill"]


async def test_an_optimised_broker_takes_what_it_is_told(kafka_home: Home) -> None:
    broker = KafkaBroker(
        data_dir=kafka_home.kafka_data,
        home=kafka_home,
        config={"message.max.bytes": "2097152"},
        optimised=True,
    )

    async with broker:
        topic = await a_topic(broker)
        await produce(broker, topic, b"x" * 1_500_000)

        assert "-XX:TieredStopAtLevel=1" not in psutil.Process(broker.pid).cmdline()
        assert [len(value) for value in await values(broker, topic)] == [1_500_000]


async def test_a_killed_broker_is_gone_at_once(own_kafka: KafkaBroker) -> None:
    await own_kafka.kill()

    assert not own_kafka.running
    with pytest.raises(OSError, match=str(own_kafka.port)):
        await asyncio.open_connection("127.0.0.1", own_kafka.port)


async def test_a_broker_that_cannot_start_shows_its_log(kafka_home: Home, tmp_path: Path) -> None:
    broker = KafkaBroker(
        data_dir=tmp_path / "kafka", home=kafka_home, config={"log.segment.bytes": "nonsense"}
    )

    with pytest.raises(StackError, match=r"exit code 1 (?s:.*)log\.segment\.bytes"):
        await broker.start()


async def test_a_port_that_another_broker_has_is_no_start(kafka: str, kafka_home: Home) -> None:
    port = int(kafka.rpartition(":")[2])
    broker = KafkaBroker(data_dir=kafka_home.kafka_data, port=port, home=kafka_home)

    with pytest.raises(StackError, match=r"exit code 1 (?s:.*)Address already in use"):
        await broker.start()


@pytest.mark.parametrize("home_variable", [None, "JAVA_HOME"])
async def test_a_missing_java_is_named_with_its_package(
    kafka_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home_variable: str | None
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if home_variable:
        monkeypatch.setenv(home_variable, str(tmp_path))

    with pytest.raises(StackError) as error:
        await KafkaBroker(data_dir=tmp_path / "kafka", home=kafka_home).start()

    assert str(error.value).startswith("Kafka needs Java 17 or newer and there is none")
    assert "apt-get install openjdk-17-jre-headless" in str(error.value)
    assert "\n" not in str(error.value)


async def test_a_java_that_is_too_old_is_named(
    kafka_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = a_program(tmp_path, "java", """echo 'openjdk version "1.8.0_402"' >&2""")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(StackError, match=f"{java} is Java 8 "):
        await KafkaBroker(data_dir=tmp_path / "kafka", home=kafka_home).start()


async def test_a_missing_maven_is_named_with_its_package(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MAVEN_HOME", raising=False)

    with pytest.raises(StackError) as error:
        await ensure_jars(home)

    assert "there is no mvn (Debian: apt-get install maven)" in str(error.value)


async def test_jars_are_fetched_once_however_many_ask(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = a_fake_maven(tmp_path, monkeypatch)

    folders = await asyncio.gather(*(ensure_jars(home) for _ in range(5)))

    assert {folder / "kafka.jar" for folder in folders} == {home.kafka_jars / "kafka.jar"}
    assert (home.kafka_jars / "kafka.jar").exists()
    assert calls.read_text(encoding="utf-8").splitlines() == ["called"]


async def test_jars_of_another_pom_are_replaced(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_fake_maven(tmp_path, monkeypatch)
    home.kafka_jars.mkdir(parents=True)
    (home.kafka_jars / ".pom-0123456789abcdef").touch()
    (home.kafka_jars / "old.jar").touch()

    await ensure_jars(home)

    assert [jar.name for jar in home.kafka_jars.glob("*.jar")] == ["kafka.jar"]


async def test_a_failed_download_leaves_nothing_that_looks_complete(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path, "mvn", "echo 'Unknown host'; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(StackError, match=r"could not fetch Kafka's jars(?s:.*)Unknown host"):
        await ensure_jars(home)

    assert not home.kafka_jars.exists()
    assert not list(home.kafka_jars.parent.glob("libs-*"))


def a_fake_maven(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    calls = folder / "calls"
    a_program(
        folder,
        "mvn",
        f'echo called >> {calls}; for a; do case $a in -DoutputDirectory=*) out="${{a#*=}}";; esac; done;'
        ' sleep 0.2; touch "$out/kafka.jar"',
    )
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return calls


def a_program(folder: Path, name: str, script: str) -> Path:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program

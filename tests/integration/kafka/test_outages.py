"""Clients while their broker is away."""

import asyncio
import logging

import pytest

from leadstream.kafka.client import KafkaConfig, make_producer
from leadstream_dev.kafka import KafkaBroker
from support.kafka import KafkaAdmin


async def test_a_producer_waits_for_its_broker_without_spinning(
    own_kafka: KafkaBroker, caplog: pytest.LogCaptureFixture
) -> None:
    admin = KafkaAdmin(own_kafka.bootstrap_servers)
    await admin.start()
    topic = await admin.create_topic(partitions=12)
    await admin.close()
    producer = make_producer(KafkaConfig(bootstrap_servers=own_kafka.bootstrap_servers))
    await producer.start()
    # One after the other while the broker goes, so that one of them learns that its partition has no leader.
    sending = [await producer.send(topic, key=str(n).encode(), value=b"1") for n in range(50)]
    await asyncio.gather(*sending)

    stopping = asyncio.create_task(own_kafka.stop())
    waiting = []
    while not stopping.done():
        waiting.append(await producer.send(topic, value=b"2"))
        await asyncio.sleep(0.01)
    caplog.clear()
    with caplog.at_level(logging.ERROR, logger="aiokafka"):
        await asyncio.sleep(2)
    tries = [each for each in caplog.messages if each.startswith("Unable to update metadata")]
    await own_kafka.start()
    # What failed meanwhile the relay would send again.
    await asyncio.gather(*waiting, return_exceptions=True)
    await producer.stop()

    assert len(tries) < 50


async def test_a_connection_that_closes_while_it_is_used_ends_no_metadata_updates(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer = make_producer(KafkaConfig(bootstrap_servers=kafka))
    await producer.start()
    client = producer.client
    connection = next(iter(client._conns.values()))

    def closed(*_: object) -> None:
        # uvloop's words for it.
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

    with monkeypatch.context() as patched:
        for connection in client._conns.values():
            patched.setattr(connection, "send", closed)
        patched.setattr(client, "_get_conn", _returning(connection))
        first = await asyncio.wait_for(client.force_metadata_update(), 60)
    second = await asyncio.wait_for(client.force_metadata_update(), 60)
    await producer.stop()

    assert (first, second) == (False, True)


def _returning(value: object) -> object:
    async def give(*_: object, **__: object) -> object:
        return value

    return give

"""What waits for a broker gives up: a broker that is away, or does not read, may stay so."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaTimeoutError

from leadstream.contracts import Record
from leadstream.kafka import client, letters
from leadstream.kafka.client import KafkaConfig, abandon, let_go, make_consumer, make_producer

NOWHERE = KafkaConfig(bootstrap_servers="127.0.0.1:9")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CLOSE_SECONDS", 0.05)
    monkeypatch.setattr(client, "STOP_SECONDS", 0.05)
    monkeypatch.setattr(letters, "ANSWER_SECONDS", 0.05)


class Transport:
    is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True


class Unread:
    """A connection with something to send to a broker that takes nothing."""

    def __init__(self) -> None:
        self.transport = Transport()
        self._writer = SimpleNamespace(transport=self.transport)

    def close(self, **_: Any) -> "asyncio.Future[None]":
        return asyncio.get_running_loop().create_future()


async def forever(*_: Any, **__: Any) -> None:
    await asyncio.get_running_loop().create_future()


async def test_a_producer_is_abandoned_with_what_its_broker_does_not_read() -> None:
    producer = make_producer(NOWHERE)
    connection = Unread()
    producer.client._conns["broker"] = connection

    async with asyncio.timeout(5):
        await abandon(producer)

    assert connection.transport.is_aborted


async def test_a_member_that_does_not_stop_says_no_more_that_it_lives() -> None:
    consumer = member()
    consumer._coordinator = SimpleNamespace(_heartbeat_task=asyncio.create_task(forever()))
    consumer.stop = forever

    async with asyncio.timeout(5):
        await let_go(consumer)
        await asyncio.wait([consumer._coordinator._heartbeat_task])

    assert consumer._coordinator._heartbeat_task.cancelled()
    consumer._closed = True


def member() -> AIOKafkaConsumer:
    return make_consumer(NOWHERE, group="g", instance_id=None, session_timeout_ms=6000)


async def test_a_letter_that_no_broker_takes_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = make_producer(NOWHERE)
    monkeypatch.setattr(producer, "start", at_once)
    monkeypatch.setattr(producer, "send", never_acknowledged)
    monkeypatch.setattr(producer, "stop", forever)
    monkeypatch.setattr(letters, "make_producer", lambda _: producer)

    async with asyncio.timeout(5):
        with pytest.raises(KafkaTimeoutError):
            async with letters.sending(NOWHERE) as send:
                await send(Record(topic="lead.discovered", offset=0, value=b"{}"))


async def test_a_broker_that_never_answers_a_replay_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    producer = make_producer(NOWHERE)
    monkeypatch.setattr(producer, "start", forever)
    monkeypatch.setattr(letters, "make_producer", lambda _: producer)

    async with asyncio.timeout(5):
        with pytest.raises(KafkaTimeoutError):
            async with letters.sending(NOWHERE):
                pass


async def at_once() -> None:
    return


async def never_acknowledged(*_: Any, **__: Any) -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()

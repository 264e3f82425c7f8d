"""A client whose broker comes and goes, without either."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import client as aiokafka_client
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.metadata import MetadataResponse_v0

from leadstream.kafka.outages import withstand_outages

NO_BROKERS = MetadataResponse_v0([], [])
ONE_BROKER = MetadataResponse_v0([(1, "127.0.0.1", 9)], [])


class Connection:
    def __init__(self, answer: MetadataResponse_v0) -> None:
        self._answer = answer
        self._lost = False

    def lose(self) -> None:
        self._lost = True

    def connected(self) -> bool:
        return not self._lost

    async def send(self, _: Any) -> MetadataResponse_v0:
        return self._answer

    def close(self, **_: Any) -> "asyncio.Future[None]":
        closed = asyncio.get_running_loop().create_future()
        closed.set_result(None)
        return closed


class Server:
    """What every new connection leads to."""

    def __init__(self) -> None:
        self.answer: MetadataResponse_v0 | None = NO_BROKERS
        self.connections: list[Connection] = []

    async def connect(self, *_: Any, **__: Any) -> Connection:
        if self.answer is None:
            raise ConnectionRefusedError
        self.connections.append(Connection(self.answer))
        return self.connections[-1]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(aiokafka_client, "create_conn", server.connect)
    return server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[AIOKafkaClient]:
    """Has asked a broker that is not in its own cluster yet."""
    client = AIOKafkaClient(bootstrap_servers="127.0.0.1:9")
    withstand_outages(client)
    await client.bootstrap()
    yield client
    await client.close()


async def test_a_client_that_knows_no_broker_and_lost_whom_it_asked_finds_the_cluster(
    client: AIOKafkaClient, server: Server
) -> None:
    server.connections[0].lose()
    server.answer = None
    assert not await client.force_metadata_update()

    server.answer = ONE_BROKER
    async with asyncio.timeout(5):
        while not client.cluster.brokers():
            await client.force_metadata_update()


async def test_while_whom_it_asked_is_there_nobody_else_is_asked(
    client: AIOKafkaClient, server: Server
) -> None:
    assert not await client.force_metadata_update()
    assert not await client.force_metadata_update()

    assert len(server.connections) == 1

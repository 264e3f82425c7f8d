"""What every integration test cleans up after the libraries."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakSet

import pytest
from aiokafka import client as aiokafka_client
from aiokafka.conn import AIOKafkaConnection

_OPENED: WeakSet[AIOKafkaConnection] = WeakSet()
_create = aiokafka_client.create_conn


async def _noted(*args: Any, **options: Any) -> AIOKafkaConnection:
    connection = await _create(*args, **options)
    _OPENED.add(connection)
    return connection


aiokafka_client.create_conn = _noted


@pytest.fixture(autouse=True)
async def _no_late_connections() -> AsyncIterator[None]:
    """Close what aiokafka opens behind its own back.

    A client that is closed while it connects forgets that connection, and on a busy machine some test is then blamed
    for it. Consumers and producers that nobody stops still complain themselves.
    """
    yield
    loop = asyncio.get_running_loop()
    for connection in list(_OPENED):
        if connection._loop is loop and connection.connected():
            connection.close()

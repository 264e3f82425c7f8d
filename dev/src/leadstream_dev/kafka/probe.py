"""Asking a Kafka whether it is up."""

import asyncio
from contextlib import suppress

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from leadstream_dev.errors import StackError
from leadstream_dev.ports import is_open

_CLOSE_SECONDS = 5.0


async def cluster_id(bootstrap_servers: str) -> str | None:
    """Return the id of the cluster there, or None until one of its brokers is registered and unfenced."""
    if not await _accepts_connections(bootstrap_servers):
        return None
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=5000)
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        return str(cluster["cluster_id"]) if cluster["brokers"] else None
    except (KafkaError, OSError):
        return None
    finally:
        # Whoever asks has a limit, which ends the asking but not this.
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await admin.close()


async def require_cluster(bootstrap_servers: str) -> None:
    """Raise StackError unless a Kafka answers there."""
    if await cluster_id(bootstrap_servers) is None:
        raise StackError(
            f"KAFKA_BOOTSTRAP_SERVERS is set, but no Kafka answers at {bootstrap_servers}"
        )


async def _accepts_connections(bootstrap_servers: str) -> bool:
    # aiokafka logs an error for each refusal, and there are dozens until a broker is up.
    host, _, port = bootstrap_servers.split(",")[0].rpartition(":")
    return await is_open(host, int(port))

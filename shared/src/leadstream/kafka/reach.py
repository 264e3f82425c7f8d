"""Whether any broker can be reached right now: the clients themselves only keep trying."""

import asyncio

from leadstream.kafka.client import KafkaConfig

CONNECT_SECONDS = 1.0


async def is_reachable(config: KafkaConfig) -> bool:
    """Whether one of the bootstrap servers takes a connection."""
    servers = [server.strip().rpartition(":") for server in config.bootstrap_servers.split(",")]
    answers = await asyncio.gather(*(_connects(host, int(port)) for host, _, port in servers))
    return any(answers)


async def _connects(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host.strip("[]"), port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True

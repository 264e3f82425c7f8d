"""What aiokafka 0.14 gets wrong while no broker is there, put right in the client that all of it goes through."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaConnectionError

log = logging.getLogger(__name__)
REST_SECONDS = 0.1


def withstand_outages(client: Any) -> None:
    """Make a producer's or consumer's client wait for a broker that is away, and find it again when it is back."""
    client._metadata_update = _patient(client, client._metadata_update)  # noqa: SLF001 - no hook for it
    client.send = _translated(client.send)


def _patient(client: Any, update: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
    async def patient(*arguments: Any) -> bool:
        try:
            updated = await update(*arguments)
        except Exception:
            # The task that calls this is the only one that ever updates metadata, and nobody notices its end: the
            # client would wait for ever. uvloop raises RuntimeError where a connection closes meanwhile, and
            # aiokafka passes it on (aiokafka #1038).
            log.warning("kafka.metadata_failed", exc_info=True)
            updated = False
        if not updated:
            # A sender without a partition's leader asks again at once: 10,000 times a second, until a lease runs out
            # because nothing else gets its turn.
            await asyncio.sleep(REST_SECONDS)
            await _bootstrap_again(client)
        return updated

    return patient


async def _bootstrap_again(client: Any) -> None:
    """Find the cluster anew, if the client knows no broker of it and has lost whom it asked.

    A broker that has just started answers that there are none. aiokafka keeps the connection to ask again, and once
    that is lost it has nobody to ask: who starts it would wait for ever.
    """
    if client.cluster.brokers() or any(each.connected() for each in client._conns.values()):  # noqa: SLF001
        return
    with suppress(KafkaConnectionError):
        await client.bootstrap()


def _translated(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def translated(*arguments: Any, **options: Any) -> Any:
        try:
            return await send(*arguments, **options)
        except RuntimeError as exc:
            raise KafkaConnectionError("the connection closed while it was used") from exc

    return translated

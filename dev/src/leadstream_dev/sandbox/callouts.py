"""Calls that providers make themselves: that something is done. Each is made once, and nothing is guaranteed."""

import asyncio
import logging

import httpx

from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.exchange import JsonObject

log = logging.getLogger(__name__)


class Callouts:
    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def make(self, effect: JsonObject) -> None:
        """Post the effect's `body` to its `url`, `after` so many seconds."""
        task = asyncio.ensure_future(_make(effect))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def forget(self) -> None:
        for task in self._under_way:
            task.cancel()


async def _make(effect: JsonObject) -> None:
    await asyncio.sleep(effect["after"])
    try:
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, trust_env=False) as client:
            answer = await client.post(
                effect["url"], content=effect["body"], headers=effect["headers"]
            )
    except httpx.HTTPError as exc:
        log.warning("sandbox.callout_failed", extra={"error": repr(exc)})
        return
    log.info("sandbox.callout_made", extra={"status": answer.status_code})

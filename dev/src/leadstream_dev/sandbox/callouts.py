"""Calls that providers make themselves: that something is done. Nothing is guaranteed."""

import asyncio
import logging

import httpx

from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.exchange import JsonObject

log = logging.getLogger(__name__)
# Svix's.
PATIENCE_SECONDS = 15


class Callouts:
    def __init__(self) -> None:
        self._under_way: set[asyncio.Task[None]] = set()

    def make(self, effect: JsonObject) -> None:
        """Post the effect's `body` to its `url`, `after` so many seconds, and `again` where nobody took it."""
        task = asyncio.ensure_future(_make(effect))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def forget(self) -> None:
        for task in self._under_way:
            task.cancel()


async def _make(effect: JsonObject) -> None:
    for wait in (effect["after"], *effect.get("again", ())):
        await asyncio.sleep(wait)
        if await _is_taken(effect):
            return


async def _is_taken(effect: JsonObject) -> bool:
    try:
        async with httpx.AsyncClient(
            verify=WITHOUT_AUTHORITIES, trust_env=False, timeout=PATIENCE_SECONDS
        ) as client:
            answer = await client.post(
                effect["url"], content=effect["body"], headers=effect["headers"]
            )
    except httpx.HTTPError as exc:
        log.warning("sandbox.callout_failed", extra={"error": repr(exc)})
        return False
    log.info("sandbox.callout_made", extra={"status": answer.status_code})
    return answer.is_success

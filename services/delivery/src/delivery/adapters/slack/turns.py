"""One message at a time to a URL, and some time between two: of all replicas and all channels that have the URL."""

import asyncio
import logging
import time
from datetime import timedelta
from hashlib import sha256

from delivery.application.deliver import Draft
from leadstream.postgres import UNAVAILABLE, Database, load_queries

log = logging.getLogger(__name__)
SQL = load_queries("delivery.adapters.slack", "turns.sql")
# Where many channels have one URL, their turns lie far apart: no worker stands and waits for longer.
LONGEST_WAIT = timedelta(seconds=2)
LOOK_AGAIN_SECONDS = 0.05
# No attempt takes longer: whoever has had the turn since then has died.
LOST_AFTER = timedelta(seconds=45)


class UrlTurns:
    def __init__(self, database: Database, *, interval: timedelta) -> None:
        self._database = database
        self._interval = interval

    async def take(self, draft: Draft) -> timedelta | None:
        until = time.monotonic() + LONGEST_WAIT.total_seconds()
        while True:
            wait: timedelta | None = await self._database.pool.fetchval(
                SQL.take_turn, _name(draft), LONGEST_WAIT, LOST_AFTER
            )
            if wait is not None or time.monotonic() >= until:
                return wait
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def end(self, draft: Draft) -> None:
        try:
            await self._database.pool.execute(SQL.end_turn, _name(draft), self._interval)
        except UNAVAILABLE as exc:
            # What has been sent has been sent: that is not to be forgotten for the sake of the next one's turn.
            log.warning("slack.turn_not_ended", extra={"error": repr(exc)})


def _name(draft: Draft) -> str:
    """By a digest: the URL is a secret."""
    assert draft.hook is not None  # noqa: S101 - a missing channel is an obstacle, seen before
    return f"slack:{sha256(draft.hook.url.encode()).hexdigest()[:32]}"

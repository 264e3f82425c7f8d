"""Puts digests together when their time has come."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from delivery.adapters.digests import Waiting, due, put_together
from delivery.adapters.endings import write_progress
from delivery.domain.delivery import Status
from delivery.domain.progress import Progress
from delivery.entrypoints.loops import every
from delivery.entrypoints.recorder import count_delivery, observe_told
from leadstream.clock import Clock
from leadstream.jobs.ledger import add_jobs
from leadstream.outbox import add_events
from leadstream.postgres import Database, Tx, after_commit

# At a time. A recipient's are put together at once.
RECIPIENTS = 500
# What was planned just before a window's end is committed after it: it is waited for, so that a window is one e-mail.
GRACE = timedelta(seconds=5)


class Collecting:
    """A digest is made, and its job added, in one transaction with what binds its deliveries to it."""

    def __init__(self, database: Database, clock: Clock, *, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    async def run(self, stop: asyncio.Event) -> None:
        await every(timedelta(seconds=2), self.take, stop)

    async def take(self) -> int:
        """Make the digests that are due, for some recipients; return how many deliveries that were."""
        async with self._database.transaction() as tx:
            waiting = await due(tx, self._clock.now() - GRACE, recipients=RECIPIENTS)
            await self._drop(tx, [each for each in waiting if each.obstacle])
            wanted = [each for each in waiting if not each.obstacle]
            add_jobs(tx, await put_together(tx, wanted, now=self._clock.now()))
        if waiting:
            self._wake()
        return len(waiting)

    async def _drop(self, tx: Tx, unwanted: list[Waiting]) -> None:
        """What a recipient wanted when it came, and does not any more."""
        progress = [
            Progress(
                delivery_id=each.id,
                at=self._clock.now(),
                status=Status.CANCELLED,
                error=each.obstacle.reason if each.obstacle else None,
            )
            for each in unwanted
        ]
        if not progress:
            return
        written = await write_progress(tx, progress)
        await add_events(tx, written.events)
        after_commit(partial(observe_told, written.told))
        for channel in written.channels.values():
            after_commit(partial(count_delivery, channel, Status.CANCELLED.value))

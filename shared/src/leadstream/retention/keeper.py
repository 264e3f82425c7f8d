"""Lets go what has been kept for long enough."""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from leadstream.observability.metrics import ROWS_DELETED_TOTAL, start_at_zero
from leadstream.postgres import UNAVAILABLE, Database
from leadstream.retention.rules import Rule

log = logging.getLogger(__name__)
REST = timedelta(minutes=1)
# While there is more to delete: a pipeline that works at the same time hardly notices.
SHORT_REST = timedelta(seconds=1)
MOST_BATCHES = 10

Place = tuple[datetime | None, UUID | None]
_BEGINNING: Place = (None, None)


class Keeper:
    """Runs in every replica: rows that another one is deleting are passed over."""

    def __init__(self, database: Database, rules: Sequence[Rule]) -> None:
        self._database = database
        self._rules = [rule for rule in rules if rule.keep]
        self._places: dict[Rule, Place] = {}
        start_at_zero(ROWS_DELETED_TOTAL, {rule.table for rule in rules})

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            more = await self.look(stop)
            # Replicas that were started together don't look together.
            rest = (SHORT_REST if more else REST) * random.uniform(0.5, 1.5)  # noqa: S311
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), rest.total_seconds())

    async def look(self, stop: asyncio.Event | None = None) -> bool:
        """Delete a little by every rule; tell whether there is more. One rule that fails holds up no other."""
        more = False
        for rule in self._rules:
            try:
                more |= await self._apply(rule, stop)
            except UNAVAILABLE as exc:
                log.warning(
                    "retention.postgres_unavailable",
                    extra={"table": rule.table, "error": repr(exc)},
                )
            except asyncpg.PostgresError:
                log.exception("retention.failed", extra={"table": rule.table})
        return more

    async def _apply(self, rule: Rule, stop: asyncio.Event | None) -> bool:
        """Some batches, each a transaction of its own."""
        for _ in range(MOST_BATCHES):
            if stop is not None and stop.is_set():
                return False
            more, deleted = await (self._step(rule) if rule.walks else self._take(rule))
            if deleted:
                ROWS_DELETED_TOTAL.labels(rule.table).inc(deleted)
                log.info("retention.deleted", extra={"table": rule.table, "rows": deleted})
            if not more:
                return False
        return True

    async def _take(self, rule: Rule) -> tuple[bool, int]:
        deleted: int = await self._database.pool.fetchval(rule.statement, rule.keep, rule.batch)
        return deleted >= rule.batch, deleted

    async def _step(self, rule: Rule) -> tuple[bool, int]:
        """The next rows after the place where the last look ended, until there are none; then from the beginning."""
        place = self._places.get(rule, _BEGINNING)
        row = await self._database.pool.fetchrow(rule.statement, rule.keep, rule.batch, *place)
        assert row is not None  # noqa: S101 - an aggregate
        self._places[rule] = (row["at"], row["id"])
        return row["id"] is not None, row["deleted"]

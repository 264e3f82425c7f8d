"""Caps of workspaces on what providers cost them, and what of these is taken."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from enrichment.adapters.budgets import budget_lane
from enrichment.adapters.figures import observe_cap_use
from enrichment.domain.days import day_of
from enrichment.domain.money import Caps, CapUse
from leadstream.clock import Clock
from leadstream.pauses import PauseBoard, lift
from leadstream.postgres import Database, Tx, load_queries
from leadstream.troubles import mend_troubles

SQL = load_queries("enrichment.adapters", "spending_caps.sql")
REASON: Final = "spending_cap_reached"
LOOK_AGAIN: Final = timedelta(hours=1)
# The kinds of scope that leads' lanes are.
_LANES: Final = ("budget", "workspace")


async def look_at_caps(
    tx: Any, workspace_id: UUID, day: date, defaults: Caps
) -> tuple[CapUse, bool]:
    """What of its caps a workspace has taken on a day, and whether they are its own."""
    (row,) = await tx.fetch(SQL.look_at_caps, workspace_id, day, defaults.daily, defaults.monthly)
    return read_use(row), row["is_own"]


def read_use(row: Any) -> CapUse:
    return CapUse(
        caps=Caps(daily=row["daily"], monthly=row["monthly"]),
        day_spent=row["day_spent"],
        day_reserved=row["day_reserved"],
        month_spent=row["month_spent"],
        month_reserved=row["month_reserved"],
    )


async def put_caps(tx: Tx, workspace_id: UUID, caps: Caps) -> None:
    """Give a workspace caps of its own. What caps held back looks again whether there is room."""
    await tx.execute(SQL.put_caps, workspace_id, caps.daily, caps.monthly)
    await mend_troubles(tx, workspace_id)
    # Money is money: what people ask for by hand waits, too, in its own lane.
    for lane in (budget_lane(workspace_id), f"workspace:{workspace_id}"):
        await lift(tx, lane, reason=REASON)


class CapHolds:
    """Lets what caps hold back look again whether there is room, now and then and after a start.

    The caps of workspaces that have none of their own are settings, as prices are: nobody tells of a change.
    """

    def __init__(self, database: Database, board: PauseBoard, clock: Clock) -> None:
        self._database = database
        self._board = board
        self._clock = clock
        self._looked: datetime | None = None

    async def look(self) -> None:
        now = self._clock.now()
        if not self._board.is_known or (self._looked and now - self._looked < LOOK_AGAIN):
            return
        self._looked = now
        for pause in [each for kind in _LANES for each in self._board.scopes(kind)]:
            if pause.reason == REASON:
                async with self._database.transaction() as tx:
                    await lift(tx, pause.scope, reason=REASON)


class CapWatch:
    """Tells how near to its cap the workspace is that is nearest to it."""

    def __init__(self, database: Database, clock: Clock, defaults: Caps) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults

    async def look(self) -> None:
        (row,) = await self._database.pool.fetch(
            SQL.highest_use,
            day_of(self._clock.now()),
            self._defaults.daily,
            self._defaults.monthly,
        )
        for period in ("day", "month"):
            observe_cap_use(period, row[period])

"""Sends leads on that wait for a source which has left their workspace's plan.

A job that is claimed finds that out by itself. While its source is away, used up or paused no job of its kind is
claimed, and who has taken the source out of the plan would wait for it all the same.
"""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from enrichment.adapters.budgets import budget_lane
from enrichment.application.kinds import first_kind, kind_of
from leadstream.accounts import Sources
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, load_queries

SQL = load_queries("enrichment.adapters", "left_sources.sql")
# Of one workspace in one transaction.
AT_ONCE: Final = 1_000


class LeftSources:
    """Looks, rather than being told: a plan changes by any replica, and with the deployment's keys."""

    def __init__(
        self,
        database: Database,
        board: PauseBoard,
        sources: Sources,
        names: Sequence[str],
        wake: Callable[[], None],
    ) -> None:
        """`names` are those of all sources there are."""
        self._database = database
        self._board = board
        self._sources = sources
        self._names = names
        self._wake = wake

    async def look(self) -> None:
        for name in self._names:
            kind = kind_of(name)
            if not self._board.held([f"provider:{name}", f"kind:{kind}"]):
                continue
            for row in await self._database.pool.fetch(SQL.waiting_workspaces, kind):
                await self._send_on(row["workspace_id"], name, kind)

    async def _send_on(self, workspace_id: UUID, name: str, kind: str) -> None:
        plan = await self._sources.of(workspace_id)
        if not plan.contacts or name in plan.contacts:
            return
        lanes = [budget_lane(workspace_id), f"workspace:{workspace_id}"]
        while await self._database.pool.fetch(SQL.send_on, kind, first_kind(plan), lanes, AT_ONCE):
            self._wake()

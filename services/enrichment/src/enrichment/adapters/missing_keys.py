"""Lets go what waits for a key, as soon as there is one, or nobody wants it any more."""

from typing import Final
from uuid import UUID

from enrichment.application.enrich_lead import CREDENTIAL_MISSING
from leadstream.accounts import Accounts, Sources, UnreadableAccountError
from leadstream.pauses import PauseBoard, lift
from leadstream.postgres import Database

_KIND: Final = "provider"


class MissingKeys:
    """Looks, rather than being told: a key may come by any replica, with the deployment, or with another plan."""

    def __init__(
        self, database: Database, board: PauseBoard, sources: Sources, accounts: Accounts
    ) -> None:
        self._database = database
        self._board = board
        self._sources = sources
        self._accounts = accounts

    async def look(self) -> None:
        waiting = [
            pause.scope for pause in self._board.scopes(_KIND) if pause.reason == CREDENTIAL_MISSING
        ]
        for scope in waiting:
            if not await self._is_missing(scope):
                async with self._database.transaction() as tx:
                    await lift(tx, scope, reason=CREDENTIAL_MISSING)

    async def _is_missing(self, scope: str) -> bool:
        _, provider, owner = scope.split(":")
        plan = await self._sources.of(UUID(owner))
        if provider not in (*plan.contacts, *plan.verify):
            return False
        try:
            return not await self._accounts.find(provider, UUID(owner), training=plan.training)
        except UnreadableAccountError:
            # It waits for something else now.
            return False

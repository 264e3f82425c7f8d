"""People who have told a provider that nobody is to be told about them."""

from typing import Final

from enrichment.application.ports import StoreUnavailableError
from leadstream.api import Caller, Change, PostgresAudit, Role
from leadstream.erasure import Asked, Erasures, Person, normal_address
from leadstream.ids import new_id
from leadstream.postgres import UNAVAILABLE

# Who is noted as having asked for it.
ENRICHMENT: Final = Caller("enrichment", Role.ADMIN)
REASON: Final = "the person has objected at a provider"


class Objections:
    """Erases as `POST erasures` does, for all workspaces: nobody can come back, and the rest goes on by itself."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures
        self._audit = PostgresAudit()

    async def erase(self, email: str) -> None:
        erasure_id = new_id()
        asked = Asked(
            id=erasure_id,
            receipt_id=erasure_id,
            person=Person(email=normal_address(email), workspace_id=None),
        )
        change = Change("person.erased", f"erasure:{erasure_id}", reason=REASON)
        try:
            async with self._erasures.database.transaction() as tx:
                await self._erasures.begin(tx, asked)
                await self._audit.record(tx, ENRICHMENT, change)
        except UNAVAILABLE as exc:
            raise StoreUnavailableError("an erasure could not be begun") from exc

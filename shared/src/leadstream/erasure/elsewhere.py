"""What an erasure sets off outside of a service's own tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from leadstream.erasure.store import Person
from leadstream.postgres import Tx

# What a receipt says of one place, in plain JSON: no address, and no name.
Place = Mapping[str, Any]


class Elsewhere(Protocol):
    """Where an erasure goes on once the service's own tables are done."""

    async def begin(
        self, tx: Tx, erasure_id: UUID, receipt_id: UUID, person: Person
    ) -> Sequence[Place]:
        """Have it go on, in the transaction that ends it here; say where."""

    async def open(self, receipt_id: UUID) -> Sequence[Place]:
        """What of a receipt is still to be done there, and what it waits for."""


class Nowhere:
    """For services that hand nobody on whom they could take back."""

    async def begin(
        self, tx: Tx, erasure_id: UUID, receipt_id: UUID, person: Person
    ) -> Sequence[Place]:
        return ()

    async def open(self, receipt_id: UUID) -> Sequence[Place]:
        return ()

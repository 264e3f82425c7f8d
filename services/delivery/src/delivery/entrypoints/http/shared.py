from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from leadstream.api import ConflictError
from leadstream.erasure import is_erased
from leadstream.postgres import Tx

# The key of lists: when a row was made, and its id.
LISTED = (datetime, UUID)


def list_key(row: Any) -> tuple[object, ...]:
    # asyncpg's UUID is a class of its own, which orjson does not write.
    return (row["created_at"], str(row["id"]))


def plain(row: Any) -> dict[str, object] | None:
    """As JSON has it, for the audit row."""
    if row is None:
        return None
    value: dict[str, object] = orjson.loads(orjson.dumps(dict(row), default=str))
    return value


async def refuse_erased(tx: Tx, workspace_id: UUID, email: str) -> None:
    """Answer 409 to an address that was erased, or has objected: what was asked of us was to leave it alone."""
    if await is_erased(tx, email, workspace_id):
        raise ConflictError(
            "a person with this address was erased, or has objected, and is not to be stored again"
        )

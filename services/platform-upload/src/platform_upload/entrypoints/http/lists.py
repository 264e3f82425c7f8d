from datetime import datetime
from typing import Any
from uuid import UUID

# The key of lists: when a row was made, and its id.
LISTED = (datetime, UUID)


def list_key(row: Any) -> tuple[object, ...]:
    return (row["created_at"], row["id"])

"""What the audit says of an upsert."""

from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.api import Change


def describe_change(noun: str, before: Any, after: Any, *, workspace: UUID | None) -> Change | None:
    """The audit row of an upsert; None if everything was as it was asked to be."""
    if before is not None and before == after:
        return None
    action = f"{noun}.created" if before is None else f"{noun}.changed"
    return Change(
        action,
        f"{noun}:{after['id']}",
        before=_plain(before),
        after=_plain(after),
        workspace_id=workspace,
    )


def _plain(row: Any) -> dict[str, object] | None:
    """As JSON has it, without the times: the audit row has its own."""
    if row is None:
        return None
    return {name: value for name, value in row.items() if not isinstance(value, datetime)}

"""Provider budgets: how many companies a workspace may have asked about in a day."""

from typing import Final
from uuid import UUID

from leadstream.postgres import load_queries

SQL = load_queries("enrichment.adapters", "budgets.sql")
REASON: Final = "provider_budget_spent"


def budget_lane(workspace_id: UUID) -> str:
    """The lane of what a budget limits, and the pause that holds it: what people ask for by hand goes past it."""
    return f"budget:{workspace_id}"

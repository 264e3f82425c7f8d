"""How long the scheduler keeps its ticks."""

from collections.abc import Sequence
from datetime import timedelta

from leadstream.postgres import load_queries
from leadstream.retention import Rule

SQL = load_queries("scheduler.adapters", "retention.sql")


def retention_rules(*, audit: timedelta) -> Sequence[Rule]:
    """A tick says what was started and by whom, as the audit does."""
    return [Rule(table="ticks", keep=audit, statement=SQL.delete_ticks)]

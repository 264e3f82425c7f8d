"""How long discovery keeps what it knows."""

from collections.abc import Sequence
from datetime import timedelta

from leadstream.postgres import load_queries
from leadstream.retention import SMALL_BATCH, Rule

SQL = load_queries("discovery.adapters", "retention.sql")


def retention_rules(*, leads: timedelta, billing: timedelta) -> Sequence[Rule]:
    return [
        Rule(
            table="leads",
            keep=leads,
            statement=SQL.delete_leads,
            batch=SMALL_BATCH,
            walks=True,
        ),
        Rule(
            table="leads",
            keep=billing,
            statement=SQL.delete_uploaded_leads,
            batch=SMALL_BATCH,
        ),
        Rule(table="query_runs", keep=leads, statement=SQL.delete_runs),
    ]

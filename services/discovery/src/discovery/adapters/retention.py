"""How long discovery keeps what it knows."""

from collections.abc import Sequence
from datetime import timedelta

from leadstream.postgres import load_queries
from leadstream.retention import SMALL_BATCH, Rule

SQL = load_queries("discovery.adapters", "retention.sql")


def retention_rules(*, leads: timedelta, billing: timedelta, jobs: timedelta) -> Sequence[Rule]:
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
        Rule(table="imports", keep=leads, statement=SQL.delete_imports),
        # As long as a job that failed at them can be tried again, and a message is known when it comes again.
        Rule(table="imports", keep=jobs, statement=SQL.delete_open_imports, batch=SMALL_BATCH),
        Rule(table="arrivals", keep=jobs, statement=SQL.delete_arrivals),
        Rule(table="push_requests", keep=jobs, statement=SQL.delete_requests),
    ]

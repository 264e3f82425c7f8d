"""How long enrichment keeps what it knows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from leadstream.postgres import load_queries
from leadstream.retention import SMALL_BATCH, Rule

SQL = load_queries("enrichment.adapters", "retention.sql")
# Long enough for the question who paid for what last quarter.
CALLS: Final = timedelta(days=100)
# A year, and the month it is compared with.
SPEND: Final = timedelta(days=400)


def retention_rules(*, leads: timedelta, cache: timedelta, audit: timedelta) -> Sequence[Rule]:
    return [
        Rule(table="leads", keep=leads, statement=SQL.delete_leads, batch=SMALL_BATCH),
        # Of a cache that is off nothing is used again; 0 would be for ever.
        Rule(
            table="company_answers",
            keep=max(cache, timedelta(seconds=1)),
            statement=SQL.delete_answers,
        ),
        Rule(table="provider_calls", keep=CALLS, statement=SQL.delete_calls),
        Rule(table="provider_spending", keep=CALLS, statement=SQL.delete_spending),
        Rule(table="spend_days", keep=SPEND, statement=SQL.delete_spend),
        # Who spent whose credits is a question to the audit.
        Rule(table="credit_ledger", keep=audit, statement=SQL.delete_ledger),
    ]

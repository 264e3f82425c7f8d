"""How long delivery keeps whom it told of what."""

from collections.abc import Sequence
from datetime import timedelta

from delivery.adapters.resend_events import SQL as RESEND_EVENTS
from leadstream.postgres import load_queries
from leadstream.retention import SMALL_BATCH, Rule

SQL = load_queries("delivery.adapters", "retention.sql")


def retention_rules(*, leads: timedelta, jobs: timedelta) -> Sequence[Rule]:
    return [
        Rule(
            table="alerts",
            keep=leads,
            statement=SQL.delete_alerts,
            batch=SMALL_BATCH,
            walks=True,
        ),
        Rule(
            table="alerts.content",
            keep=jobs,
            statement=SQL.forget_contents,
            # Two documents for each.
            batch=SMALL_BATCH // 2,
            walks=True,
        ),
        Rule(table="notices", keep=jobs, statement=SQL.delete_notices),
        Rule(table="resend_events", keep=jobs, statement=RESEND_EVENTS.delete_resend_events),
        Rule(table="digests", keep=jobs, statement=SQL.delete_digests),
    ]

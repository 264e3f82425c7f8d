"""How long delivery keeps whom it told of what."""

from collections.abc import Sequence
from datetime import timedelta

from delivery.adapters.endings import SQL as DELIVERIES
from delivery.adapters.resend_events import SQL as RESEND_EVENTS
from leadstream.postgres import load_queries
from leadstream.retention import SMALL_BATCH, Rule

SQL = load_queries("delivery.adapters", "retention.sql")
# What has waited for longer was not to be asked for: a key that may only send, or more e-mails than there are turns.
ASKED_IN = timedelta(days=1)


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
        Rule(table="deliveries.ask_at", keep=ASKED_IN, statement=DELIVERIES.give_up_asking),
        Rule(table="digests", keep=jobs, statement=SQL.delete_digests),
    ]

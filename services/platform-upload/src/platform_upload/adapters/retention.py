"""How long platform-upload keeps what it uploaded and billed."""

from collections.abc import Sequence
from datetime import timedelta

from leadstream.postgres import load_queries
from leadstream.retention import Rule

SQL = load_queries("platform_upload.adapters", "retention.sql")


def retention_rules(*, leads: timedelta, billing: timedelta, jobs: timedelta) -> Sequence[Rule]:
    return [
        Rule(table="uploads.unaccepted", keep=leads, statement=SQL.delete_unaccepted),
        Rule(table="uploads", keep=billing, statement=SQL.delete_uploads),
        Rule(table="uploads.overrides", keep=jobs, statement=SQL.forget_overrides),
        Rule(table="billing_events", keep=billing, statement=SQL.delete_billing_events),
        Rule(table="person_erasures", keep=jobs, statement=SQL.delete_failed_erasures),
    ]

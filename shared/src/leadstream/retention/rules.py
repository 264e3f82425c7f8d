"""How long rows are kept. What is kept for ever, and why, is in docs/retention.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from leadstream.postgres import load_queries
from leadstream.settings import ServiceSettings

SQL = load_queries("leadstream.retention", "retention.sql")
# So few that no batch takes longer than the statements that people wait for.
BATCH: Final = 200
# Of rows that take others with them.
SMALL_BATCH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Rows of a table that go once they are older than `keep`; 0 keeps them for ever.

    The statement takes the age and how many rows at most, and returns `deleted`. One that `walks` looks at so many rows
    instead, some of which stay: it also takes where the last look ended, and returns that as `at` and `id`, NULL at the
    end.
    """

    table: str
    keep: timedelta
    statement: str
    batch: int = BATCH
    walks: bool = False


def shared_rules(settings: ServiceSettings) -> Sequence[Rule]:
    """For the tables that every service has."""
    letters = settings.dead_letter_retention
    # A record of what was deleted lies in its topic, and after that among the dead letters.
    replayable = 2 * letters
    rules = [
        Rule(table="jobs", keep=settings.job_retention, statement=SQL.delete_jobs),
        Rule(table="audit_log", keep=settings.audit_retention, statement=SQL.delete_audit),
        # What became of an erasure is a question to the audit.
        Rule(table="erasures", keep=settings.audit_retention, statement=SQL.delete_erasures),
        Rule(
            table="erasure_searches",
            keep=settings.audit_retention,
            statement=SQL.delete_erasure_searches,
        ),
        Rule(table="dead_letters", keep=letters, statement=SQL.delete_dead_letters),
        Rule(table="outbox_refused", keep=letters, statement=SQL.delete_refused_events),
        Rule(table="lead_bindings", keep=replayable, statement=SQL.delete_gone_bindings),
        Rule(table="removals", keep=replayable, statement=SQL.delete_removals),
    ]
    if settings.relay == "dead-letters":
        kept = settings.outbox_retention
        rules.append(Rule(table="outbox", keep=kept, statement=SQL.delete_read_events))
    return rules

"""What a service has of a workspace, and how it lets go of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from leadstream.postgres import load_queries

SQL = load_queries("leadstream.removal", "removal.sql")
# Rows that one statement deletes; or looks at, where no index knows the workspace.
BATCH: Final = 500
PAGE: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The statement takes the workspace and how many rows at most, and returns `deleted`; it is done once that is less.

    One that `walks` goes through the table by its key: it also takes the key of the last row it looked at, as text or
    NULL, and returns that as `after`, NULL at the end.
    """

    name: str
    statement: str
    walks: bool = False

    @property
    def limit(self) -> int:
        return PAGE if self.walks else BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """A service's own tables, those that refer to others first."""

    # Takes the workspace, gives rows of (`what`, `rows`).
    count: str
    steps: Sequence[Step]
    # Takes the workspace, gives the scopes of pauses that are its own besides `workspace:<id>`, as `scope`.
    scopes: str = SQL.no_scopes


NOTHING: Final = Holdings(count=SQL.count_nothing, steps=())


def all_steps(own: Sequence[Step]) -> Sequence[Step]:
    return [
        Step(name="jobs", statement=SQL.remove_jobs, walks=True),
        *own,
        Step(name="workspace_troubles", statement=SQL.remove_troubles),
        Step(name="erasures", statement=SQL.remove_erasures),
        Step(name="outbox_refused", statement=SQL.remove_refused_events, walks=True),
        Step(name="lead_bindings", statement=SQL.mark_bindings, walks=True),
        Step(name="audit_log.documents", statement=SQL.remove_documents),
        # Of records that were being taken in when it began.
        Step(name="late jobs", statement=SQL.remove_jobs, walks=True),
    ]

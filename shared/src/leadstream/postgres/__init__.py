from leadstream.postgres.composed import Rows
from leadstream.postgres.connection import connect
from leadstream.postgres.database import UNAVAILABLE, Database, after_commit, is_refusal, is_undone
from leadstream.postgres.migrations import SHARED, at_head, migrate
from leadstream.postgres.queries import Queries, load_queries
from leadstream.postgres.transaction import Later, Tx
from leadstream.postgres.url import PostgresUrl
from leadstream.postgres.words import DatabaseUrlError

__all__ = [
    "SHARED",
    "UNAVAILABLE",
    "Database",
    "DatabaseUrlError",
    "Later",
    "PostgresUrl",
    "Queries",
    "Rows",
    "Tx",
    "after_commit",
    "at_head",
    "connect",
    "is_refusal",
    "is_undone",
    "load_queries",
    "migrate",
]

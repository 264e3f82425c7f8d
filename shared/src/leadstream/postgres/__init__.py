from leadstream.postgres.database import UNAVAILABLE, Database, Tx, after_commit
from leadstream.postgres.migrations import SHARED, at_head, migrate
from leadstream.postgres.queries import Queries, load_queries

__all__ = [
    "SHARED",
    "UNAVAILABLE",
    "Database",
    "Queries",
    "Tx",
    "after_commit",
    "at_head",
    "load_queries",
    "migrate",
]

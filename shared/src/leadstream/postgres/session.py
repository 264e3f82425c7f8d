"""What every session of ours is, whatever `ALTER ROLE … SET` or `ALTER DATABASE … SET` says."""

from typing import Any, Final

import asyncpg

from leadstream.postgres.queries import load_queries

SQL = load_queries("leadstream.postgres", "session.sql")

# What the code and its SQL rely on: times in UTC, read committed, text as asyncpg reads it, and no limit that would
# end a lock, a listener or a migration by surprise. A pooler must let these through (`ignore_startup_parameters`).
SESSION: Final = {
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    "lock_timeout": "0",
    "idle_session_timeout": "0",
    "statement_timeout": "30000",
    "idle_in_transaction_session_timeout": "60000",
    "client_min_messages": "warning",
    "plan_cache_mode": "auto",
    # Short set-based statements: compiling them costs more than running them.
    "jit": "off",
}
# Names that a database URL must not set: it would be without effect, or against what the code relies on.
FIXED: Final = frozenset(
    {
        *SESSION,
        "search_path",
        "client_encoding",
        "default_transaction_read_only",
        "synchronous_commit",
    }
)


async def settle(connection: "asyncpg.Connection[Any]") -> None:
    """Undo those of the role's own defaults that can't be set from outside everywhere."""
    await connection.execute(SQL.settle_session)

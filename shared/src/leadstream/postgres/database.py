"""The connection pool of one service, bound to the service's own schema."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import asyncpg
import orjson

from leadstream.plainjson import dump_json
from leadstream.postgres.connection import connect
from leadstream.postgres.transaction import Tx
from leadstream.postgres.url import PostgresUrl

# What asyncpg raises when Postgres is away, restarting, read-only, full or over its limits: wait and try again.
UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresSystemError,
    asyncpg.ConnectionDoesNotExistError,
    # A connection that was cut in the middle of an answer.
    asyncpg.InternalClientError,
)


def is_refusal(fault: BaseException) -> bool:
    """Whether waiting does not mend it. asyncpg's word for a value that fits no parameter is an InterfaceError, too."""
    return isinstance(fault, ValueError) or not isinstance(fault, UNAVAILABLE)


def is_undone(fault: BaseException) -> bool:
    """Whether it is Postgres itself that has refused a statement, so that nothing of its transaction is left."""
    return isinstance(fault, asyncpg.PostgresError) and not isinstance(
        # A session that ends may end after its commit.
        fault,
        asyncpg.PostgresConnectionError | asyncpg.OperatorInterventionError,
    )


# Claims, intake, attempts and settling take rows by their keys, one or hundreds. To plan such a statement costs as much
# as to run it (0.2 ms of 0.4 for a claim), and those with arrays Postgres would plan anew for each execution: here one
# plan serves for any parameters. It is made when the connection is young, often on tables that are all but empty, so
# scans of whole tables and the joins that begin with one are ruled out: what is left is the plan by index, right at any
# size. Not where vacuum has found a table empty: there an index may be read whole in place of the table, until the next
# ANALYZE. So what is emptied again and again is asked for by arrays, which no join can begin with (see outbox.sql).
# They have sessions of their own: to say it in each transaction took as many round trips as the work.
HOT = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # By keys there is nothing to compile and nothing to share out. But a plan that uses all the same what it may not is
    # reckoned as dear beyond measure, and then both would be begun, for milliseconds.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
# Seconds until a plan that serves for any parameters is made anew, whether or not an ANALYZE has come between.
PLAN_AGE = 60
# Characters. Several statements that are sent as one are a long one (up to 7,300 today), and as hot as any.
LONGEST_KEPT = 65_536
# A list has a filter for everything, and most are left out: a plan for any of them is a plan for none.
LOOK = "SET LOCAL plan_cache_mode = force_custom_plan"
# For what is asked every few seconds: the planner knows how many jobs wait as of the last ANALYZE only, and a scan of
# the history in place of the index of a state is a second of everybody's disk.
BY_INDEX = "SET LOCAL enable_seqscan = off"

# What waits for the end of the transaction that is open here.
_waiting: ContextVar[list[Callable[[], None]] | None] = ContextVar("after_commit", default=None)


def after_commit(call: Callable[[], None]) -> None:
    """Call once the transaction that is open here is committed, and not at all if it is rolled back.

    For figures and log lines: a batch that must be written again would otherwise be counted again. Where no
    transaction of `Database.transaction` is open, the call is made at once.
    """
    waiting = _waiting.get()
    if waiting is None:
        call()
    else:
        waiting.append(call)


class Database:
    """Two pools whose connections see one schema only, under the name the service's SQL uses: none.

    `pool` is for anything; `hot` for statements that find all their rows by an index, and for nothing else.
    """

    def __init__(
        self, pool: "asyncpg.Pool[Any]", hot: "asyncpg.Pool[Any]", schema: str, dsn: str
    ) -> None:
        self.pool = pool
        self.hot = hot
        self.schema = schema
        self._dsn = dsn

    @classmethod
    async def connect(
        cls, dsn: str, *, schema: str, min_size: int = 1, max_size: int = 8
    ) -> "Database":
        """`max_size` counts all connections, of which half are for hot statements: it takes two at least."""
        settings = _server_settings(schema)
        half = max_size // 2
        pool = await _open_pool(dsn, settings, min_size, max_size - half)
        # Opened with its first connection when it is first used.
        hot = await _open_pool(
            dsn,
            settings | HOT,
            0,
            half,
            max_cached_statement_lifetime=PLAN_AGE,
            max_cacheable_statement_size=LONGEST_KEPT,
        )
        return cls(pool, hot, schema, dsn)

    @asynccontextmanager
    async def transaction(self, *, hot: bool = False) -> AsyncIterator[Tx]:
        """With `hot`, in one of the sessions that find everything by an index."""
        waiting: list[Callable[[], None]] = []
        token = _waiting.set(waiting)
        try:
            pool = self.hot if hot else self.pool
            async with pool.acquire() as session:
                tx = Tx(session)
                try:
                    yield tx
                    await tx.send()
                except BaseException:
                    await tx.undo()
                    raise
                await tx.commit()
        finally:
            _waiting.reset(token)
        for call in waiting:
            call()

    @asynccontextmanager
    async def looking(self, *, by_index: bool = False) -> AsyncIterator[Tx]:
        """A transaction whose statements are planned for the very arguments they are given."""
        async with self.transaction() as tx:
            await tx.execute(LOOK)
            if by_index:
                await tx.execute(BY_INDEX)
            yield tx

    async def look(self, query: str, *args: object, by_index: bool = False) -> list[Any]:
        """Fetch what a person asked for."""
        async with self.looking(by_index=by_index) as tx:
            return list(await tx.fetch(query, *args))

    @asynccontextmanager
    async def dedicated(self, *, hot: bool = False) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """A connection outside the pools, for LISTEN and for session locks; with `hot` as those of that pool."""
        settings = _server_settings(self.schema)
        connection = await connect(
            self._dsn,
            settings=settings | HOT if hot else settings,
            timeout=10,
            max_cached_statement_lifetime=PLAN_AGE,
            # As in the pool: an answer that never comes must not be waited for for ever.
            command_timeout=30,
        )
        await _set_codecs(connection)
        try:
            yield connection
        finally:
            connection.terminate() if connection.is_closed() else await _close(connection)

    async def close(self) -> None:
        await asyncio.gather(self.pool.close(), self.hot.close())


async def _open_pool(
    dsn: str, settings: dict[str, str], min_size: int, max_size: int, **options: Any
) -> "asyncpg.Pool[Any]":
    opened = partial(
        connect, PostgresUrl.parse(dsn), settings=settings, command_timeout=30, **options
    )

    async def open_connection(*_: Any, **options: Any) -> "asyncpg.Connection[Any]":
        return await opened(**options)

    return await asyncpg.create_pool(
        connect=open_connection,
        min_size=min_size,
        max_size=max_size,
        init=_set_codecs,
        reset=_leave_as_it_is,
    )


async def _close(connection: "asyncpg.Connection[Any]") -> None:
    try:
        await connection.close(timeout=2)
    except UNAVAILABLE:
        connection.terminate()


def _server_settings(schema: str) -> dict[str, str]:
    return {
        "search_path": schema,
        "application_name": f"leadstream-{schema}",
    }


async def _leave_as_it_is(connection: Any) -> None:
    """Instead of a reset after every statement: nothing here changes a session outside a transaction."""


async def _set_codecs(connection: Any) -> None:
    for typename in ("json", "jsonb"):
        await connection.set_type_codec(
            typename, schema="pg_catalog", encoder=_dump_json, decoder=orjson.loads
        )


def _dump_json(value: object) -> str:
    return dump_json(value).decode()

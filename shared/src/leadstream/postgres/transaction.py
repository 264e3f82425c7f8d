"""What is read and written together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from leadstream.postgres.composed import Part, Rows, changes, compose, unfold

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy


class Later:
    """A statement that waits to be sent, with its answer once it was."""

    def __init__(self, part: Part, args: tuple[object, ...]) -> None:
        self.part = part
        self.args = args
        self._rows: Rows | None = None

    @property
    def rows(self) -> Rows:
        """What it returned. Raises RuntimeError while it was not sent."""
        if self._rows is None:
            raise RuntimeError(
                "what is written at the end of a transaction has no answer before it"
            )
        return self._rows

    def take(self, rows: Rows) -> None:
        self._rows = rows


class Tx:
    """A transaction, which is opened with its first statement that can't wait.

    What is asked for by `later` waits, and is sent as one statement: before the next that can't wait, or at the end. If
    nothing else was asked for, that one statement needs no transaction, nor the two round trips that one costs.
    """

    def __init__(self, session: "asyncpg.Connection[Any] | PoolConnectionProxy[Any]") -> None:
        self._session = session
        self._is_open = False
        self._waiting: list[Later] = []

    def later(self, query: str, *args: object, returns: tuple[str, ...] = ()) -> Later:
        """Send the statement later, with others that see nothing of it, nor it of them; see `compose`."""
        later = Later(Part(query, returns), args)
        self._waiting.append(later)
        return later

    async def alone(self, query: str, *args: object) -> list[Any]:
        """Fetch by a statement that is right by itself: committed at once, unless the transaction is open by then."""
        return list(await self._session.fetch(query, *args))

    async def fetch(self, query: str, *args: object) -> list[Any]:
        await self._open()
        return list(await self._session.fetch(query, *args))

    async def fetchrow(self, query: str, *args: object) -> Any:
        await self._open()
        return await self._session.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> Any:
        await self._open()
        return await self._session.fetchval(query, *args)

    async def lock(self, query: str) -> None:
        """Wait for a lock; what waits to be sent goes on waiting, and is sent under the lock."""
        if not await self._begin(query):
            await self._session.execute(query)

    async def execute(self, query: str, *args: object) -> str:
        await self._open()
        status: str = await self._session.execute(query, *args)
        return status

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """A part that is undone alone when it raises."""
        await self._open()
        await self._session.execute("SAVEPOINT part")
        try:
            yield
            await self.send()
        except BaseException:
            self._waiting.clear()
            if not self._session.is_closed():
                await self._session.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
            raise
        await self._session.execute("RELEASE SAVEPOINT part")

    async def flush(self) -> None:
        """Send what waits, before more is asked for: what is written by it stands and falls with the rest."""
        if any(changes(each.part) for each in self._waiting):
            await self._begin()
        await self.send()

    async def send(self) -> None:
        """Send what waits; where no transaction is open, it is one."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        parts = tuple(each.part for each in waiting)
        args = [arg for each in waiting for arg in each.args]
        row = await self._session.fetchrow(compose(parts), *args)
        assert row is not None  # noqa: S101 - of aggregates there is always one
        for each, rows in zip(waiting, unfold(parts, row), strict=True):
            each.take(rows)

    async def commit(self) -> None:
        """Raises RuntimeError if a statement has failed, and somebody went on as if it had not."""
        if self._is_open and await self._session.execute("COMMIT") != "COMMIT":
            raise RuntimeError("a statement of the transaction has failed: nothing is committed")

    async def undo(self) -> None:
        if self._is_open and not self._session.is_closed():
            await self._session.execute("ROLLBACK")

    async def _open(self) -> None:
        await self._begin()
        await self.send()

    async def _begin(self, first: str = "") -> bool:
        """Whether it was opened by this, and the statement was sent with that."""
        if self._is_open:
            return False
        self._is_open = True
        await self._session.execute(f"BEGIN; {first}")
        return True

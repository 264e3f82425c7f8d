"""One statement for whoever needs the same at the same time."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

import asyncpg

from leadstream.postgres import is_refusal

Q = TypeVar("Q")
A = TypeVar("A")

# What one statement takes.
MOST = 500


class Together(Generic[Q, A]):
    """Asks for many at once: what comes while a question is under way is asked with the next one.

    Whoever is alone waits for nobody. Attempts that one claim has begun are one statement, and one commit, instead of
    one each; the answer is there when that is through, as if each had asked for itself. An outage is everybody's; what
    Postgres refuses, or has picked to end a deadlock, is parted from its neighbours.
    """

    def __init__(
        self,
        ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]],
        *,
        apart: Callable[[Q], Hashable] = lambda question: None,
    ) -> None:
        """`ask` answers in the order of what it is asked, or does nothing: what fails it must have rolled back.

        Questions for which `apart` differs are never of one statement.
        """
        self._ask = ask
        self._apart = apart
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, question: Q) -> A:
        answer: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        if self._asking is None:
            # Not here and now: tasks that were started together get to the same place one after the other.
            self._asking = asyncio.create_task(self._ask_all())
        return await answer

    async def _ask_all(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                groups: dict[Hashable, list[tuple[Q, asyncio.Future[A]]]] = defaultdict(list)
                for each in asked:
                    groups[self._apart(each[0])].append(each)
                await asyncio.gather(*map(self._ask_for, groups.values()))
        finally:
            self._asking = None

    async def _ask_for(self, asked: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        # Whoever ran out of time is asked for no more.
        asked = [(question, future) for question, future in asked if not future.done()]
        if not asked:
            return
        try:
            answers = await self._ask([question for question, _ in asked])
        except Exception as exc:  # noqa: BLE001 - theirs who asked
            # Alone it locks the rows of one only, and waits in no circle.
            if len(asked) > 1 and (
                is_refusal(exc) or isinstance(exc, asyncpg.DeadlockDetectedError)
            ):
                middle = len(asked) // 2
                await self._ask_for(asked[:middle])
                await self._ask_for(asked[middle:])
                return
            for _, future in asked:
                if not future.done():
                    future.set_exception(exc)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)

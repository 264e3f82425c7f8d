"""A search that comes in pages, each a call of its own within one attempt."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TypeAlias

from discovery.application.ports import Answer, Fault, SearchOutcome, Turns
from discovery.domain.harvest import Harvest
from leadstream.accounts import Account
from leadstream.jobs.model import Held

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    items: Sequence[object]
    # What the next one is asked by; None where this is the last.
    next: str | None


# Ask for the page after a cursor (None: the first), within some time.
Ask: TypeAlias = Callable[[str | None, timedelta], Awaitable[Page | Fault]]
Read: TypeAlias = Callable[[Sequence[object]], Harvest]
# By what the last page has brought, and by what all have.
AreEnough: TypeAlias = Callable[[Harvest, Harvest], Awaitable[bool]]


class Pages:
    """The pages of a search, `most` of them, together within the time that one call may take."""

    def __init__(self, provider: str, turns: Turns, *, most: int, within: timedelta) -> None:
        self._provider = provider
        self._turns = turns
        self._most = most
        self.within = within

    async def search(
        self, ask: Ask, read: Read, *, account: Account, are_enough: AreEnough
    ) -> SearchOutcome:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.within.total_seconds()
        items: list[object] = []
        cursor: str | None = None
        for number in range(1, self._most + 1):
            left = timedelta(seconds=until - loop.time()) if number > 1 else self.within
            page = await ask(cursor, left)
            if not isinstance(page, Page):
                if number == 1 or isinstance(page, Held):
                    return page
                # What came before is worth more than the rest: a page that can't be had must not cost it.
                said = page.problem.message.removeprefix(f"{self._provider}: ")
                return self._answer(read(items), number, f"page {number}: {said}")
            is_repeated = number > 1 and page.items == items[-len(page.items) :]
            if is_repeated or not page.items:
                return self._answer(read(items), number)
            items += page.items
            if page.next is None or await are_enough(read(page.items), read(items)):
                return self._answer(read(items), number)
            cursor = page.next
            if number == self._most:
                break
            if not await self._turns.take(account) or loop.time() >= until:
                return self._answer(read(items), number, f"page {number + 1}: no time for it")
        return self._answer(read(items), self._most, f"more than {self._most} pages")

    def _answer(self, harvest: Harvest, asked: int, note: str | None = None) -> Answer:
        if note:
            log.info("search.cut_short", extra={"provider": self._provider, "note": note})
        return Answer(harvest, units=Decimal(asked), note=note and f"{self._provider}: {note}")

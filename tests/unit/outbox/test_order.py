"""Whatever transactions do side by side, each of their rows goes out once, and those of a key in their order."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from leadstream.outbox import term as term_module
from leadstream.outbox.hand import Hand
from leadstream.outbox.publisher import Sent
from leadstream.outbox.store import SQL, Row
from leadstream.outbox.term import RelayObserver, Term
from leadstream.pacing import first_of

POLL_SECONDS = 0.003


class World:
    """An outbox of which transactions of two processes write, a broker, and the relay of one of the two."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - to be the same each time
        self.hand = Hand()
        self.wake = asyncio.Event()
        self.stop = asyncio.Event()
        self.table: dict[int, Row] = {}
        self.committed: set[int] = set()
        self.published: list[int] = []
        # Numbers of a key, the second of which was taken when the first was committed.
        self.ordered: list[tuple[int, int]] = []
        self._last_of: dict[bytes, int] = {}
        self._number = self.random.choice([0, 5, 5000])
        self._transaction = 100
        self._under_way: set[int] = set()

    async def pass_time(self, most: int) -> None:
        for _ in range(self.random.randrange(most)):
            await asyncio.sleep(0)

    def begin(self) -> int:
        self._transaction += 1
        return self._transaction

    @property
    def oldest(self) -> int:
        return min(self._under_way, default=self._transaction)

    async def write(self) -> None:
        await self.pass_time(20)
        self._under_way.add(transaction := self.begin())
        rows = []
        for _ in range(self.random.choice([1, 1, 2, 5])):
            rows.append(self._insert(b"%d" % self.random.randrange(3)))
            await self.pass_time(3)
        # Some go on while the relay looks several times.
        await self.pass_time(self.random.choice([15, 300]))
        is_committed = self.random.random() > 0.1
        if is_committed:
            self._commit(rows)
        self._under_way.discard(transaction)
        await self.pass_time(10)
        if is_committed:
            self._tell(rows)

    def _insert(self, key: bytes) -> Row:
        # Now and then numbers are lost.
        self._number += self.random.choice([1] * 50 + [2, 1500])
        if key in self._last_of:
            self.ordered.append((self._last_of[key], self._number))
        names = ("created_at", "id", "aggregateid", "type", "headers", "traceparent")
        row = dict.fromkeys(names)
        return {**row, "seq": self._number, "topic": "lead.enriched", "key": key, "payload": b"{}"}

    def _commit(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.table[row["seq"]] = row
            self.committed.add(row["seq"])
            self._last_of[row["key"]] = max(self._last_of.get(row["key"], 0), row["seq"])

    def _tell(self, rows: Sequence[Row]) -> None:
        match self.random.randrange(10):
            case 0 | 1:
                # Of the other process: a NOTIFY.
                self.hand.look()
            case 2:
                # One that died before it could.
                return
            case _:
                self.hand.put(rows)
        self.wake.set()

    async def relay(self, term: Term) -> None:
        """As `Relay` does it."""
        while True:
            self.wake.clear()
            stopping, handed = self.stop.is_set(), self.hand.take()
            if stopping or not term.due_in(POLL_SECONDS):
                handed = None
            if await term.publish(handed):
                continue
            if stopping:
                return
            await first_of(self.wake, self.stop, timeout=POLL_SECONDS)


class Connection:
    def __init__(self, world: World) -> None:
        self._world = world

    def is_closed(self) -> bool:
        return False

    async def fetch(self, statement: str, *arguments: Any) -> list[Row]:
        await self._world.pass_time(3)
        found: list[Row] = []
        if statement == SQL.transactions:
            found = [{"this": self._world.begin(), "oldest": self._world.oldest}]
        elif statement == SQL.free_events:
            found = [self._world.table[seq] for seq in sorted(self._world.table)][: arguments[0]]
        await self._world.pass_time(3)
        return found

    async def execute(self, statement: str, *arguments: Any) -> None:
        assert statement == SQL.delete_events
        await self._world.pass_time(3)
        for seq in arguments[0]:
            del self._world.table[seq]
        await self._world.pass_time(3)


class Broker:
    """In the place of a publisher."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def partitions(self, topics: Sequence[str]) -> dict[str, int]:
        return dict.fromkeys(topics, 1)

    async def publish(self, parcels: Sequence[tuple[Row, Any]]) -> Sent:
        await self._world.pass_time(4)
        self._world.published += [row["seq"] for row, _ in parcels]
        await self._world.pass_time(4)
        return Sent(acked=[row for row, _ in parcels])


@pytest.mark.parametrize("seed", range(50))
async def test_rows_go_out_once_and_in_order(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(seed)
    monkeypatch.setattr(term_module, "BATCH", world.random.choice([3, 500]))
    term: Any = Term(
        Connection(world),
        None,  # type: ignore[arg-type]  # nothing is opened
        source="/test",
        only_dead_letters=False,
        longest_rest=1,
        wake=world.wake.set,
        observer=RelayObserver(),
    )
    term._publisher = Broker(world)
    world.hand.open()

    relaying = asyncio.create_task(world.relay(term))
    for _ in range(8):
        await asyncio.gather(*[world.write() for _ in range(world.random.randrange(1, 12))])
    world.stop.set()
    world.wake.set()
    await relaying

    assert sorted(world.published) == sorted(world.committed)
    places = {seq: place for place, seq in enumerate(world.published)}
    assert [
        pair
        for pair in world.ordered
        if places.keys() >= set(pair) and places[pair[0]] > places[pair[1]]
    ] == []

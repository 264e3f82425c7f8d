"""How far each partition is read: what is taken, what of it is committed, and what was not there any more."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from leadstream.contracts.record import RawRecord

# What was taken in is taken in: an offset that a crash left uncommitted makes the same jobs, once. A commit for each
# batch is a request of its own, and at a lead a batch they are as many as the records.
COMMIT_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Jump:
    """Reading went on elsewhere than where it had stopped."""

    partition: TopicPartition
    expected: int
    found: int


class Positions:
    """Of the partitions of one assignment; each is the next offset to read."""

    def __init__(self) -> None:
        self._next: dict[TopicPartition, int] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        self._commit_at = 0.0

    def clear(self) -> None:
        """Fetching starts at what is committed."""
        self._next.clear()
        self._uncommitted.clear()

    def unplaced(self, assigned: Iterable[TopicPartition]) -> list[TopicPartition]:
        return [partition for partition in assigned if partition not in self._next]

    def place(self, partition: TopicPartition, offset: int) -> None:
        self._next[partition] = offset

    def of(self, partition: TopicPartition) -> int | None:
        return self._next.get(partition)

    def jumps(self, fetched: Mapping[TopicPartition, list[Any]]) -> list[Jump]:
        """Where what was fetched does not begin at what was to be read next."""
        return [
            Jump(partition, self._next[partition], records[0].offset)
            for partition, records in fetched.items()
            if partition in self._next and records[0].offset != self._next[partition]
        ]

    def take(self, batch: Collection[tuple[RawRecord, object]]) -> None:
        if not self._uncommitted:
            self._commit_at = time.monotonic() + COMMIT_SECONDS
        offsets = {
            TopicPartition(record.topic, record.partition): record.offset + 1 for record, _ in batch
        }
        self._next |= offsets
        self._uncommitted |= offsets

    @property
    def is_commit_due(self) -> bool:
        return bool(self._uncommitted) and time.monotonic() >= self._commit_at

    def to_commit(self) -> dict[TopicPartition, int]:
        """What is to be committed now; it counts as committed from here on."""
        offsets, self._uncommitted = self._uncommitted, {}
        return offsets

"""Records put together by partition, as they go to the broker."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from aiokafka.producer.message_accumulator import BatchBuilder

Target: TypeAlias = tuple[str, int]
Headers: TypeAlias = list[tuple[str, bytes | None]]


class Batches:
    """Batches of records, those of one partition in the order in which they were added."""

    def __init__(self, create: Callable[[], BatchBuilder]) -> None:
        self._create = create
        self._full: list[tuple[Target, BatchBuilder]] = []
        self._open: dict[Target, BatchBuilder] = {}

    def add(
        self, target: Target, key: bytes | None, value: bytes | None, headers: Headers
    ) -> BatchBuilder:
        """Add a record and return the batch that it is in."""
        batch = self._open.get(target) or self._begin(target)
        if _append(batch, key, value, headers):
            return batch
        self._full.append((target, batch))
        # An empty batch takes a record of any size; whether the topic does is the broker's to say.
        batch = self._begin(target)
        _append(batch, key, value, headers)
        return batch

    def closed(self) -> Iterator[tuple[Target, BatchBuilder]]:
        """Everything added, in batches that go out without waiting for more."""
        for target, batch in (*self._full, *self._open.items()):
            batch.close()
            yield target, batch

    def _begin(self, target: Target) -> BatchBuilder:
        self._open[target] = self._create()
        return self._open[target]


def _append(batch: BatchBuilder, key: bytes | None, value: bytes | None, headers: Headers) -> bool:
    return batch.append(timestamp=None, key=key, value=value, headers=headers) is not None

"""Cutting what waits into what a platform takes at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimit:
    """The most that one call takes; an item that is too large by itself goes alone, and the platform decides."""

    items: int
    size_bytes: int


def cut(items: Sequence[T], limit: BatchLimit, size_of: Callable[[T], int]) -> list[list[T]]:
    """Batches in order, each as full as the limit allows."""
    batches: list[list[T]] = []
    used = 0
    for item in items:
        size = size_of(item)
        full = not batches or len(batches[-1]) >= limit.items or used + size > limit.size_bytes
        if full:
            batches.append([])
            used = 0
        batches[-1].append(item)
        used += size
    return batches


def halves(batch: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    middle = (len(batch) + 1) // 2
    return batch[:middle], batch[middle:]

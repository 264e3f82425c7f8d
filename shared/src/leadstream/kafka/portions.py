"""Fetched records in portions that are decoded and stored together."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from aiokafka import TopicPartition

# A record is there several times while it is stored: as it came, decoded, as what it asks for, and as it goes to
# Postgres. What it is made of may take ten times its bytes.
PORTION_BYTES: Final = 2 * 1024 * 1024

Fetched: TypeAlias = Mapping[TopicPartition, list[Any]]


def portions(
    fetched: Fetched, limit: int = PORTION_BYTES
) -> Iterator[dict[TopicPartition, list[Any]]]:
    """Part records, in their order, so that each portion has up to `limit` bytes, or is a single record."""
    portion: dict[TopicPartition, list[Any]] = {}
    size = 0
    for partition, records in fetched.items():
        for record in records:
            more = size_of(record)
            if portion and size + more > limit:
                yield portion
                portion, size = {}, 0
            portion.setdefault(partition, []).append(record)
            size += more
    if portion:
        yield portion


def size_of(record: Any) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers

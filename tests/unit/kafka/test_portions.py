from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition

from leadstream.kafka.portions import portions

A, B = TopicPartition("leads", 0), TopicPartition("leads", 1)


@dataclass(frozen=True)
class Record:
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = field(default=())


def record(size: int) -> Record:
    return Record(b"x" * size)


@pytest.mark.parametrize(
    ("fetched", "sizes"),
    [
        ({}, []),
        ({A: [record(1)] * 3, B: [record(1)] * 2}, [[3, 2]]),
        ({A: [record(60), record(60)], B: [record(30)]}, [[1], [1, 1]]),
        ({A: [record(500)], B: [record(1)]}, [[1], [1]]),
        ({A: [record(100)] * 3}, [[1], [1], [1]]),
        ({A: [Record(None, key=b"k" * 60), Record(b"", headers=(("n", b"h" * 60),))]}, [[1], [1]]),
        ({A: [Record(None, headers=(("n", None),))] * 100}, [[100]]),
    ],
)
def test_portions_are_bounded_by_bytes_and_keep_the_order(
    fetched: dict[TopicPartition, list[Record]], sizes: list[list[int]]
) -> None:
    parted = list(portions(fetched, limit=100))

    assert [[len(records) for records in portion.values()] for portion in parted] == sizes
    for partition, records in fetched.items():
        assert [each for portion in parted for each in portion.get(partition, [])] == records

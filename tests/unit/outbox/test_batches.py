from collections.abc import Callable

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatch

from leadstream.outbox.batches import Batches, Target

Create = Callable[[], BatchBuilder]


@pytest.fixture
def create() -> Create:
    return lambda: BatchBuilder(1_000, 0)


def _sent(batches: Batches) -> list[tuple[Target, list[bytes | None]]]:
    return [
        (target, [record.value for record in DefaultRecordBatch(bytes(batch._build()))])
        for target, batch in batches.closed()
    ]


def test_a_partition_keeps_its_order_over_several_batches(create: Create) -> None:
    values = [f"{n}".encode() * 150 for n in range(10, 30)]
    batches = Batches(create)

    for value in values:
        batches.add(("leads", 1), b"key", value, [])

    sent = _sent(batches)
    assert len(sent) > 1
    assert [value for _, group in sent for value in group] == values


def test_partitions_and_topics_are_kept_apart(create: Create) -> None:
    batches = Batches(create)

    for target in (("leads", 1), ("leads", 2), ("other", 1), ("leads", 1)):
        batches.add(target, b"key", b"value", [("name", b"header")])

    assert {target: len(values) for target, values in _sent(batches)} == {
        ("leads", 1): 2,
        ("leads", 2): 1,
        ("other", 1): 1,
    }


def test_a_record_larger_than_a_batch_goes_alone(create: Create) -> None:
    batches = Batches(create)

    for value in (b"small", b"x" * 5_000, b"small"):
        batches.add(("leads", 1), b"key", value, [])

    assert [len(values) for _, values in _sent(batches)] == [1, 1, 1]


def test_batches_are_closed_so_that_the_producer_does_not_linger(create: Create) -> None:
    batches = Batches(create)
    batches.add(("leads", 1), None, b"value", [])

    assert [batch.closed() for _, batch in batches.closed()] == [True]

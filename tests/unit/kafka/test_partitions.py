from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as reference
from hypothesis import given
from hypothesis import strategies as st

from leadstream.kafka.partitions import murmur2, partition_of


@given(st.binary(max_size=200))
def test_the_hash_is_that_of_every_kafka_client(key: bytes) -> None:
    assert murmur2(key) == reference(key)


@given(st.binary(max_size=64), st.integers(min_value=1, max_value=500))
def test_a_key_goes_where_other_producers_put_it(key: bytes, count: int) -> None:
    partitions = list(range(count))

    assert partition_of(key, count) == DefaultPartitioner()(key, partitions, partitions)


@given(st.uuids().map(lambda each: str(each).encode()))
def test_leads_go_where_other_producers_put_them(key: bytes) -> None:
    partitions = list(range(12))

    assert partition_of(key, 12) == DefaultPartitioner()(key, partitions, partitions)


def test_known_values_of_the_java_client() -> None:
    # From Kafka's own UtilsTest.
    known = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
        b"abc": 479470107,
    }

    assert {key: murmur2(key) for key in known} == {k: v % 2**32 for k, v in known.items()}


def test_records_without_a_key_spread() -> None:
    assert {partition_of(None, 3) for _ in range(200)} == {0, 1, 2}

from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.reach import is_reachable
from leadstream_dev.kafka import KafkaBroker


async def test_a_broker_that_is_away_is_noticed_and_one_of_several_is_enough(
    own_kafka: KafkaBroker,
) -> None:
    there = KafkaConfig(bootstrap_servers=own_kafka.bootstrap_servers)
    either = KafkaConfig(bootstrap_servers=f"127.0.0.1:1,{own_kafka.bootstrap_servers}")

    before = await is_reachable(there), await is_reachable(either)
    await own_kafka.kill()

    assert before == (True, True)
    assert not await is_reachable(there)

"""How far behind the consumer groups are."""

from aiokafka import AIOKafkaConsumer, TopicPartition

from leadstream.contracts import registry
from leadstream.kafka.client import KafkaConfig


async def lag(config: KafkaConfig) -> dict[str, int]:
    """Records that were not taken in, by group and topic, where there are any."""
    behind: dict[str, int] = {}
    for topic in registry.load().topics.values():
        for group in topic.consumers:
            count = await _lag_of(config, group, topic.name, topic.partitions)
            if count:
                behind[f"{group} on {topic.name}"] = count
    return behind


async def is_level(config: KafkaConfig) -> bool:
    return not await lag(config)


async def _lag_of(config: KafkaConfig, group: str, topic: str, count: int) -> int:
    consumer = AIOKafkaConsumer(**config.options(), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(count)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        return sum([ends[p] - (await consumer.committed(p) or 0) for p in partitions])
    finally:
        await consumer.stop()

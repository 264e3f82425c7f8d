"""How far behind the consumer groups are."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from leadstream.contracts import registry
from leadstream.kafka.client import KafkaConfig

ANSWER_SECONDS = 20.0


async def lag(config: KafkaConfig) -> dict[str, int]:
    """Records that were not taken in, by group and topic, where there are any; TimeoutError if no broker tells."""
    behind: dict[str, int] = {}
    for topic in registry.load().topics.values():
        for group in topic.consumers:
            async with asyncio.timeout(ANSWER_SECONDS):
                count = await _lag_of(config, group, topic.name, topic.partitions)
            if count:
                behind[f"{group} on {topic.name}"] = count
    return behind


async def is_level(config: KafkaConfig) -> bool:
    try:
        return not await lag(config)
    except (KafkaError, TimeoutError):
        return False


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

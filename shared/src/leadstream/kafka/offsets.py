"""What the broker says of the partitions that are read: where they begin and end, and how far the group was."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from leadstream.kafka.positions import Jump, Positions

log = logging.getLogger(__name__)

LAG_SECONDS = 2.0
ANSWER_SECONDS = 10.0


class Offsets:
    """Asks for one consumer, beside what it reads: the lag does not stand still while nothing is read."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        positions: Positions,
        topics: Collection[str],
        *,
        on_lag: Callable[[str, int], None],
        on_missing: Callable[[str, int], None],
    ) -> None:
        self._consumer = consumer
        self._positions = positions
        self._topics = topics
        self._on_lag = on_lag
        self._on_missing = on_missing

    async def watch(self, joined: asyncio.Event) -> None:
        """Report the lag of all assigned partitions, until cancelled."""
        while True:
            await joined.wait()
            # A broker that is away, or a partition that just went: the next look is soon.
            with suppress(KafkaError, IllegalStateError, TimeoutError):
                await self.report_lag()
            await asyncio.sleep(LAG_SECONDS)

    async def report_lag(self) -> None:
        assigned = self._consumer.assignment()
        lags = dict.fromkeys(self._topics, 0)
        if assigned:
            await self.place(assigned)
            async with asyncio.timeout(ANSWER_SECONDS):
                ends = await self._consumer.end_offsets(assigned)
            for partition, end in ends.items():
                position = self._positions.of(partition)
                if position is not None:
                    lags[partition.topic] += max(0, end - position)
        for topic, lag in lags.items():
            self._on_lag(topic, lag)

    async def place(self, assigned: Iterable[TopicPartition]) -> None:
        """Find out where reading goes on in what was assigned; say what of it is not there any more."""
        unplaced = self._positions.unplaced(assigned)
        if not unplaced:
            return
        async with asyncio.timeout(ANSWER_SECONDS):
            committed = await asyncio.gather(*map(self._consumer.committed, unplaced))
            begins = await self._consumer.beginning_offsets(unplaced)
            ends = await self._consumer.end_offsets(unplaced)
        for partition, offset in zip(unplaced, committed, strict=True):
            begin, end = begins[partition], ends[partition]
            # The same partition may have been placed, or read, meanwhile.
            if self._positions.of(partition) is not None:
                continue
            # Of an offset that is out of range the consumer makes the beginning.
            is_there = offset is not None and begin <= offset <= end
            self._positions.place(partition, offset if offset is not None and is_there else begin)
            if offset is not None and not is_there:
                self._say(Jump(partition, offset, begin), end)

    async def explain(self, jumps: Sequence[Jump]) -> None:
        """Say of what was not read next whether it is gone: the number of a transaction's end is no record's."""
        if not jumps:
            return
        partitions = [jump.partition for jump in jumps]
        async with asyncio.timeout(ANSWER_SECONDS):
            begins = await self._consumer.beginning_offsets(partitions)
            ends = await self._consumer.end_offsets(partitions)
        for jump in jumps:
            if jump.found < jump.expected or begins[jump.partition] > jump.expected:
                self._say(jump, ends[jump.partition])

    def _say(self, jump: Jump, end: int) -> None:
        # Backwards: the partition was cut off before what had been read, or made anew.
        is_back = jump.found < jump.expected
        missing = max(1, jump.expected - end) if is_back else jump.found - jump.expected
        self._on_missing(jump.partition.topic, missing)
        log.warning(
            "intake.records_missing",
            extra={
                "topic": jump.partition.topic,
                "partition": jump.partition.partition,
                "from": jump.expected,
                "to": jump.found,
                "records": missing,
                "cause": "truncated" if is_back else "expired",
            },
        )

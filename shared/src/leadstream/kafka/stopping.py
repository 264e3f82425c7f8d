"""Topics whose consumption is paused, by the flood limit or by an operator: nothing of theirs is read."""

from contextlib import suppress

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import IllegalStateError

from leadstream.kafka.portions import Fetched
from leadstream.pauses import PauseBoard


class StoppedTopics:
    """What the pauses of scope `topic:` mean for one consumer."""

    def __init__(self, board: PauseBoard) -> None:
        self._board = board

    @property
    def names(self) -> list[str]:
        return sorted(p.scope.removeprefix("topic:") for p in self._board.scopes("topic"))

    def obey(self, consumer: AIOKafkaConsumer) -> None:
        """Pause and resume partitions as the board says; all are paused while it knows nothing yet."""
        assigned = consumer.assignment()
        paused = consumer.paused()
        wanted = {partition for partition in assigned if self._holds(partition.topic)}
        if wanted - paused:
            consumer.pause(*(wanted - paused))
        if paused - wanted:
            consumer.resume(*(paused - wanted))

    def give_back(self, consumer: AIOKafkaConsumer, fetched: Fetched) -> Fetched:
        """Leave out what a fetch brought of partitions, or under pauses, that came while it waited."""
        held = {partition for partition in fetched if self._holds(partition.topic)}
        for partition in held:
            with suppress(IllegalStateError):
                consumer.seek(partition, fetched[partition][0].offset)
        return {
            partition: records for partition, records in fetched.items() if partition not in held
        }

    def _holds(self, topic: str) -> bool:
        return not self._board.is_known or topic in self.names

"""What a service does with the events of a topic, inside the intake's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leadstream.contracts.codec import Decoded
from leadstream.jobs.model import NewJob
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx


@dataclass(slots=True)
class Work:
    """What events ask for: jobs, events to announce at once, and events that can't be used after all."""

    jobs: list[NewJob] = field(default_factory=list)
    events: list[OutboxEvent] = field(default_factory=list)
    # (event, reason, error): to the dead-letter topic, untouched.
    rejected: list[tuple[Decoded[Any], str, str]] = field(default_factory=list)


class EventHandler(Protocol):
    async def __call__(self, tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
        """Take a batch of events of one topic, in the order of their offsets within a partition.

        Everything happens in `tx`, which also adds what is returned; nothing else may be touched. May be called again
        with the same events: must come out the same. Set-based: a statement for the batch, not one for each event.
        """

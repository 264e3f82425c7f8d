"""What Kafka hands over: bytes, headers and where they came from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# Names may repeat; values may be missing and need not be UTF-8.
Headers = Sequence[tuple[str, bytes | None]]


class RawRecord(Protocol):
    """What the codec needs of a record; aiokafka's ConsumerRecord fits as it is."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, as the producer or the broker set it; -1 for none."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A RawRecord made by hand, where none came from Kafka."""

    topic: str
    partition: int = 0
    offset: int = 0
    timestamp: int = -1
    key: bytes | None = None
    value: bytes | None = None
    headers: Headers = ()


def coordinates(record: RawRecord) -> str:
    """`topic/partition/offset`: the id of an event whose producer gave it none."""
    return f"{record.topic}/{record.partition}/{record.offset}"

"""Lanes: what a topic, or one partition of it, does not take waits there in its order, and holds up nothing else."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from leadstream.kafka.partitions import partition_of
from leadstream.outbox.batches import Target

# Rows with where they go.
Parcels: TypeAlias = list[tuple[Any, Target]]

FIRST_REST = 0.5


@dataclass(slots=True)
class Lane:
    """`topic`, or `topic/partition`: a topic's name has no slash. Times are monotonic seconds."""

    name: str
    # Whether its events go out again: until none of them is left, later ones queue up behind them.
    is_well: bool = False
    # Up to this event they go out one by one, because one of them is refused and it is not known which.
    suspect_until: int = 0
    rest: float = FIRST_REST
    due: float = 0.0

    @property
    def topic(self) -> str:
        return self.name.partition("/")[0]

    def fail(self, now: float, longest: float) -> None:
        """It still takes nothing: wait, each time for longer."""
        self.is_well = False
        self.due = now + min(self.rest, longest)
        self.rest = min(self.rest * 2, longest)

    def recover(self) -> None:
        self.is_well, self.rest = True, FIRST_REST

    def suspect(self, until: int) -> None:
        self.suspect_until = until
        self.recover()


@dataclass(slots=True)
class Parted:
    """Rows by whether they may go out, or wait in which lane."""

    parcels: Parcels = field(default_factory=list)
    held: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    unknown_topics: set[str] = field(default_factory=set)


class Lanes:
    def __init__(self, names: Iterable[str]) -> None:
        self._lanes = {name: Lane(name) for name in names}

    def __iter__(self) -> Iterator[Lane]:
        return iter(list(self._lanes.values()))

    def __contains__(self, name: str) -> bool:
        return name in self._lanes

    def open(self, name: str) -> Lane:
        return self._lanes.setdefault(name, Lane(name))

    def close(self, lane: Lane) -> None:
        del self._lanes[lane.name]

    def counts(self) -> Mapping[str, int]:
        """How many there are of each topic."""
        return Counter(lane.topic for lane in self._lanes.values())

    def part(self, rows: Sequence[Any], partitions: Mapping[str, int], lane: Lane | None) -> Parted:
        """Part the rows of a lane, or free ones, given the number of partitions of the topics that are known.

        A topic's lane goes before those of its partitions: so what is in those is older than what is in it.
        """
        parted = Parted()
        for row in rows:
            topic = row["topic"]
            if lane is None and topic in self._lanes:
                parted.held[topic].append(row)
            elif topic not in partitions:
                parted.unknown_topics.add(topic)
                parted.held[topic].append(row)
            else:
                target = (topic, partition_of(key_of(row), partitions[topic]))
                name = lane_name(target)
                if name in self._lanes and (lane is None or lane.name != name):
                    parted.held[name].append(row)
                else:
                    parted.parcels.append((row, target))
        return parted


def lane_name(target: Target) -> str:
    return f"{target[0]}/{target[1]}"


def key_of(row: Any) -> bytes | None:
    """The key as it is; but aiokafka sends no record that has neither key nor value, and dead letters may be that."""
    key: bytes | None = row["key"]
    return b"" if key is None and row["payload"] is None else key

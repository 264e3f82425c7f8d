"""What applying the registry changes, in a form to print."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    topic: str
    partitions: int

    def __str__(self) -> str:
        return f"{self.topic}: create with {self.partitions} partitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionsAdded:
    topic: str
    before: int
    after: int

    def __str__(self) -> str:
        return f"{self.topic}: raise partitions from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChanged:
    topic: str
    name: str
    before: str | None
    after: str

    def __str__(self) -> str:
        return f"{self.topic}: change {self.name} from {self.before} to {self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionsLeft:
    """More partitions than registered: Kafka can't take any away."""

    topic: str
    actual: int
    registered: int

    def __str__(self) -> str:
        return (
            f"{self.topic}: leave {self.actual} partitions, though {self.registered} are registered"
        )


Change = Created | PartitionsAdded | ConfigChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was changed, or with a dry run what would be."""

    changes: tuple[Change, ...]
    left_alone: tuple[PartitionsLeft, ...]
    topics: int
    dry_run: bool

    def __str__(self) -> str:
        changed = len({change.topic for change in self.changes})
        verb = "would change" if self.dry_run else "changed"
        summary = f"{verb} {changed} of {self.topics} topics"
        return "\n".join([*map(str, self.changes), *map(str, self.left_alone), summary])

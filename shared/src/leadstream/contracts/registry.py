"""The registry of topics: schemas/topics/*.yaml, one file a topic, and what lies beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import yaml
from annotated_types import Ge, MinLen
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from leadstream.errors import PermanentError

# A built wheel carries the folder; in a checkout it is the repository's own.
_PACKAGED: Final = Path(__file__).parents[1] / "schemas"
_IN_REPOSITORY: Final = Path(__file__).parents[4] / "schemas"


class RegistryError(PermanentError):
    """The registry can't be read; says which file and why."""


class _Topic(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9.-]+$")]
    description: str
    owner: str
    producers: Annotated[tuple[str, ...], MinLen(1)]
    consumers: tuple[str, ...]
    key: str
    partitions: Annotated[int, Ge(1)]
    retention_days: Annotated[int, Ge(1)]
    config: Mapping[str, str | int] = {}

    @property
    def broker_config(self) -> dict[str, str]:
        """The topic's configuration as Kafka names and writes it."""
        retention = timedelta(days=self.retention_days) // timedelta(milliseconds=1)
        texts = {name: str(value) for name, value in self.config.items()}
        return {**texts, "retention.ms": str(retention)}


class EventTopic(_Topic):
    """A topic that carries events, with the JSON Schema of each version of them."""

    kind: Literal["events"]
    schemas: Annotated[Mapping[int, Path], MinLen(1)]
    compatibility: Literal["backward"]


class DeadLetterTopic(_Topic):
    """A topic for records that a consumer could not use."""

    kind: Literal["dead-letters"]


RegisteredTopic = EventTopic | DeadLetterTopic
_TOPIC: Final[TypeAdapter[RegisteredTopic]] = TypeAdapter(
    Annotated[RegisteredTopic, Field(discriminator="kind")]
)


@dataclass(frozen=True, slots=True)
class Registry:
    """Every topic there is, by name, and the folder they were read from."""

    root: Path
    topics: Mapping[str, RegisteredTopic]

    @property
    def event_topics(self) -> Mapping[str, EventTopic]:
        return {name: t for name, t in self.topics.items() if isinstance(t, EventTopic)}


def dead_letter_topic(topic: str, service: str) -> str:
    return f"{topic}.{service}.dlq"


def default_root() -> Path:
    return _PACKAGED if _PACKAGED.is_dir() else _IN_REPOSITORY


def load(root: Path | None = None) -> Registry:
    """Read the registry below `root`: by default the one this installation came with."""
    root = root or default_root()
    paths = sorted(root.glob("topics/*.yaml"), key=lambda path: path.stem)
    if not paths:
        raise RegistryError(f"{root / 'topics'}: no topics there")
    topics = [_read(path) for path in paths]
    return Registry(root, {topic.name: topic for topic in topics})


def _read(path: Path) -> RegisteredTopic:
    try:
        topic = _TOPIC.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as error:
        raise RegistryError(f"{path}: {error}") from error
    if topic.name != path.stem:
        raise RegistryError(f"{path}: the file of {topic.name} is {topic.name}.yaml")
    return topic

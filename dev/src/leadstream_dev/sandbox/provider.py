"""What a provider has to say about itself to be served by the sandbox.

A new provider is one module in `providers` with a subclass of `Provider`, and one line in its list.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from leadstream_dev.sandbox.exchange import Answer, Call, JsonObject
from leadstream_dev.sandbox.journal import Journal
from leadstream_dev.sandbox.world import World


class Options(BaseModel):
    """A provider's own switches, set through `/_control/options/{provider}`."""

    model_config = ConfigDict(extra="forbid")

    keys: list[str] = Field(default=["sandbox*"])
    """Shell patterns of the keys or client ids that are accepted."""
    revoked: list[str] = Field(default_factory=list)
    """Keys that are refused although a pattern accepts them."""

    def accept(self, key: str) -> bool:
        if key in self.revoked:
            return False
        return any(fnmatchcase(key, pattern) for pattern in self.keys)


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str
    path: str
    handle: Callable[[Call], Answer]
    argument: tuple[str, str] | None = None
    """What the query must hold besides, where one path is for several operations."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a caller has used a rate limit up; `reset` in seconds."""

    limit: int
    remaining: int
    window: float
    reset: int


class Provider(ABC):
    name: ClassVar[str]
    prefix: ClassVar[str]
    options_type: ClassVar[type[Options]] = Options

    def __init__(self, world: World, journal: Journal) -> None:
        self.world = world
        self.journal = journal
        self.options = self.options_type()

    @abstractmethod
    def operations(self) -> tuple[Operation, ...]: ...

    @abstractmethod
    def missing_key(self, call: Call) -> Answer: ...

    @abstractmethod
    def wrong_key(self, call: Call) -> Answer: ...

    @abstractmethod
    def not_found(self, call: Call) -> Answer: ...

    @abstractmethod
    def rate_limited(self, pace: Pace) -> Answer: ...

    @abstractmethod
    def quota_exhausted(self, kind: str) -> Answer:
        """Say that no calls are left; `kind` is the period, where the provider knows several."""

    @abstractmethod
    def failed(self, status: int) -> Answer:
        """The error this provider gives with `status` when nothing else was asked for."""

    def authenticate(self, call: Call) -> Answer | None:
        key = call.bearer
        if key is None:
            return self.missing_key(call)
        return None if self.options.accept(key) else self.wrong_key(call)

    def account(self, call: Call) -> str | None:
        """Whose data a call sees, derived from its key so that the ledger needn't hold the key."""
        return sha256(call.bearer.encode()).hexdigest()[:12] if call.bearer else None

    def identify(self, call: Call) -> JsonObject:
        """Fields the judges look for, pulled out of the request; never fails."""
        return {}

    def redact(self, call: Call) -> object | None:
        """The body to note instead of the one sent, where that holds a secret."""
        return None

    def claim(self, call: Call) -> Answer | None:
        """Refuse a call that collides with one in flight, or hold its place until `release`."""
        return None

    def release(self, call: Call) -> None:  # noqa: B027 - most providers hold nothing
        """Let go of what `claim` has held."""

    def pace_headers(self, pace: Pace | None) -> Mapping[str, str]:
        """Rate-limit headers of an ordinary answer; without a pace nothing is limited."""
        return {}

    def apply(self, effect: JsonObject, line: JsonObject) -> None:  # noqa: B027 - some have no state
        """Change the state as `effect` of the ledger line says.

        Nothing else changes it, so a restart that applies every line ends where it was.
        """

    def forget(self) -> None:
        """Become as new."""
        self.__init__(self.world, self.journal)  # type: ignore[misc]  # every provider takes just these

    def state(self) -> object:
        """What the provider holds, for `/_control/state/{provider}`."""
        return {}

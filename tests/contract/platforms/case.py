"""What the suite has to know of an adapter and of its platform's stand-in in the sandbox."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

Event = Mapping[str, Any]
Record = Mapping[str, Any]


class Trait(StrEnum):
    """What a platform may not have. A case that lacks one says why, and the suite skips what is about it."""

    BATCHES = "batches"
    OPTIONAL_FIELDS = "fields that a record can do without"
    PEOPLE_EDIT = "records that people edit"
    ROW_ERRORS = "errors of single rows"
    SESSIONS = "sessions that expire"
    CREDENTIALS = "credentials that are refused"
    CONFIGURATION = "a set-up of its own that can be wrong"
    SIZE_LIMIT = "an answer to what is too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """Calls of a provider: the operation's name in the sandbox, and which of its calls are meant."""

    name: str
    match: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a connection to an account is made with."""

    settings: Mapping[str, Any]
    credentials: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Throttle:
    """A platform's answer to who calls too often, as a step of a script, and how long that one has to wait."""

    answer: JsonObject
    seconds: float


class PlatformCase(ABC):
    """One adapter. An account of a platform is known by a name of the test's own."""

    adapter: ClassVar[str]
    # The sandbox's name of the platform.
    provider: ClassVar[str]
    # Where its leads come from.
    platform: ClassVar[str]
    industry: ClassVar[str]
    # The calls that hand leads over for the first time.
    write: ClassVar[Op]
    # As many leads go in one of them.
    batch: ClassVar[int]
    # As many leads a new connection takes without being kept to a pace.
    at_once: ClassVar[int] = 1000
    # Whether the platform holds one record a lead; where not, it is told of each revision.
    keeps_state: ClassVar[bool] = True
    lacks: ClassVar[Mapping[Trait, str]] = {}

    # Of the record of a lead: the company's name, and another field, each as it is in the document and there.
    name_field: ClassVar[str]

    def write_of(self, leads: int) -> Op:
        """The call that hands so many leads over."""
        return self.write

    @abstractmethod
    def way(self, sandbox: Sandbox, account: str) -> Way:
        """How a connection leads into this account."""

    async def prepare(self, sandbox: Sandbox, account: str) -> None:  # noqa: B027 - most need nothing
        """Give the account what its administrator has to make there."""

    @abstractmethod
    def is_of(self, entry: Entry, account: str) -> bool:
        """Whether a line of the ledger is about this account."""

    @abstractmethod
    def handed(self, entry: Entry) -> Sequence[str]:
        """The ids of the leads that a call has handed over."""

    @abstractmethod
    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        """What the account holds: the records of each lead, of which there ought to be one."""

    @abstractmethod
    def expected(self, event: Event) -> Record:
        """The record of a lead as it comes from the builder, whole."""

    @abstractmethod
    def throttled(self) -> Throttle: ...

    def too_large(self) -> JsonObject:
        """Its answer to a call that is too large; or to one with something in it that it can't take."""
        raise NotImplementedError

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        """Let the platform refuse this lead, for something that there is no record without."""
        raise NotImplementedError

    async def refuse_field(self, sandbox: Sandbox) -> str:
        """Let it refuse an optional field of every lead; return what the upload calls that field."""
        raise NotImplementedError

    async def expire(self, sandbox: Sandbox, account: str) -> None:
        """End all sessions."""
        raise NotImplementedError

    def sessions(self) -> Op:
        """The calls that open a session."""
        raise NotImplementedError

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        """Let it refuse the account's credentials; return those that it takes from now on."""
        raise NotImplementedError

    async def misconfigure(self, sandbox: Sandbox, account: str) -> None:
        """Let something be missing or wrong in the account that only its owner can mend."""
        raise NotImplementedError

    async def mend(self, sandbox: Sandbox, account: str) -> None:
        raise NotImplementedError

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        """Let a person at the platform write this into the field of the company's name."""
        raise NotImplementedError

"""What the suites have to know of a contact source, or of a verifier, and of its stand-in in the sandbox."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from enrichment.application.ports import Ending
from enrichment.application.providers import ContactSource, EmailVerifier
from leadstream.accounts import Account
from leadstream.clock import SystemClock
from leadstream.http import ProviderClient
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

CLOCK = SystemClock()
OWNER = UUID(int=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody as any source could know them."""

    name: str
    title: str = "Chief Technology Officer"
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Throttle:
    """An answer to who calls too often, as a step of a script, and how long that one has to wait."""

    answer: JsonObject
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a call has asked for."""

    domain: str
    # How many people at most; None where the call does not say.
    people: int | None
    # Titles and levels, in any order and in small letters.
    words: frozenset[str] = field(default_factory=frozenset)


class Case(ABC):
    # As accounts and prices have it.
    provider: ClassVar[str]
    # The sandbox's operation that costs.
    operation: ClassVar[str]
    # What it takes for a key, what it refuses, and what is another provider's.
    key: ClassVar[str]
    wrong_keys: ClassVar[Sequence[str]] = ("nobody",)
    # Its answer to too many calls, to no credits left, and to a plan without this.
    throttle: ClassVar[Throttle]
    no_credits: ClassVar[JsonObject]
    # A refusal of what was asked, in its own words.
    refusal: ClassVar[JsonObject]
    settings: ClassVar[Mapping[str, Any]] = {}

    def account(self, key: str | None = None, *, training: bool = False) -> Account:
        """A workspace's own."""
        return Account(
            provider=self.provider,
            workspace_id=OWNER,
            training=training,
            credentials={"api_key": key or self.key},
            settings=self.settings,
        )

    def calls(self, sandbox: Sandbox, operation: str | None = None) -> list[Entry]:
        wanted = operation or self.operation
        return sandbox.ledger.entries(provider=self.provider, operation=wanted)


class SourceCase(Case):
    # The operations that say whom is asked for and that tell of people, where those are not the one that costs.
    asks: ClassVar[str]
    tells: ClassVar[str]
    # What a record calls the person.
    name_field: ClassVar[str] = "full_name"
    # Answers to the call that costs which say that it was not done.
    undone: ClassVar[Sequence[int]] = (500, 502, 503)
    # How a call ends that tells of nobody who can be made out.
    unread: ClassVar[Ending] = Ending.UNKNOWN
    # Whether a sandbox of the provider's own can be asked for nothing.
    trains: ClassVar[bool] = False

    def searching(self) -> Account:
        """An account with which no more is asked for than who there is."""
        return self.account()

    @abstractmethod
    def deployment(self, sandbox: Sandbox) -> Mapping[str, Any]:
        """Settings of a service that has a key of this provider, and of nobody else."""

    @abstractmethod
    def source(self, client: ProviderClient, url: str) -> ContactSource:
        """The source with everything it asks for below the sandbox's URL."""

    @abstractmethod
    async def know(self, sandbox: Sandbox, domain: str, *people: Person) -> None:
        """Let the stand-in know these people, and nobody else, at a company."""

    @abstractmethod
    def wanted(self, entry: Entry) -> Wanted: ...

    @abstractmethod
    def listing(self, people: object) -> JsonObject:
        """The document in which it tells of people, with something in their place."""

    @abstractmethod
    def record(self, person: Person) -> JsonObject: ...


class VerifierCase(Case):
    # What it says of an address, and what we make of it.
    said: ClassVar[Mapping[str, str]]

    @abstractmethod
    def verifier(
        self, client: ProviderClient, url: str, *, timeout: timedelta
    ) -> EmailVerifier: ...

    @abstractmethod
    async def know(self, sandbox: Sandbox, email: str, said: str) -> None: ...

    @abstractmethod
    def document(self, status: object) -> JsonObject:
        """The document of a verdict about `ann@acme.com`, with something in its place."""

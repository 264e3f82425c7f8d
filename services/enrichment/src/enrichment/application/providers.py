"""What data providers are asked, and what they can answer. A call that brings no answer raises CallFault."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Protocol, TypeAlias

from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyAsked:
    """The company whose people are looked for."""

    name: str
    # Its own domain, in the one form that two spellings share.
    domain: str
    # An earlier call of this job about it was never answered, and may have been paid for.
    unanswered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    answer: Answer
    # What the provider says it took, in its own unit; what it does not say is what its contract says.
    units: Decimal
    # The provider's own name of the answer, for whoever asks them about it.
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """The provider knows nobody there. That is an answer, too, and is kept as one."""

    units: Decimal = Decimal(0)
    ref: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """It is being looked for, and was paid for if it has a price. The job waits, no call sleeps."""

    # What to ask the provider by when `after` is over.
    ref: str
    after: timedelta
    # What is known until then and is not told again: kept as the rest of the answer is, and given back.
    known: Answer = field(default_factory=Answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    status: EmailStatus
    units: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Objected:
    """The person has told the provider that nobody is to be told about them: here they are to be erased."""


ContactAnswer: TypeAlias = Found | NotFound | Pending
Verdict: TypeAlias = Verified | Pending | Objected


class Provider(Protocol):
    @property
    def name(self) -> str:
        """As accounts, settings, pauses, prices and `provider_calls` have it: `people_data_labs`."""

    async def test(self, account: Account) -> None:
        """Make sure that the account works, at no cost. Raises CallFault."""


class ContactSource(Provider, Protocol):
    def most_units(self, limit: int) -> Decimal:
        """What one `find` can cost at most, in the provider's unit."""

    async def find(
        self, company: CompanyAsked, *, limit: int, account: Account, pending: Pending | None = None
    ) -> ContactAnswer:
        """Ask for up to `limit` people, once; or go on with what was `pending`. Raises CallFault.

        A call that may have been paid for without an answer raises a CallFault that is ambiguous.
        """


class EmailVerifier(Provider, Protocol):
    def most_units(self) -> Decimal:
        """What one `verify` can cost at most, in the provider's unit."""

    async def verify(self, email: str, *, account: Account) -> Verdict:
        """Ask whether an address exists. Raises CallFault."""

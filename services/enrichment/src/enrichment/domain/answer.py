"""What the provider knows about a company: the people, and facts about the company itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from enrichment.domain.contact import Contact, EmailStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer about one company; about no lead and no workspace in particular."""

    contacts: tuple[Contact, ...] = ()
    # Facts of the company by the name that the event gives them; only those that are known.
    facts: Mapping[str, Any] = field(default_factory=dict)
    credits_used: int | float = 0
    # Why contacts of the answer were left out, one reason each.
    rejected: tuple[str, ...] = ()

    def next_to_verify(self, verifiers: Sequence[str]) -> tuple[int, str] | None:
        """The position of the contact whose address to ask about next, and whom to ask; None if that is enough.

        It is once an address is valid. Of each the verifiers are asked in their order, until one knows something.
        """
        if self.is_verified:
            return None
        for position, contact in enumerate(self.contacts):
            for verifier in verifiers:
                if contact.is_to_be_verified_by(verifier):
                    return position, verifier
        return None

    def with_status(self, position: int, status: EmailStatus, *, by: str | None = None) -> "Answer":
        """What was said about an address is true of everybody who shares it."""
        email = self.contacts[position].address
        asked = () if by is None else (by,)
        return replace(
            self,
            contacts=tuple(
                replace(contact, email_status=status, asked=(*contact.asked, *asked))
                if email and contact.address == email
                else contact
                for contact in self.contacts
            ),
        )

    def without(self, emails: Iterable[str]) -> "Answer":
        """Nobody of those addresses is in it."""
        gone = {email.lower() for email in emails}
        return replace(self, contacts=tuple(c for c in self.contacts if c.address not in gone))

    def knowing(self, others: Iterable["Answer"]) -> "Answer":
        """With what others know about the same addresses: nobody is asked about them again."""
        known = {c.address: c for other in others for c in other.contacts if c.email_status}
        return replace(
            self,
            contacts=tuple(
                replace(contact, email_status=found.email_status, asked=found.asked)
                if contact.email_status is None and (found := known.get(contact.address))
                else contact
                for contact in self.contacts
            ),
        )

    def from_provider(self, name: str, at: datetime) -> "Answer":
        """Each contact says who told of it, and when."""
        contacts = tuple(replace(c, provider=name, collected_at=at) for c in self.contacts)
        return replace(self, contacts=contacts)

    @property
    def is_verified(self) -> bool:
        """Whether somebody's address is known to be valid."""
        return any(contact.is_verified for contact in self.contacts)

    @property
    def primary(self) -> Contact | None:
        """The one to talk to first: whose address is valid, else the first that the provider named."""
        valid = [contact for contact in self.contacts if contact.is_verified]
        return next(iter(valid or self.contacts), None)


def fill_gaps(company: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The company with facts where it had none: what is known is never overwritten, and the domain never touched."""
    gaps = {
        name: fact
        for name, fact in facts.items()
        if name != "domain" and fact is not None and company.get(name) in (None, "")
    }
    return {**company, **gaps}

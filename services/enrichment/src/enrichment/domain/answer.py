"""What the provider knows about a company: the people, and facts about the company itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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

    def next_to_verify(self) -> int | None:
        """The position of the contact whose address to ask about next; None once one is valid or all were asked."""
        if any(contact.is_verified for contact in self.contacts):
            return None
        for position, contact in enumerate(self.contacts):
            if contact.email and contact.email_status is None:
                return position
        return None

    def with_status(self, position: int, status: EmailStatus) -> "Answer":
        """What was said about an address is true of everybody who shares it."""
        email = (self.contacts[position].email or "").lower()
        return replace(
            self,
            contacts=tuple(
                replace(contact, email_status=status)
                if contact.email and contact.email.lower() == email
                else contact
                for contact in self.contacts
            ),
        )

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

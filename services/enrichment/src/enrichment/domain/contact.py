from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EmailStatus(StrEnum):
    """What verification said about an address. A fault on the way is `unknown`: it says nothing about the address."""

    VALID = "valid"
    INVALID = "invalid"
    ACCEPT_ALL = "accept_all"
    DISPOSABLE = "disposable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person to talk to. `email_status` is None until somebody was asked about the address."""

    id: str
    full_name: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    email_status: EmailStatus | None = None
    phone: str | None = None
    title: str | None = None
    seniority: str | None = None
    department: str | None = None
    linkedin_url: str | None = None
    location: str | None = None
    # Who told of the person, and when: not when the lead was enriched, where the answer was there already.
    provider: str | None = None
    collected_at: datetime | None = None
    # The verifiers that were asked about the address, where one alone does not say all.
    asked: tuple[str, ...] = ()

    @property
    def is_verified(self) -> bool:
        return self.email_status is EmailStatus.VALID

    @property
    def address(self) -> str | None:
        """The e-mail address in the one form that two spellings share."""
        return self.email.lower() if self.email else None

    def is_to_be_verified_by(self, verifier: str) -> bool:
        """Whether there is something to ask: nobody was, or none of those who were knows anything."""
        if self.address is None:
            return False
        if self.email_status is EmailStatus.UNKNOWN and self.asked:
            return verifier not in self.asked
        return self.email_status is None

from dataclasses import dataclass
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

    @property
    def is_verified(self) -> bool:
        return self.email_status is EmailStatus.VALID

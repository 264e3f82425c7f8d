from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

# Finds the company's own domain in what names it. What is nobody's own is one rule for all services.
DomainOf = Callable[[str | None], str | None]


class SkipReason(StrEnum):
    MISSING_DOMAIN = "missing_domain"
    INCOMPLETE_COMPANY = "incomplete_company"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A lead as discovery told of it."""

    id: UUID
    workspace_id: UUID
    revision: int
    company_name: str
    # What the provider is asked about; None where the company has no domain of its own.
    domain: str | None
    discovered_at: datetime

    @classmethod
    def read(cls, event: Mapping[str, Any], domain_of: DomainOf) -> "Lead":
        """Read the content of a `lead.discovered` event, as JSON has it."""
        company = event["company"]
        return cls(
            id=UUID(event["lead_id"]),
            workspace_id=UUID(event["workspace_id"]),
            revision=event["revision"],
            company_name=company["name"].strip(),
            domain=domain_of(company.get("domain")) or domain_of(company.get("website")),
            discovered_at=datetime.fromisoformat(event["discovered_at"]),
        )

    @property
    def skip_reason(self) -> SkipReason | None:
        """Why nobody is asked about this company, or None if somebody can be."""
        if self.domain is None:
            return SkipReason.MISSING_DOMAIN
        return None if self.company_name else SkipReason.INCOMPLETE_COMPANY

"""The platform upload format: a lead as CRMs get it, the 13 keys of the specification exactly."""

from pydantic import Field

from leadstream.contracts.fields import (
    Choice,
    CompanyName,
    Count,
    Id,
    Many,
    Money,
    Part,
    Text,
    Timestamp,
)
from leadstream.contracts.lead import Score, Signal


class PlatformLocation(Part):
    """A place, as the upload format has it."""

    city: Text | None = Field(None, description="City.")
    state: Text | None = Field(None, description="State, province or region.")
    country: Text | None = Field(None, description="Country, spelled out.")


class PlatformContact(Part):
    """A person to talk to at the company."""

    full_name: Text | None = Field(None, description="The name as it is written.")
    first_name: Text | None = Field(None, description="Given name, for CRMs that want it apart.")
    last_name: Text | None = Field(None, description="Family name, for CRMs that require it.")
    email: Text | None = Field(None, description="Work e-mail address.")
    phone: Text | None = Field(None, description="Phone number.")
    title: Text | None = Field(None, description="Job title.")
    seniority: Text | None = Field(None, description="`executive`, `director`, `manager` …")
    department: Text | None = Field(None, description="Department.")
    provider: Text | None = Field(
        None, description="Who told of the person: whoever uses the data has to say so (GDPR, 14)."
    )
    collected_at: Timestamp | None = Field(None, description="When the provider told of them.")


class PlatformLead(Part):
    """A lead in the platform upload format."""

    id: Id = Field(description="The lead; the same as `lead_id`.")
    company_name: CompanyName = Field(description="The company's name.")
    domain: Text | None = Field(None, description="The company's own domain.")
    industry: Text | None = Field(None, description="Its industry; decides on the platform.")
    employee_count: Count | None = Field(None, description="How many people work there.")
    revenue: Money | None = Field(
        None, description="Yearly revenue in US dollars; fractions are rounded."
    )
    location: PlatformLocation = Field(PlatformLocation(), description="Where the company is.")
    intent_score: Choice[Score] = Field(description="Cold leads are not uploaded.")
    intent_signals: Many[Signal] = Field((), description="The observations behind the score.")
    contacts: Many[PlatformContact] = Field((), description="The people found.")
    primary_contact: PlatformContact | None = Field(None, description="The one to talk to first.")
    created_at: Timestamp | None = Field(None, description="When the lead was discovered.")
    enriched_at: Timestamp | None = Field(None, description="When its contacts were found.")

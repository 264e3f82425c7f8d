"""What a lead is made of: the company, its intent, the people to talk to."""

from typing import Any, Self

from pydantic import Field, model_validator

from leadstream.contracts.fields import (
    Amount,
    Choice,
    CompanyName,
    Count,
    Id,
    Links,
    LongText,
    Many,
    Money,
    Part,
    Text,
    Timestamp,
    Url,
    Word,
    Year,
)
from leadstream.reading import pick, word


class Score(Word):
    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


class Strength(Word):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @classmethod
    def otherwise(cls, value: object) -> Self:
        """A provider's new word must not cost the lead; unless it is a very strong one it doesn't raise the score."""
        said = word(value) or ""
        return cls(pick(cls, said.removeprefix("very_")) or cls.LOW)


class EnrichmentStatus(Word):
    COMPLETED = "completed"
    SKIPPED = "skipped"


class EmailStatus(Word):
    VALID = "valid"
    INVALID = "invalid"
    ACCEPT_ALL = "accept_all"
    DISPOSABLE = "disposable"
    UNKNOWN = "unknown"

    @classmethod
    def otherwise(cls, value: object) -> Self:
        return cls(cls.UNKNOWN)


class Topic(Part):
    """A subject that companies do research on."""

    id: Id | None = Field(None, description="The topic.")
    name: Text = Field(description="As a person would say it: `AI automation tools`.")
    category: Text | None = Field(None, description="A group of topics: `technology`.")


class Location(Part):
    """A place."""

    city: Text | None = Field(None, description="City.")
    state: Text | None = Field(None, description="State, province or region.")
    country: Text | None = Field(None, description="Country, spelled out.")
    address: Text | None = Field(None, description="Street address.")


class Company(Part):
    """The company that shows intent."""

    name: CompanyName = Field(
        description="Its name. Blank is allowed; such a lead is not enriched."
    )
    domain: Text | None = Field(None, description="Its own domain, without scheme or `www.`.")
    website: Url | None = Field(None, description="Its website.")
    description: LongText | None = Field(None, description="What it does.")
    industry: Text | None = Field(None, description="Its industry; decides on the platform.")
    employee_count: Count | None = Field(None, description="How many people work there.")
    revenue: Money | None = Field(
        None, description="Yearly revenue in US dollars; fractions are rounded."
    )
    location: Location = Field(Location(), description="Where it is.")
    founded_year: Year | None = Field(None, description="The year it was founded.")
    technologies: Many[Text] = Field((), description="Technologies it uses.")
    social_profiles: Links = Field({}, description="Network name to URL of its profile there.")


class Signal(Part):
    """One observation that the company may want to buy."""

    signal_type: Text = Field(description="What was observed: `Downloaded whitepaper`.")
    signal_strength: Choice[Strength] = Field(
        Strength.LOW, description="How much it means. Any other word counts as `low`."
    )
    detected_at: Timestamp | None = Field(None, description="When it was observed.")
    source: Text | None = Field(None, description="Who observed it.")


class Intent(Part):
    """How much the company wants to buy, and why we think so."""

    score: Choice[Score] = Field(Score.COLD, description="The signals in one word.")
    signals: Many[Signal] = Field((), description="The observations behind the score.")
    last_updated: Timestamp | None = Field(None, description="When the score was last computed.")


class Contact(Part):
    """A person to talk to at the company."""

    id: Text | None = Field(None, description="The person, as the provider or Leadstream names it.")
    first_name: Text | None = Field(None, description="Given name.")
    last_name: Text | None = Field(None, description="Family name.")
    full_name: Text | None = Field(None, description="The name as it is written.")
    email: Text | None = Field(None, description="Work e-mail address.")
    verified_email: bool = Field(False, description="Whether the address was found to be valid.")
    email_status: Choice[EmailStatus] = Field(
        EmailStatus.UNKNOWN, description="What verification said. Any other word is `unknown`."
    )
    phone: Text | None = Field(None, description="Phone number.")
    title: Text | None = Field(None, description="Job title.")
    seniority: Text | None = Field(None, description="`executive`, `director`, `manager` …")
    department: Text | None = Field(None, description="Department.")
    linkedin_url: Url | None = Field(None, description="LinkedIn profile.")
    location: Text | None = Field(None, description="Where the person is.")
    provider: Text | None = Field(None, description="Who told of the person.")
    collected_at: Timestamp | None = Field(
        None, description="When; earlier than `enriched_at` where the answer was there already."
    )


class Enrichment(Part):
    """What enrichment found, or why it did not look."""

    status: Choice[EnrichmentStatus] = Field(description="Whether anybody was asked.")
    reason: Text | None = Field(
        None, description="Why it was skipped: `missing_domain`, `incomplete_company`."
    )
    enriched_at: Timestamp = Field(description="When; left out: the time of the event.")
    provider: Text | None = Field(None, description="Who was asked.")
    credits_used: Amount = Field(0, description="What the provider charged, in its credits.")
    total_contacts: Count = Field(0, description="How many; left out: as many as there are.")
    contacts: Many[Contact] = Field((), description="The people found.")
    primary_contact: Contact | None = Field(None, description="The one to talk to first.")

    @model_validator(mode="before")
    @classmethod
    def _count_contacts(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("total_contacts") is not None:
            return data
        contacts = data.get("contacts")
        count = len(contacts) if isinstance(contacts, list | tuple) else 0
        return {**data, "total_contacts": count}

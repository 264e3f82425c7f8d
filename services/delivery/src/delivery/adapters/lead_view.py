"""A lead as people are shown it: cleaned, shortened, and with links that are safe to follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from delivery.domain.links import domain_link, mail_link, shown_host, web_link
from leadstream.contracts import Company, Contact, LeadEnriched, Location, Signal
from leadstream.reading import one_line, whole_items

SIGNALS_SHOWN = 3
UNNAMED = "Unnamed company"
NOT_FOUND = "No contact was found at this company."
NOT_LOOKED_UP = {
    "missing_domain": "Contacts were not looked up: the company's domain is not known.",
    "incomplete_company": "Contacts were not looked up: too little is known about the company.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    name: str
    title: str
    email: str
    mailto: str | None
    is_verified: bool
    phone: str
    linkedin: Link | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalView:
    what: str
    strength: str
    # Where it was seen, and when: `DataShopper · 22 Jan 2026`.
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadView:
    """Every string is one line; what is not known is empty."""

    lead_id: str
    revision: int
    company: str
    score: str
    query: str
    industry: str
    employees: str
    revenue: str
    location: str
    founded: str
    summary: str
    website: Link | None
    contact: PersonView | None
    # Why there is no contact, where there is none.
    no_contact: str
    other_contacts: int
    signals: tuple[SignalView, ...]
    other_signals: int
    # The lead in the console, or in an application of one's own, where there is one.
    app_url: str | None

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is known about the company, in the order of how much it tells."""
        named = [
            ("Industry", self.industry),
            ("Employees", self.employees),
            ("Revenue", self.revenue),
            ("Location", self.location),
            ("Founded", self.founded),
            ("Query", self.query),
        ]
        return [(name, value) for name, value in named if value]

    @property
    def in_short(self) -> str:
        """What the company is, in a line."""
        employees = f"{self.employees} employees" if self.employees else ""
        revenue = f"{self.revenue} revenue" if self.revenue else ""
        parts = (self.industry, employees, revenue, self.location)
        return " · ".join(part for part in parts if part)

    @property
    def reason(self) -> str:
        """Why it is a lead, in a line: its first signal, else the query that found it."""
        if not self.signals:
            return f"Found by the query {self.query}" if self.query else ""
        others = len(self.signals) - 1 + self.other_signals
        more = f" and {others} more {'signal' if others == 1 else 'signals'}" if others else ""
        return one_line(self.signals[0].what, 60) + more

    @property
    def link(self) -> Link | None:
        """Where the button leads: to the lead's story, else to the company's website."""
        if self.app_url:
            return Link(url=self.app_url, text="View lead")
        return Link(url=self.website.url, text="Visit website") if self.website else None


def view_of(content: Mapping[str, Any], *, app_url: str | None) -> LeadView:
    """Read what `lead.enriched` said."""
    lead = LeadEnriched.model_validate(content)
    company, enrichment = lead.company, lead.enrichment
    contact = enrichment.primary_contact or next(iter(enrichment.contacts), None)
    signals = lead.intent.signals
    return LeadView(
        lead_id=str(lead.lead_id),
        revision=lead.revision,
        company=company_name(company),
        score=lead.intent.score.value,
        query=one_line(lead.topic.name if lead.topic else None, 120),
        industry=one_line(company.industry, 80),
        employees=f"{company.employee_count:,}" if company.employee_count is not None else "",
        revenue=_money(company.revenue),
        location=_place(company.location),
        founded=str(company.founded_year or ""),
        summary=one_line(company.description, 280),
        website=_website(company),
        contact=_person(contact) if contact else None,
        no_contact="" if contact else NOT_LOOKED_UP.get(enrichment.reason or "", NOT_FOUND),
        other_contacts=max(0, enrichment.total_contacts - 1) if contact else 0,
        signals=tuple(_signal(signal) for signal in signals[:SIGNALS_SHOWN]),
        other_signals=max(0, len(signals) - SIGNALS_SHOWN),
        app_url=f"{app_url.rstrip('/')}/leads/{lead.lead_id}" if app_url else None,
    )


def company_name(company: Company) -> str:
    return one_line(company.name, 120) or one_line(company.domain, 120) or UNNAMED


def _website(company: Company) -> Link | None:
    url = web_link(company.website) or domain_link(company.domain)
    return Link(url=url, text=shown_host(url)) if url else None


def _person(contact: Contact) -> PersonView:
    parts = " ".join(part for part in (contact.first_name, contact.last_name) if part)
    name = one_line(contact.full_name, 100) or one_line(parts, 100)
    profile = web_link(contact.linkedin_url)
    return PersonView(
        name=name or one_line(contact.email, 100) or "Name unknown",
        title=one_line(contact.title, 120),
        email=one_line(contact.email, 200),
        mailto=mail_link(contact.email),
        is_verified=contact.verified_email,
        phone=whole_items(one_line(contact.phone, 500), 40) or "",
        linkedin=Link(url=profile, text="LinkedIn profile") if profile else None,
    )


def _signal(signal: Signal) -> SignalView:
    seen = (one_line(signal.source, 60), _day(signal.detected_at))
    return SignalView(
        what=one_line(signal.signal_type, 140) or "Intent signal",
        strength=signal.signal_strength.value,
        source=" · ".join(part for part in seen if part),
    )


def _day(moment: datetime | None) -> str:
    return f"{moment.day} {moment:%b %Y}" if moment else ""


def _place(location: Location) -> str:
    parts = (location.city, location.state, location.country)
    return one_line(", ".join(one_line(part, 60) for part in parts if part), 150)


def _money(amount: int | None) -> str:
    """`$10M`: nobody needs the cents of a company's revenue."""
    if amount is None:
        return ""
    for unit, name in ((10**9, "B"), (10**6, "M"), (10**3, "K")):
        if amount >= unit:
            return f"${amount / unit:.1f}".removesuffix(".0") + name
    return f"${amount}"

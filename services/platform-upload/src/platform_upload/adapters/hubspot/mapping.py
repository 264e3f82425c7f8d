"""A lead as HubSpot's companies and contacts. Every value is a text; what is not known is left out, not emptied."""

from collections.abc import Mapping
from typing import Any

from platform_upload.adapters.hubspot.layout import (
    INTENT_SCORE,
    LEAD_ID,
    PLAIN,
    RULES,
    TOP_SIGNALS,
    Layout,
)
from platform_upload.domain.field_map import Ours
from platform_upload.domain.lead import Contact, Lead
from platform_upload.domain.platforms import Platform, choose_platform, words_of

SIGNALS_SHOWN = 3
SOURCE = "LeadStream"

# What we add to an account. `hasUniqueValue` can never be changed afterwards.
PROPERTIES: tuple[Mapping[str, Any], ...] = (
    {
        "name": LEAD_ID,
        "label": "Leadstream lead id",
        "groupName": "companyinformation",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    },
    {
        "name": INTENT_SCORE,
        "label": "Leadstream intent score",
        "groupName": "companyinformation",
        "type": "enumeration",
        "fieldType": "select",
        "options": [
            {"label": label, "value": label.lower(), "displayOrder": place, "hidden": False}
            for place, label in enumerate(("Hot", "Warm", "Cold"))
        ],
    },
    {
        "name": TOP_SIGNALS,
        "label": "Leadstream top signals",
        "groupName": "companyinformation",
        "type": "string",
        "fieldType": "textarea",
    },
)

OURS = frozenset(str(each["name"]) for each in PROPERTIES)

# `industry` is a closed list there, and a word that is not in it costs the company its place. These are in it; the rest
# goes by platform.
_INDUSTRY_NAMES = """
    ACCOUNTING AUTOMOTIVE BANKING BIOTECHNOLOGY CAPITAL_MARKETS CHEMICALS COMPUTER_GAMES COMPUTER_HARDWARE
    COMPUTER_NETWORKING COMPUTER_SOFTWARE CONSTRUCTION CONSUMER_ELECTRONICS CONSUMER_GOODS CONSUMER_SERVICES COSMETICS
    DESIGN ENTERTAINMENT FARMING FINANCIAL_SERVICES FURNITURE HOSPITALITY HUMAN_RESOURCES INSURANCE INTERNET
    INVESTMENT_BANKING INVESTMENT_MANAGEMENT LEGAL_SERVICES LOGISTICS_AND_SUPPLY_CHAIN MACHINERY MANAGEMENT_CONSULTING
    MARKET_RESEARCH MARKETING_AND_ADVERTISING MEDICAL_DEVICES MEDICAL_PRACTICE PHARMACEUTICALS PUBLISHING REAL_ESTATE
    RESTAURANTS RETAIL SEMICONDUCTORS SUPERMARKETS TELECOMMUNICATIONS TEXTILES UTILITIES WHOLESALE
"""
_INDUSTRIES = frozenset(_INDUSTRY_NAMES.split())
_BY_PLATFORM = {
    Platform.TECH: "INFORMATION_TECHNOLOGY_AND_SERVICES",
    Platform.FINANCE: "FINANCIAL_SERVICES",
    Platform.HEALTHCARE: "HOSPITAL_HEALTH_CARE",
    Platform.RETAIL: "RETAIL",
    Platform.MARKETING: "MARKETING_AND_ADVERTISING",
}


def company_facts(lead: Lead, layout: Layout = PLAIN) -> dict[str, str]:
    """What is known about the company: the account's owner may know better. So with all in properties of its own."""
    placed = layout.company.put(_values(lead, layout))
    return {name: str(value) for name, value in placed.items() if name not in OURS}


def company_intent(lead: Lead, layout: Layout = PLAIN) -> dict[str, str]:
    """What nobody but us knows, in the properties that we have made for it."""
    placed = {INTENT_SCORE: lead.score, TOP_SIGNALS: _signals(lead)}
    sent = layout.company.names.values()
    return {name: value for name, value in placed.items() if name in sent}


def contact_properties(contact: Contact, layout: Layout = PLAIN) -> dict[str, str]:
    first, last = contact.names
    return layout.contact.put(
        {
            Ours.CONTACT_EMAIL: contact.email,
            Ours.CONTACT_FIRST_NAME: first,
            Ours.CONTACT_LAST_NAME: last,
            Ours.CONTACT_TITLE: contact.title,
            Ours.CONTACT_PHONE: contact.phone,
            Ours.CONTACT_PROVIDER: contact.provider,
            Ours.CONTACT_COLLECTED_AT: contact.collected_at,
        }
    )


def _values(lead: Lead, layout: Layout) -> dict[Ours, Any]:
    own = layout.company.name_of(Ours.INDUSTRY) != RULES.defaults[Ours.INDUSTRY]
    return {
        Ours.COMPANY_NAME: lead.company_name,
        Ours.DOMAIN: lead.domain,
        Ours.INDUSTRY: lead.industry if own else _industry(lead.industry),
        Ours.EMPLOYEE_COUNT: lead.employee_count,
        Ours.REVENUE: lead.revenue,
        Ours.CITY: lead.city,
        Ours.STATE: lead.state,
        Ours.COUNTRY: lead.country,
        Ours.INTENT_SCORE: lead.score,
        Ours.SIGNALS: _signals(lead),
        Ours.SOURCE: SOURCE,
    }


def _signals(lead: Lead) -> str:
    return "\n".join(
        f"{signal.kind} ({signal.strength})" for signal in lead.top_signals[:SIGNALS_SHOWN]
    )


def _industry(industry: str | None) -> str | None:
    if industry is None:
        return None
    name = "_".join(words_of(industry)).upper()
    return name if name in _INDUSTRIES else _BY_PLATFORM.get(choose_platform(industry))

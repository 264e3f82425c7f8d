"""A lead as HubSpot's companies and contacts. Every value is a text; what is not known is left out, not emptied."""

from collections.abc import Mapping
from typing import Any

from platform_upload.domain.lead import Contact, Lead
from platform_upload.domain.platforms import Platform, choose_platform, words_of

LEAD_ID = "leadstream_lead_id"
INTENT_SCORE = "leadstream_intent_score"
TOP_SIGNALS = "leadstream_top_signals"
SIGNALS_SHOWN = 3

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

# What of the upload format each property is made from.
COMPANY_ORIGINS = {
    "name": "company_name",
    "domain": "domain",
    "industry": "industry",
    "numberofemployees": "employee_count",
    "annualrevenue": "revenue",
    "city": "location.city",
    "state": "location.state",
    "country": "location.country",
    LEAD_ID: "id",
    INTENT_SCORE: "intent_score",
    TOP_SIGNALS: "intent_signals",
}
CONTACT_ORIGINS = dict.fromkeys(("email", "firstname", "lastname", "jobtitle", "phone"), "contacts")

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


def company_facts(lead: Lead) -> dict[str, str]:
    """What is known about the company: the account's owner may know better."""
    return _known(
        name=lead.company_name,
        domain=lead.domain,
        industry=_industry(lead.industry),
        numberofemployees=lead.employee_count,
        annualrevenue=lead.revenue,
        city=lead.city,
        state=lead.state,
        country=lead.country,
    )


def company_intent(lead: Lead) -> dict[str, str]:
    """What nobody but us knows."""
    signals = "\n".join(
        f"{signal.kind} ({signal.strength})" for signal in lead.top_signals[:SIGNALS_SHOWN]
    )
    return {INTENT_SCORE: lead.score, TOP_SIGNALS: signals}


def contact_properties(contact: Contact) -> dict[str, str]:
    first, last = contact.names
    return _known(
        email=contact.email,
        firstname=first,
        lastname=last,
        jobtitle=contact.title,
        phone=contact.phone,
    )


def _industry(industry: str | None) -> str | None:
    if industry is None:
        return None
    name = "_".join(words_of(industry)).upper()
    return name if name in _INDUSTRIES else _BY_PLATFORM.get(choose_platform(industry))


def _known(**properties: str | int | None) -> dict[str, str]:
    return {name: str(value) for name, value in properties.items() if value not in (None, "")}

"""Words by which an industry is known to belong to a platform, besides the specification's own five names.

Lower case, a phrase a line; a phrase matches where all its words stand side by side (`E-commerce` is `e commerce`).
What is not here goes to the general platform: better there than into a CRM that it does not fit.
"""

from collections.abc import Mapping
from typing import TypeAlias

Phrase: TypeAlias = tuple[str, ...]

_HEALTHCARE = """
    healthcare
    health
    healthtech
    hospital
    hospitals
    clinic
    clinics
    clinical
    medical
    medicine
    medtech
    nursing
    dental
    dentistry
    telehealth
    telemedicine
    pharma
    pharmacy
    pharmacies
    pharmaceutical
    pharmaceuticals
    biopharma
    biopharmaceutical
    biopharmaceuticals
    life sciences
"""

_FINANCE = """
    finance
    financial
    fintech
    bank
    banks
    banking
    credit union
    credit unions
    insurance
    insurtech
    accounting
    capital markets
    wealth management
    asset management
    investment
    investments
    investing
    private equity
    venture capital
    hedge funds
    mortgage
    mortgages
    lending
    payments
"""

_RETAIL = """
    retail
    retailer
    retailers
    retailing
    ecommerce
    e commerce
    supermarket
    supermarkets
    grocery
    groceries
    department stores
    consumer goods
    apparel
    fashion
    luxury goods
"""

_MARKETING = """
    marketing
    martech
    advertising
    adtech
    public relations
    branding
    media buying
"""

_TECH = """
    technology
    technologies
    tech
    software
    saas
    paas
    iaas
    internet
    computer
    computers
    computing
    cloud
    cybersecurity
    cyber security
    network security
    semiconductor
    semiconductors
    artificial intelligence
    ai
    machine learning
    data analytics
    information services
    it
    ict
"""


def _phrases(text: str) -> frozenset[Phrase]:
    return frozenset(tuple(line.split()) for line in text.strip().splitlines())


ALIASES: Mapping[str, frozenset[Phrase]] = {
    "healthcare-platform": _phrases(_HEALTHCARE),
    "finance-platform": _phrases(_FINANCE),
    "retail-platform": _phrases(_RETAIL),
    "marketing-platform": _phrases(_MARKETING),
    "tech-platform": _phrases(_TECH),
}

from uuid import uuid4

import pytest

from enrichment.domain.lead import Lead, SkipReason
from leadstream.companies import company_domain


@pytest.mark.parametrize(
    ("company", "domain"),
    [
        ({"domain": "acme.com"}, "acme.com"),
        ({"domain": "acme.com", "website": "https://other.com"}, "acme.com"),
        ({"domain": None, "website": "https://www.acme.com/about"}, "acme.com"),
        ({"domain": "gmail.com", "website": "acme.com"}, "acme.com"),
        ({"domain": "facebook.com", "website": "acme.com"}, "acme.com"),
        ({"domain": "acme.myshopify.com", "website": "https://bit.ly/acme"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_lead_is_asked_about_by_a_domain_that_is_its_companys_own(
    company: dict[str, str | None], domain: str | None
) -> None:
    event = {
        "lead_id": str(uuid4()),
        "workspace_id": str(uuid4()),
        "revision": 1,
        "company": {"name": "Acme", **company},
        "discovered_at": "2026-01-22T02:00:00Z",
    }

    lead = Lead.read(event, company_domain)

    assert lead.domain == domain
    assert lead.skip_reason is (None if domain else SkipReason.MISSING_DOMAIN)

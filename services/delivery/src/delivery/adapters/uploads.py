"""The platform upload format of a lead: the 13 keys of the specification."""

from leadstream.contracts import (
    Contact,
    LeadEnriched,
    LeadUpload,
    PlatformContact,
    PlatformLead,
    PlatformLocation,
)


def upload_of(lead: LeadEnriched) -> LeadUpload:
    """What platform-upload is told. The platform is left to it: it knows the industries."""
    company, enrichment = lead.company, lead.enrichment
    primary = enrichment.primary_contact or next(iter(enrichment.contacts), None)
    return LeadUpload(
        lead_id=lead.lead_id,
        workspace_id=lead.workspace_id,
        revision=lead.revision,
        lead=PlatformLead(
            id=lead.lead_id,
            company_name=company.name,
            domain=company.domain,
            industry=company.industry,
            employee_count=company.employee_count,
            revenue=company.revenue,
            location=PlatformLocation(
                city=company.location.city,
                state=company.location.state,
                country=company.location.country,
            ),
            intent_score=lead.intent.score,
            intent_signals=lead.intent.signals,
            contacts=tuple(_contact(contact) for contact in enrichment.contacts),
            primary_contact=_contact(primary) if primary else None,
            created_at=lead.discovered_at,
            enriched_at=enrichment.enriched_at,
        ),
    )


def _contact(contact: Contact) -> PlatformContact:
    return PlatformContact(
        full_name=contact.full_name,
        first_name=contact.first_name,
        last_name=contact.last_name,
        email=contact.email,
        phone=contact.phone,
        title=contact.title,
        seniority=contact.seniority,
        department=contact.department,
        provider=contact.provider,
        collected_at=contact.collected_at,
    )

"""What the server says of itself."""

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.fhir.options import FhirOptions


def capability_statement(options: FhirOptions) -> JsonObject:
    codes = ["read", "search-type", *(["create", "update"] if options.writable else [])]
    organization: JsonObject = {
        "type": "Organization",
        "interaction": [{"code": code} for code in codes],
        "versioning": options.versioning,
        "updateCreate": options.update_create,
        "searchParam": [{"name": "identifier", "type": "token"}],
    }
    # Some leave out what they haven't, others say so.
    if options.conditional_update:
        organization["conditionalUpdate"] = True
    if options.conditional_create:
        organization["conditionalCreate"] = True
    rest: JsonObject = {
        "mode": "server",
        "resource": [
            {"type": "Patient", "interaction": [{"code": "read"}], "conditionalUpdate": True},
            *([organization] if options.organizations else []),
        ],
    }
    if options.batch:
        rest["interaction"] = [{"code": "transaction"}, {"code": "batch"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": options.fhir_version,
        "format": ["application/fhir+json", "json"],
        "rest": [rest],
    }

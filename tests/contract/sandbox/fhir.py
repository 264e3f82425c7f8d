"""Calls that the tests of the FHIR server have in common."""

from typing import Any

import httpx

BASE = "/fhir/r4"
ORGANIZATION = f"{BASE}/Organization"
SYSTEM = "https://leadstream.example/fhir/lead-id"
LEAD = "0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"
FHIR_JSON = {"content-type": "application/fhir+json"}


def organization(lead: str = LEAD, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Organization",
        "identifier": [{"system": SYSTEM, "value": lead}],
        "name": "Acme Health",
        **changes,
    }


def query(lead: str = LEAD) -> str:
    return f"identifier={SYSTEM}|{lead}"


def entry(lead: str = LEAD, resource: Any = None, **request: Any) -> dict[str, Any]:
    return {
        "resource": organization(lead) if resource is None else resource,
        "request": {"method": "PUT", "url": f"Organization?{query(lead)}", **request},
    }


async def put(api: httpx.AsyncClient, lead: str = LEAD, **changes: Any) -> httpx.Response:
    return await api.put(
        f"{ORGANIZATION}?{query(lead)}", json=organization(lead, **changes), headers=FHIR_JSON
    )


async def batch(api: httpx.AsyncClient, *entries: Any) -> httpx.Response:
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": list(entries)}
    return await api.post(BASE, json=bundle, headers=FHIR_JSON)


async def make(api: httpx.AsyncClient, lead: str = LEAD, **changes: Any) -> httpx.Response:
    """One more, whatever there is."""
    return await api.post(ORGANIZATION, json=organization(lead, **changes), headers=FHIR_JSON)

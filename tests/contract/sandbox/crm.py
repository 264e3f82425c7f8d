"""Calls the CRM tests have in common."""

import httpx

COMPANIES = "/hubspot/crm/objects/2026-09/companies"
CONTACTS = "/hubspot/crm/objects/2026-09/contacts"
PROPERTIES = "/hubspot/crm/properties/2026-09/companies"
LEAD_ID = "leadstream_lead_id"

TOKEN = "/salesforce/services/oauth2/token"
LEADS = "/salesforce/services/data/v67.0/composite/sobjects/Lead/LeadStream_Lead_Id__c"


async def define(api: httpx.AsyncClient, *names: str) -> None:
    for name in names:
        definition = {
            "name": name,
            "label": name,
            "groupName": "companyinformation",
            "type": "string",
            "fieldType": "text",
            "hasUniqueValue": name == LEAD_ID,
        }
        answer = await api.post(PROPERTIES, json=definition)
        assert answer.status_code == 201, answer.text


def company_input(lead_id: str, **properties: str) -> dict[str, object]:
    return {
        "idProperty": LEAD_ID,
        "id": lead_id,
        "objectWriteTraceId": lead_id,
        "properties": {LEAD_ID: lead_id, **properties},
    }


async def upsert_company(
    api: httpx.AsyncClient, *lead_ids: str, **properties: str
) -> httpx.Response:
    inputs = [company_input(lead_id, **properties) for lead_id in lead_ids]
    return await api.post(f"{COMPANIES}/batch/upsert", json={"inputs": inputs})


def lead(lead_id: str, **fields: object) -> dict[str, object]:
    row = {"attributes": {"type": "Lead"}, "LeadStream_Lead_Id__c": lead_id}
    return row | {"Company": "Acme Corp", "LastName": "Smith"} | fields


async def sign_in(api: httpx.AsyncClient, client_id: str = "sandbox") -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": "sandbox-secret",
    }
    answer = await api.post(TOKEN, data=form)
    if answer.is_success:
        api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer


async def upsert_leads(
    api: httpx.AsyncClient, *rows: dict[str, object], **body: object
) -> httpx.Response:
    return await api.patch(LEADS, json={"allOrNone": False, "records": list(rows)} | body)


MARKETO_TOKEN = "/marketo/identity/oauth/token"
MARKETO_LEADS = "/marketo/rest/v1/leads.json"


async def sign_in_to_marketo(api: httpx.AsyncClient, client_id: str = "sandbox") -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": "sandbox-secret",
    }
    answer = await api.post(MARKETO_TOKEN, data=form)
    if answer.is_success:
        api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return answer


async def sync_leads(
    api: httpx.AsyncClient, *records: dict[str, object], **body: object
) -> httpx.Response:
    asked = {"action": "createOrUpdate", "lookupField": "email", "input": list(records)}
    return await api.post(MARKETO_LEADS, json=asked | body)

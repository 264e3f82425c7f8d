"""Calls the Shopify tests have in common."""

from typing import Any

import httpx

SHOP = "/shopify/acme"
TOKEN = f"{SHOP}/admin/oauth/access_token"
GRAPHQL = f"{SHOP}/admin/api/2026-10/graphql.json"
CREATE = (
    "mutation($input:CompanyCreateInput!){companyCreate(input:$input){company{id externalId mainContact{id}}"
    " userErrors{field message code}}}"
)
FIND = "query($q:String!){companies(first:2,query:$q){nodes{id externalId}}}"


async def ask(
    api: httpx.AsyncClient, query: str, *, at: str = GRAPHQL, **variables: Any
) -> httpx.Response:
    api.headers.setdefault("X-Shopify-Access-Token", "sandbox")
    return await api.post(at, json={"query": query, "variables": variables})


async def create(api: httpx.AsyncClient, external_id: str = "lead-1", **groups: Any) -> Any:
    """The payload."""
    company = {"name": "Acme Corp", "externalId": external_id} | groups.pop("company", {})
    answer = await ask(api, CREATE, input={"company": company, **groups})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["companyCreate"]


async def sign_in(api: httpx.AsyncClient, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "sandbox",
        "client_secret": "sandbox-secret",
    }
    answer = await api.post(TOKEN, data=form | changes)
    if answer.is_success:
        api.headers["X-Shopify-Access-Token"] = answer.json()["access_token"]
    return answer

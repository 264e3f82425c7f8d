"""Shopify: a company by its external id, with a contact who is a customer."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Way
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

CREATE = "companyCreate"
RENAME = (
    "mutation($id:ID!,$name:String!){companyUpdate(companyId:$id,input:{name:$name})"
    "{company{id name} userErrors{field message code}}}"
)


class ShopifyCase(PlatformCase):
    adapter = "shopify"
    provider = "shopify"
    platform = "retail-platform"
    industry = "Retail"
    write = Op(name="graphql", match={"roots": CREATE})
    batch = 10
    at_once = 60
    name_field = "name"

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(
            settings={"shop": sandbox.shopify_url(account)},
            credentials={"client_id": account, "client_secret": f"{account}-secret"},
        )

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["account"] == account)

    def handed(self, entry: Entry) -> Sequence[str]:
        return (entry["external_ids"] or ()) if CREATE in (entry["roots"] or ()) else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        shop = (await sandbox.control.state("shopify")).get(account)
        found: dict[str, list[Record]] = {}
        for company in shop["companies"] if shop else ():
            shown = {name: value for name, value in company.items() if name != "id"}
            found.setdefault(company["externalId"], []).append(shown)
        return found

    def expected(self, event: Event) -> Record:
        return {
            "externalId": event["lead_id"],
            "name": "Acme Corp",
            "note": "Intent: hot\nIndustry: Retail\nEmployees: 250\nDomain: acme.com",
            "location": {
                "name": "Acme Corp",
                "shippingAddress": {"city": "San Francisco", "zoneCode": "CA", "countryCode": "US"},
            },
        }

    def throttled(self) -> Throttle:
        """With 200, and the cost of the call beside what is left and what comes back in a second."""
        asked = 10
        left = {"maximumAvailable": 2_000, "currentlyAvailable": 0, "restoreRate": asked}
        body = {
            "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
            "extensions": {"cost": {"requestedQueryCost": asked, "throttleStatus": left}},
        }
        return Throttle({"status": 200, "body": body}, 1)

    def too_large(self) -> JsonObject:
        return {"status": 413, "body": {"errors": "Request Entity Too Large"}}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        rule = {"field": "company.name", "value": event["lead"]["company_name"]}
        await sandbox.control.options("shopify", rules=[rule])

    async def refuse_field(self, sandbox: Sandbox) -> str:
        await sandbox.control.options("shopify", rules=[{"field": "company.note"}])
        return "company.note"

    async def expire(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.expire_shopify_tokens()

    def sessions(self) -> Op:
        return Op(name="token")

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        await sandbox.control.revoke("shopify", account)
        return self.way(sandbox, f"{account}-new").credentials

    async def misconfigure(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("shopify", b2b=False)

    async def mend(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("shopify", b2b=True)

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        shop = (await sandbox.control.state("shopify"))[account]
        (company,) = (each for each in shop["companies"] if each["externalId"] == event["lead_id"])
        form = {"grant_type": "client_credentials", **self.way(sandbox, account).credentials}
        async with httpx.AsyncClient(
            base_url=sandbox.shopify_url(account), verify=WITHOUT_AUTHORITIES, timeout=60
        ) as http:
            token = (await http.post("/admin/oauth/access_token", data=form)).json()["access_token"]
            answer = await http.post(
                "/admin/api/2026-10/graphql.json",
                json={"query": RENAME, "variables": {"id": company["id"], "name": text}},
                headers={"x-shopify-access-token": token},
            )
        assert answer.json()["data"]["companyUpdate"]["company"]["name"] == text, answer.text

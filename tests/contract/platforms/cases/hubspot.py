"""HubSpot: a company by our unique property, its people as contacts."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

import httpx

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Trait, Way
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

OUR_ID = "leadstream_lead_id"


class HubspotCase(PlatformCase):
    adapter = "hubspot"
    provider = "hubspot"
    platform = "tech-platform"
    industry = "Technology"
    write = Op(name="batch_upsert", match={"object": "companies"})
    batch = 100
    name_field = "name"
    lacks: ClassVar = {Trait.SESSIONS: "a private app's token is the credential itself and lasts"}

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(settings={}, credentials={"access_token": account})

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["account"] == _noted(account))

    def handed(self, entry: Entry) -> Sequence[str]:
        is_write = entry.operation == "batch_upsert" and entry["object"] == "companies"
        return (entry["external_ids"] or ()) if is_write else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        portal = (await sandbox.control.state("hubspot")).get(_noted(account))
        found: dict[str, list[Record]] = {}
        for company in portal["records"]["companies"] if portal else ():
            shown = {
                name: value
                for name, value in company["properties"].items()
                if name != "hs_object_id"
            }
            found.setdefault(shown[OUR_ID], []).append(shown)
        return found

    def expected(self, event: Event) -> Record:
        return {
            OUR_ID: event["lead_id"],
            "leadstream_intent_score": "hot",
            "leadstream_top_signals": "Company researching AI tools (high)",
            "name": "Acme Corp",
            "domain": "acme.com",
            "industry": "INFORMATION_TECHNOLOGY_AND_SERVICES",
            "numberofemployees": "250",
            "annualrevenue": "10000000",
            "city": "San Francisco",
            "state": "CA",
            "country": "United States",
        }

    def throttled(self) -> Throttle:
        body = {"status": "error", "errorType": "RATE_LIMIT", "policyName": "SECONDLY"}
        return Throttle({"status": 429, "headers": {"Retry-After": "1"}, "body": body}, 1)

    def too_large(self) -> JsonObject:
        return {"status": 413, "body": {"category": "VALIDATION_ERROR", "message": "too large"}}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        rule = {"property": OUR_ID, "value": event["lead_id"]}
        await sandbox.control.options("hubspot", rules=[rule])

    async def refuse_field(self, sandbox: Sandbox) -> str:
        rule = {"property": "city", "value": "San Francisco", "message": "no such city"}
        await sandbox.control.options("hubspot", rules=[rule])
        return "city"

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        await sandbox.control.revoke("hubspot", account)
        return self.way(sandbox, f"{account}-new").credentials

    async def misconfigure(self, sandbox: Sandbox, account: str) -> None:
        refused = {"category": "VALIDATION_ERROR", "message": "no such group"}
        await sandbox.control.behave(
            "hubspot", "property_create", errors={"status": 400, "body": refused}
        )

    async def mend(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.clear("hubspot")

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        path = "/crm/objects/2026-09/companies/batch/update"
        changed = {"id": event["lead_id"], "idProperty": OUR_ID, "properties": {"name": text}}
        async with httpx.AsyncClient(
            base_url=f"{sandbox.url}/hubspot", verify=WITHOUT_AUTHORITIES, timeout=60
        ) as http:
            answer = await http.post(
                path,
                json={"inputs": [changed]},
                headers={"authorization": f"Bearer {account}"},
            )
        assert answer.is_success, answer.text


def _noted(account: str) -> str:
    """The account as the ledger has it."""
    return sha256(account.encode()).hexdigest()[:12]

"""Salesforce: a Lead by its external id."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Way
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

EXTERNAL_ID = "LeadStream_Lead_Id__c"


class SalesforceCase(PlatformCase):
    adapter = "salesforce"
    provider = "salesforce"
    platform = "tech-platform"
    industry = "Technology"
    write = Op(name="upsert")
    batch = 200
    name_field = "Company"

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(
            settings={"login_url": sandbox.salesforce_url},
            credentials={"client_id": account, "client_secret": f"{account}-secret"},
        )

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["account"] == account)

    def handed(self, entry: Entry) -> Sequence[str]:
        return (entry["external_ids"] or ()) if entry.operation == "upsert" else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        state = await sandbox.control.state("salesforce")
        found: dict[str, list[Record]] = {}
        for lead in state.get(account, []):
            shown = {name: value for name, value in lead.items() if name != "Id"}
            found.setdefault(lead[EXTERNAL_ID], []).append(shown)
        return found

    def expected(self, event: Event) -> Record:
        return {
            EXTERNAL_ID: event["lead_id"],
            "Company": "Acme Corp",
            "LastName": "Smith",
            "FirstName": "John",
            "Title": "VP of Engineering",
            "Email": "john@acme.com",
            "Website": "https://acme.com",
            "Industry": "Technology",
            "NumberOfEmployees": 250,
            "AnnualRevenue": 10_000_000,
            "City": "San Francisco",
            "State": "CA",
            "Country": "United States",
            "LeadSource": "LeadStream",
            "Rating": "Hot",
            "Description": "Intent: hot\n- Company researching AI tools (high)",
        }

    def throttled(self) -> Throttle:
        said = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        busy = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": said}]
        return Throttle({"status": 403, "headers": {"Retry-After": "1"}, "body": busy}, 1)

    def too_large(self) -> JsonObject:
        said = [{"errorCode": "REQUEST_TOO_LARGE", "message": "too large"}]
        return {"status": 413, "body": said}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        name = event["lead"]["company_name"]
        rule = {"field": "Company", "value": name, "named": ["Company"]}
        await sandbox.control.options("salesforce", rules=[rule])

    async def refuse_field(self, sandbox: Sandbox) -> str:
        await sandbox.control.options("salesforce", read_only=["Rating"])
        return "Rating"

    async def expire(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.expire_salesforce_sessions()

    def sessions(self) -> Op:
        return Op(name="token")

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        await sandbox.control.revoke("salesforce", account)
        return self.way(sandbox, f"{account}-new").credentials

    async def misconfigure(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("salesforce", external_ids=["Other__c"])

    async def mend(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("salesforce", external_ids=[EXTERNAL_ID])

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        key = self.way(sandbox, account).credentials
        async with httpx.AsyncClient(
            base_url=sandbox.salesforce_url, verify=WITHOUT_AUTHORITIES, timeout=60
        ) as http:
            grant = {"grant_type": "client_credentials", **key}
            session = (await http.post("/services/oauth2/token", data=grant)).json()
            answer = await http.patch(
                f"/services/data/v67.0/sobjects/Lead/{EXTERNAL_ID}/{event['lead_id']}",
                json={"Company": text},
                headers={"authorization": f"Bearer {session['access_token']}"},
            )
        assert answer.is_success, answer.text

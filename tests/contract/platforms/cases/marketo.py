"""Marketo: a lead by a field of its own; the adapter's own tests know it by address, too."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Way
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

OUR_ID = "leadstreamLeadId"
TOKEN_LASTS = 3600


class MarketoCase(PlatformCase):
    adapter = "marketo"
    provider = "marketo"
    platform = "marketing-platform"
    industry = "Marketing"
    write = Op(name="sync")
    batch = 300
    name_field = "company"

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(
            settings={"munchkin": f"{sandbox.url}/marketo", "lookup_field": OUR_ID},
            credentials={"client_id": account, "client_secret": f"{account}-secret"},
        )

    async def prepare(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("marketo", dedupe_fields=[OUR_ID])

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["account"] == account)

    def handed(self, entry: Entry) -> Sequence[str]:
        return (entry["external_ids"] or ()) if entry.operation == "sync" else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        state = await sandbox.control.state("marketo")
        found: dict[str, list[Record]] = {}
        for lead in state.get(account, []):
            shown = {name: value for name, value in lead.items() if name != "id"}
            found.setdefault(lead[OUR_ID], []).append(shown)
        return found

    def expected(self, event: Event) -> Record:
        return {
            OUR_ID: event["lead_id"],
            "email": "john@acme.com",
            "firstName": "John",
            "lastName": "Smith",
            "title": "VP of Engineering",
            "company": "Acme Corp",
            "website": "acme.com",
            "industry": "Marketing",
            "numberOfEmployees": 250,
            "annualRevenue": 10_000_000,
            "city": "San Francisco",
            "state": "CA",
            "country": "United States",
            "leadSource": "LeadStream",
            "rating": "hot",
            "marketingSuspended": True,
        }

    def throttled(self) -> Throttle:
        """It doesn't say for how long: its calls are counted over 20 seconds."""
        return Throttle(_refusal(606, "Max rate limit '100' exceeded with in '20' secs"), 20)

    def too_large(self) -> JsonObject:
        return {"status": 413, "body": {}}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        rule = {"field": OUR_ID, "value": event["lead_id"], "code": 1003, "message": "Invalid data"}
        await sandbox.control.options("marketo", rules=[rule])

    async def refuse_field(self, sandbox: Sandbox) -> str:
        await sandbox.control.options("marketo", hidden=["rating"])
        return "rating"

    async def expire(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.settings(clock_offset=TOKEN_LASTS + 1)

    def sessions(self) -> Op:
        return Op(name="token")

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        await sandbox.control.revoke("marketo", account)
        return self.way(sandbox, f"{account}-new").credentials

    async def misconfigure(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("marketo", dedupe_fields=[])

    async def mend(self, sandbox: Sandbox, account: str) -> None:
        await self.prepare(sandbox, account)

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        form = {"grant_type": "client_credentials", **self.way(sandbox, account).credentials}
        async with httpx.AsyncClient(
            base_url=f"{sandbox.url}/marketo", verify=WITHOUT_AUTHORITIES, timeout=60
        ) as http:
            token = (await http.post("/identity/oauth/token", data=form)).json()["access_token"]
            answer = await http.post(
                "/rest/v1/leads.json",
                json={
                    "action": "updateOnly",
                    "lookupField": OUR_ID,
                    "input": [{OUR_ID: event["lead_id"], "company": text}],
                },
                headers={"authorization": f"Bearer {token}"},
            )
        assert answer.json()["result"][0]["status"] == "updated", answer.text


def _refusal(code: int, message: str) -> JsonObject:
    errors = [{"code": str(code), "message": message}]
    return {"status": 200, "body": {"requestId": "x", "success": False, "errors": errors}}

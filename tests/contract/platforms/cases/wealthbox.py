"""Wealthbox: an organization by our id, found before it is made, and its people as contacts."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

import httpx

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Trait, Way
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject

OUR_ID = "external_unique_id"
ORGANIZATION = "Organization"
# Of a record, or of an item of its lists, what is not ours.
THEIRS = frozenset({"id", "creator", "created_at", "updated_at", "status", "kind", "principal"})


class WealthboxCase(PlatformCase):
    adapter = "wealthbox"
    provider = "wealthbox"
    platform = "finance-platform"
    industry = "Finance"
    write = Op(name="create", match={"object": ORGANIZATION})
    batch = 1
    # Four calls each, of the thirty that may go at once.
    at_once = 7
    name_field = "name"
    lacks: ClassVar = {
        Trait.BATCHES: "it takes one contact a call",
        Trait.SESSIONS: "a person's token is the credential itself and lasts",
        Trait.CONFIGURATION: "nothing has to be made in an account, and a token may do all or nothing",
    }

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(settings={}, credentials={"access_token": account})

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["account"] == _noted(account))

    def handed(self, entry: Entry) -> Sequence[str]:
        is_write = entry.operation == "create" and entry["object"] == ORGANIZATION
        return (entry["external_ids"] or ()) if is_write else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        state = await sandbox.control.state("wealthbox")
        found: dict[str, list[Record]] = {}
        for contact in state.get(_noted(account), []):
            if contact["type"] == ORGANIZATION:
                found.setdefault(contact[OUR_ID], []).append(_ours(contact))
        return found

    def expected(self, event: Event) -> Record:
        return {
            "type": ORGANIZATION,
            OUR_ID: event["lead_id"],
            "name": "Acme Corp",
            "contact_type": "Prospect",
            "contact_source": "Other",
            "background_information": "Intent: hot\n- Company researching AI tools (high)",
            "tags": [{"name": "LeadStream"}],
            "websites": [{"address": "https://acme.com"}],
            "street_addresses": [
                {"city": "San Francisco", "state": "CA", "country": "United States"}
            ],
        }

    def throttled(self) -> Throttle:
        body = {"error": "rate limited"}
        return Throttle({"status": 429, "headers": {"Retry-After": "1"}, "body": body}, 1)

    def too_large(self) -> JsonObject:
        return {"status": 413, "body": {"error": "request entity too large"}}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        rule = {"field": "name", "value": event["lead"]["company_name"]}
        await sandbox.control.options("wealthbox", rules=[rule])

    async def refuse_field(self, sandbox: Sandbox) -> str:
        await sandbox.control.options("wealthbox", rules=[{"field": "background_information"}])
        return "background_information"

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        await sandbox.control.revoke("wealthbox", account)
        return self.way(sandbox, f"{account}-new").credentials

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        book = (await sandbox.control.state("wealthbox"))[_noted(account)]
        (held,) = (each for each in book if each[OUR_ID] == event["lead_id"])
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            answer = await http.put(
                f"{sandbox.url}/wealthbox/v1/contacts/{held['id']}",
                json={"name": text},
                headers={"ACCESS_TOKEN": account},
            )
        assert answer.is_success, answer.text


def _noted(account: str) -> str:
    """The account as the ledger has it."""
    return sha256(account.encode()).hexdigest()[:12]


def _ours(value: Any) -> Any:
    """What was written, without what the platform has added and without what is empty."""
    if isinstance(value, list):
        return [_ours(each) for each in value]
    if isinstance(value, dict):
        return {name: _ours(each) for name, each in value.items() if each and name not in THEIRS}
    return value

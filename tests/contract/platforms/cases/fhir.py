"""FHIR: an Organization by our identifier, in batches; SMART Backend Services, as most servers want it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contract.platforms.case import Event, Op, PlatformCase, Record, Throttle, Way
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.sandbox.exchange import JsonObject
from platform_upload.adapters.fhir.keys import SigningKey

SYSTEM = "https://leadstream.example/fhir/lead-id"
KEY = SigningKey(ec.generate_private_key(ec.SECP384R1()))
PUBLIC = (
    KEY.key.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)

# A lead that goes by itself.
ALONE = Op(name="conditional_update")


class FhirCase(PlatformCase):
    adapter = "fhir"
    provider = "fhir"
    platform = "healthcare-platform"
    industry = "Healthcare"
    write = Op(name="batch")
    batch = 100
    name_field = "name"

    def write_of(self, leads: int) -> Op:
        return self.write if leads > 1 else ALONE

    def way(self, sandbox: Sandbox, account: str) -> Way:
        return Way(
            settings={"base_url": sandbox.fhir_url},
            credentials={"client_id": account, "private_key": KEY.as_pem()},
        )

    async def prepare(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("fhir", clients={account: PUBLIC})

    def is_of(self, entry: Entry, account: str) -> bool:
        return bool(entry["account"] == account)

    def handed(self, entry: Entry) -> Sequence[str]:
        is_write = entry.operation in {self.write.name, ALONE.name}
        return (entry["external_ids"] or ()) if is_write else ()

    async def records(self, sandbox: Sandbox, account: str) -> Mapping[str, list[Record]]:
        state = await sandbox.control.state("fhir")
        found: dict[str, list[Record]] = {}
        for held in state.get(account, []):
            (ours,) = (each for each in held["identifier"] if each["system"] == SYSTEM)
            shown = {name: value for name, value in held.items() if name not in {"id", "meta"}}
            found.setdefault(ours["value"], []).append(shown)
        return found

    def expected(self, event: Event) -> Record:
        """Nobody's name, and nothing of what the company is looking for."""
        types = "http://terminology.hl7.org/CodeSystem/organization-type"
        return {
            "resourceType": "Organization",
            "identifier": [{"system": SYSTEM, "value": event["lead_id"]}],
            "active": True,
            "type": [{"coding": [{"system": types, "code": "bus"}]}],
            "name": "Acme Corp",
            "telecom": [{"system": "url", "value": "https://acme.com", "use": "work"}],
            "address": [{"use": "work", "city": "San Francisco", "state": "CA", "country": "US"}],
        }

    def throttled(self) -> Throttle:
        issue = {"severity": "error", "code": "throttled"}
        body = {"resourceType": "OperationOutcome", "issue": [issue]}
        return Throttle({"status": 429, "headers": {"Retry-After": "1"}, "body": body}, 1)

    def too_large(self) -> JsonObject:
        return {"status": 413}

    async def refuse_row(self, sandbox: Sandbox, event: Event) -> None:
        rule = {"path": "name", "value": event["lead"]["company_name"]}
        await sandbox.control.options("fhir", rules=[rule])

    async def refuse_field(self, sandbox: Sandbox) -> str:
        await sandbox.control.options("fhir", rules=[{"path": "address.state", "value": "CA"}])
        return "address.state"

    async def expire(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.expire_fhir_sessions()

    def sessions(self) -> Op:
        return Op(name="token")

    async def turn_away(self, sandbox: Sandbox, account: str) -> Mapping[str, Any]:
        await sandbox.control.revoke("fhir", account)
        await self.prepare(sandbox, f"{account}-new")
        return self.way(sandbox, f"{account}-new").credentials

    async def misconfigure(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("fhir", writable=False)

    async def mend(self, sandbox: Sandbox, account: str) -> None:
        await sandbox.control.options("fhir", writable=True)

    async def edit(self, sandbox: Sandbox, account: str, event: Event, text: str) -> None:
        state = await sandbox.control.state("fhir")
        (held,) = (
            each for each in state[account] if each["identifier"][0]["value"] == event["lead_id"]
        )
        token = f"{sandbox.url}/fhir/auth/token"
        form = {
            "grant_type": "client_credentials",
            "scope": "system/Organization.cruds",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": KEY.assertion(account, audience=token, now=datetime.now(UTC)),
        }
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, timeout=60) as http:
            session = (await http.post(token, data=form)).json()
            answer = await http.put(
                f"{sandbox.fhir_url}/Organization/{held['id']}",
                json={**held, "name": text},
                headers={
                    "authorization": f"Bearer {session['access_token']}",
                    "content-type": "application/fhir+json",
                },
            )
        assert answer.is_success, answer.text

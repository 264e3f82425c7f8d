"""One replica, the sandbox beside it, and the questions that most tests ask."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from integration.platform_upload.machine import Replica, work
from leadstream.http import WebhookSecret
from leadstream.ids import connection_id, workspace_id
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key
from unit.platform_upload.builders import a_document

WORKSPACE = workspace_id("acme-growth")
KEY = generate_key("k1")
SECRET = WebhookSecret.generate().reveal()


def an_upload(
    number: int = 0,
    *,
    workspace: UUID = WORKSPACE,
    platform: str | None = None,
    revision: int = 1,
    **lead: Any,
) -> dict[str, Any]:
    """A `lead.upload` event. Leads are told apart by their number."""
    document = a_document(number, **lead)
    return {
        "lead_id": document["id"],
        "workspace_id": str(workspace),
        "revision": revision,
        "platform": platform,
        "lead": document,
    }


def uploads(count: int, *, start: int = 0, **changes: Any) -> list[dict[str, Any]]:
    """Leads of companies and people of their own."""
    return [
        an_upload(number, **(_person(number) | changes)) for number in range(start, start + count)
    ]


def _person(number: int) -> dict[str, Any]:
    contact = {"full_name": f"John Smith {number}", "email": f"john@acme{number}.com"}
    return {"company_name": f"Acme {number}", "contacts": [contact], "primary_contact": contact}


@dataclass(slots=True)
class Bench:
    replica: Replica
    sandbox: Sandbox

    async def connect(
        self,
        adapter: str = "hubspot",
        *,
        platform: str = "tech-platform",
        workspace: UUID = WORKSPACE,
        status: int = 201,
        **changes: Any,
    ) -> dict[str, Any]:
        body = self.body(adapter, platform=platform, workspace=workspace) | changes
        return await self.post("/connections", body, status=status)

    def body(
        self, adapter: str, *, platform: str = "tech-platform", workspace: UUID = WORKSPACE
    ) -> dict[str, Any]:
        ways: dict[str, dict[str, Any]] = {
            "hubspot": {"credentials": {"access_token": f"sandbox-{workspace}"}},
            "salesforce": {
                "settings": {"login_url": f"{self.sandbox.url}/salesforce"},
                "credentials": {
                    "client_id": f"sandbox-{workspace}",
                    "client_secret": "sandbox-secret",
                },
            },
            "fhir": {
                "settings": {"base_url": self.sandbox.fhir_url},
                "credentials": {"token": f"sandbox-{workspace}"},
            },
            "webhook": {
                "settings": {"url": f"{self.sandbox.url}/hooks/{platform}"},
                "credentials": {"secret": SECRET},
            },
        }
        return {
            "workspace_id": str(workspace),
            "platform": platform,
            "adapter": adapter,
            **ways[adapter],
        }

    async def post(self, path: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        async with self.replica.http() as http:
            answer = await http.post(path, json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def patch(self, path: str, body: Any, *, status: int = 200) -> dict[str, Any]:
        async with self.replica.http() as http:
            answer = await http.patch(path, json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        async with self.replica.http() as http:
            answer = await http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def take(self, *events: Any) -> None:
        await self.replica.take("lead.upload", *events)

    async def upload(self, *events: Any) -> None:
        """Take events in and work until there is nothing left that can be done now."""
        await self.take(*events)
        await work(self.replica)

    async def statuses(self, **params: Any) -> list[str]:
        return sorted(row["status"] for row in await self.items("/uploads", limit=500, **params))

    async def uploaded(self) -> list[dict[str, Any]]:
        """What was announced."""
        return await self.replica.events("lead.uploaded")

    async def is_done(self, count: int) -> bool:
        return len(await self.uploaded()) >= count

    async def billed(self) -> int:
        return len(await self.items("/billing-events", limit=500))

    def calls(self, provider: str, operation: str, **wanted: Any) -> int:
        return len(self.sandbox.ledger.entries(provider=provider, operation=operation, **wanted))


def id_of(platform: str = "tech-platform", workspace: UUID = WORKSPACE) -> str:
    return str(connection_id(workspace, platform))

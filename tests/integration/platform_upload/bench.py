"""One replica, the sandbox beside it, and the questions that most tests ask."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from integration.platform_upload.machine import Replica, work
from leadstream_dev.sandbox import Sandbox
from support.uploads import KEY, SECRET, WORKSPACE, UploadApi, an_upload, id_of, uploads

__all__ = ["KEY", "SECRET", "WORKSPACE", "Bench", "an_upload", "id_of", "uploads"]


@dataclass(slots=True)
class Bench(UploadApi):
    replica: Replica
    sandbox: Sandbox

    def http(self) -> httpx.AsyncClient:
        return self.replica.http()

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
            "marketo": {
                "settings": {"munchkin": f"{self.sandbox.url}/marketo"},
                "credentials": {
                    "client_id": f"sandbox-{workspace}",
                    "client_secret": "sandbox-secret",
                },
            },
            "salesforce": {
                "settings": {"login_url": f"{self.sandbox.url}/salesforce"},
                "credentials": {
                    "client_id": f"sandbox-{workspace}",
                    "client_secret": "sandbox-secret",
                },
            },
            "shopify": {
                "settings": {"shop": self.sandbox.shopify_url(f"shop-{workspace}")},
                "credentials": {
                    "client_id": f"sandbox-{workspace}",
                    "client_secret": "sandbox-secret",
                },
            },
            "wealthbox": {"credentials": {"access_token": f"sandbox-{workspace}"}},
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

    async def take(self, *events: Any) -> None:
        await self.replica.take("lead.upload", *events)

    async def upload(self, *events: Any) -> None:
        """Take events in and work until there is nothing left that can be done now."""
        await self.take(*events)
        await work(self.replica)

    async def uploaded(self) -> list[dict[str, Any]]:
        """What was announced."""
        return await self.replica.events("lead.uploaded")

    async def is_done(self, count: int) -> bool:
        return len(await self.uploaded()) >= count

    def calls(self, provider: str, operation: str, **wanted: Any) -> int:
        return len(self.sandbox.ledger.entries(provider=provider, operation=operation, **wanted))

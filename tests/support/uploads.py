"""Leads on their way to a platform, and the questions that tests ask the service's API."""

from abc import ABC, abstractmethod
from typing import Any
from uuid import UUID

import httpx

from leadstream.http import WebhookSecret
from leadstream.ids import connection_id, workspace_id
from support.keys import generate_key
from unit.platform_upload.builders import a_document

WORKSPACE = workspace_id("acme-growth")
KEY = generate_key("k1")
# The most that a list gives at once.
PAGE = 500
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
        an_upload(number, **(a_person(number) | changes)) for number in range(start, start + count)
    ]


def a_person(number: int) -> dict[str, Any]:
    """A company's name, and somebody who works there and nowhere else."""
    contact = {"full_name": f"John Smith {number}", "email": f"john@acme{number}.com"}
    return {"company_name": f"Acme {number}", "contacts": [contact], "primary_contact": contact}


def id_of(platform: str = "tech-platform", workspace: UUID = WORKSPACE) -> str:
    return str(connection_id(workspace, platform))


class UploadApi(ABC):
    """The service's admin API as tests call it."""

    @abstractmethod
    def http(self) -> httpx.AsyncClient: ...

    async def post(self, path: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        async with self.http() as http:
            answer = await http.post(path, json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def patch(self, path: str, body: Any, *, status: int = 200) -> dict[str, Any]:
        async with self.http() as http:
            answer = await http.patch(path, json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        async with self.http() as http:
            answer = await http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def all_items(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """Page by page."""
        found: list[dict[str, Any]] = []
        asked = {**params, "limit": PAGE}
        async with self.http() as http:
            while True:
                answer = await http.get(path, params=asked)
                assert answer.status_code == 200, answer.text
                page = answer.json()
                found += page["items"]
                if page["next"] is None:
                    return found
                asked["cursor"] = page["next"]

    async def statuses(self, **params: Any) -> list[str]:
        return sorted(row["status"] for row in await self.items("/uploads", limit=PAGE, **params))

    async def billed(self, **params: Any) -> int:
        return len(await self.items("/billing-events", limit=PAGE, **params))

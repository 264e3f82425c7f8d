"""Calls to Clay's public API, as its contract has them."""

from typing import Any

import httpx

PREFIX = "/clay/public/v0"
ROUTINE = "/routines/function:t_abc123/run"
SMITH = {"name": "John Smith", "title": "VP of Engineering", "email": "john@acme.com"}


async def search_for(clay: httpx.AsyncClient, domain: str, **filters: Any) -> str:
    asked = {"source_type": "people", "filters": {"company_identifier": [domain], **filters}}
    created = await clay.post(f"{PREFIX}/search/filters-mode", json=asked)
    return str(created.json()["search_id"])


async def next_page(clay: httpx.AsyncClient, search_id: str, limit: int) -> dict[str, Any]:
    answer = await clay.post(f"{PREFIX}/search/filters-mode/{search_id}/run", json={"limit": limit})
    page: dict[str, Any] = answer.json()
    return page


def a_run(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    smith = {"id": "acme.com:1", "inputs": {"name": "John Smith", "domain": "acme.com"}}
    return {"items": list(items) or [smith], **more}

"""A service that was restored from a backup: others tell it whom they have erased, by hashes with their own salts."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson

OTHER_SALT = bytes(range(32))


def hashed(email: str, workspace_id: UUID | None = None) -> dict[str, Any]:
    return {
        "digest": hashlib.sha256(OTHER_SALT + email.encode()).hexdigest(),
        "workspace_id": str(workspace_id) if workspace_id else None,
        "erased_at": "2026-11-28T10:00:00Z",
    }


async def teach(http: httpx.AsyncClient, *people: dict[str, Any], under: str = "") -> int:
    body = {"salts": [OTHER_SALT.hex()], "people": list(people)}
    answer = await http.post(f"{under}/erased-people", json=body)
    assert answer.status_code == 200, answer.text
    new: int = answer.json()["new"]
    return new


async def search(http: httpx.AsyncClient, *, under: str = "") -> dict[str, Any]:
    """Look for everybody who should not be here."""
    body = {"receipt_id": str(uuid4()), "reason": "restored"}
    answer = await http.post(f"{under}/erasure-searches", json=body)
    assert answer.status_code in {200, 202}, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def entries(http: httpx.AsyncClient, receipt_id: str, *, under: str = "") -> list[Any]:
    answer = await http.get(f"{under}/erasure-receipts/{receipt_id}")
    assert answer.status_code == 200, answer.text
    return [orjson.loads(each["content"]) for each in answer.json()["entries"]]

"""Two people at once: nobody's change of a recipient undoes another's."""

import asyncio
from collections import Counter

from integration.delivery.leads import WORKSPACE, add_recipient
from integration.delivery.machine import Machine

RACES = 30


async def test_changes_of_a_recipient_that_come_at_once_all_count(machine: Machine) -> None:
    recipients = [await add_recipient(machine, f"r{n}@acme.example") for n in range(RACES)]
    changes = [{"enabled": False}, {"min_score": "hot"}, {"full_name": "Olivia"}]

    for recipient in recipients:
        path = f"/api/admin/recipients/{recipient['id']}"
        await asyncio.gather(*(machine.http.patch(path, json=change) for change in changes))

    items = (await machine.http.get("/api/admin/recipients?limit=100")).json()["items"]
    assert Counter((row["enabled"], row["min_score"], row["full_name"]) for row in items) == {
        (False, "hot", "Olivia"): RACES
    }


async def test_a_recipient_that_several_make_at_once_is_made_once(machine: Machine) -> None:
    body = {"workspace_id": str(WORKSPACE), "email": "ops@acme.example"}

    answers = await asyncio.gather(
        *(machine.http.post("/api/admin/recipients", json=body) for _ in range(12))
    )

    assert [answer.status_code for answer in answers] == [201] * 12
    rows = await machine.database.pool.fetch("SELECT action FROM audit_log")
    assert [row["action"] for row in rows] == ["recipient.created"]

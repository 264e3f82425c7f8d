"""Two people at once: nobody's change of a recipient undoes another's."""

import asyncio
from collections import Counter

from integration.delivery.leads import WORKSPACE, add_recipient
from integration.delivery.machine import Machine
from integration.delivery.test_erasure import erase
from support.traces import tables_with

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


async def test_a_click_on_the_link_of_who_is_removed_meanwhile_is_answered(
    machine: Machine,
) -> None:
    """As if it had come before, or after."""
    recipients = [await add_recipient(machine, f"r{n}@acme.example") for n in range(RACES)]
    tokens = await machine.database.pool.fetch("SELECT id, unsubscribe_token FROM recipients")
    token_of = {str(row["id"]): row["unsubscribe_token"] for row in tokens}

    for recipient in recipients:
        page = f"/u/{token_of[recipient['id']]}"
        clicked, resumed, removed = await asyncio.gather(
            machine.http.post(page),
            machine.http.post(f"{page}?do=resume"),
            machine.http.delete(f"/api/admin/recipients/{recipient['id']}"),
        )

        assert clicked.status_code in {200, 404}
        assert resumed.status_code in {303, 404}
        assert removed.status_code == 200


async def test_who_is_erased_meanwhile_is_not_brought_back(machine: Machine) -> None:
    emails = [f"r{n}@acme.example" for n in range(RACES)]
    for email in emails:
        await add_recipient(machine, email)
    rows = await machine.database.pool.fetch("SELECT email, unsubscribe_token FROM recipients")
    token_of = {row["email"]: row["unsubscribe_token"] for row in rows}

    for email in emails:
        body = {"workspace_id": str(WORKSPACE), "email": email, "full_name": "Olivia"}
        await asyncio.gather(
            erase(machine, email),
            machine.http.post("/api/admin/recipients", json=body),
            machine.http.post(f"/u/{token_of[email]}"),
        )

    assert await tables_with(machine.database, "@acme.example") == {}

"""Contacts never cost a company: what can't be written with it is said, and written later without it."""

from typing import Any

import pytest

from integration.platform_upload.bench import Bench, an_upload, uploads


@pytest.fixture
async def hubspot(bench: Bench) -> Bench:
    await bench.connect()
    return bench


async def portal(bench: Bench) -> dict[str, Any]:
    (found,) = (await bench.sandbox.control.state("hubspot")).values()
    state: dict[str, Any] = found
    return state


AWAY: list[dict[str, Any]] = [
    {"status": 503},
    {"status": 502, "body": "<html>bad gateway</html>"},
    {"status": 401, "body": "<html>log in</html>"},
    {"status": 404, "body": "<html>not found</html>"},
    {"action": "drop"},
    {"action": "half"},
]


@pytest.mark.parametrize(
    ("operation", "away"),
    [
        *(("batch_upsert", away) for away in AWAY),
        ("batch_read", {"status": 503}),
        ("associate", {"status": 503}),
    ],
)
async def test_a_company_is_uploaded_and_billed_while_contacts_are_away(
    hubspot: Bench, operation: str, away: dict[str, Any]
) -> None:
    kinds: dict[str, Any] = {"match": {"object": "contacts"}} if operation != "associate" else {}
    await hubspot.sandbox.control.script("hubspot", operation, away, **kinds)

    await hubspot.upload(*uploads(2))

    assert await hubspot.statuses() == ["uploaded"] * 2
    assert await hubspot.billed() == 2
    assert len(await hubspot.uploaded()) == 2
    # Once each: what follows is about the contacts.
    assert hubspot.calls("hubspot", "batch_upsert", object="companies") == 1
    assert hubspot.calls("hubspot", "batch_update", object="companies") == 0


async def test_contacts_that_could_not_be_written_are_written_later(hubspot: Bench) -> None:
    await hubspot.sandbox.control.script(
        "hubspot", "batch_upsert", {"status": 503}, {"status": 503}, match={"object": "contacts"}
    )

    await hubspot.upload(*uploads(2))

    state = await portal(hubspot)
    assert len(state["records"]["contacts"]) == len(state["associations"]) == 2
    assert {row["error"] for row in await hubspot.items("/uploads")} == {None}
    late = await hubspot.replica.jobs(kind="upload-contacts")
    assert [(job["state"], job["attempts"]) for job in late] == [("succeeded", 2)] * 2
    assert await hubspot.replica.events("lead.failed") == []


async def test_what_keeps_contacts_away_is_on_the_upload(hubspot: Bench) -> None:
    gone = {"status": 503, "body": {"category": "SERVICE_UNAVAILABLE", "message": "not now"}}
    await hubspot.sandbox.control.behave(
        "hubspot", "batch_upsert", match={"object": "contacts"}, errors=gone
    )

    await hubspot.take(an_upload())
    await hubspot.upload()

    (row,) = await hubspot.items("/uploads")
    assert row["status"] == "uploaded"
    assert "not now" in row["error"]
    assert await hubspot.replica.events("lead.failed") == []


async def test_a_right_that_is_missing_for_contacts_holds_no_company(hubspot: Bench) -> None:
    refused = {
        "status": 403,
        "body": {"category": "MISSING_SCOPES", "message": "crm.objects.contacts.write"},
    }
    await hubspot.sandbox.control.behave(
        "hubspot", "batch_upsert", match={"object": "contacts"}, errors=refused
    )

    await hubspot.upload(*uploads(2))
    await hubspot.upload(*uploads(2, start=5))

    rows = await hubspot.items("/uploads")
    assert {row["status"] for row in rows} == {"uploaded"}
    assert all("MISSING_SCOPES" in row["error"] for row in rows)
    assert await hubspot.items("/pauses") == []
    assert await hubspot.replica.jobs(kind="upload-contacts") == []


async def test_one_link_that_is_refused_costs_no_other(hubspot: Bench) -> None:
    await hubspot.sandbox.control.behave(
        "hubspot",
        "associate",
        contains='"id":"102"',
        errors={"status": 400, "body": {"category": "VALIDATION_ERROR", "message": "no"}},
    )

    await hubspot.upload(*uploads(4))

    assert len((await portal(hubspot))["associations"]) == 3
    notes = [row["error"] for row in await hubspot.items("/uploads")]
    assert notes.count("contacts are not linked to the company") == 1

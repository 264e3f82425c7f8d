"""Previews at the platforms that keep a pace of their own: up to a hundred leads, and a connection that is held."""

from typing import Any

import pytest

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload, id_of, uploads
from integration.platform_upload.erasing import ADA, ADAS, BOBS, erase
from integration.platform_upload.test_erasure_each_platform import WAYS, Way
from integration.platform_upload.test_preview import take_without_uploading
from leadstream_dev.sandbox.control import Control

each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.adapter)


async def preview(bench: Bench, *events: dict[str, Any], status: int = 200) -> dict[str, Any]:
    body = {"lead_ids": [each["lead_id"] for each in events]}
    return await bench.post(f"/connections/{id_of()}/preview", body, status=status)


@each_way
async def test_a_hundred_new_leads_take_a_read_each_at_most_and_write_nothing(
    bench: Bench, way: Way
) -> None:
    await way.connect(bench)
    events = uploads(100)
    await take_without_uploading(bench, *events)

    found = await preview(bench, *events)

    assert {each["action"] for each in found["leads"]} <= {"create", "untried"}
    assert found["leads"][0]["action"] == "create"
    calls = bench.sandbox.ledger.entries(provider=way.adapter)
    assert found["calls"] == len(calls) <= 104
    assert [each for each in calls if each.status == 429] == []
    assert await bench.uploaded() == []
    state = (await bench.sandbox.control.state(way.adapter)).values()
    assert [each for account in state for each in way.companies(account)] == []
    assert [each for account in state for each in way.people(account)] == []


@each_way
async def test_a_lead_whose_person_was_erased_shows_the_rest(bench: Bench, way: Way) -> None:
    await way.connect(bench)
    both = an_upload(1, contacts=[ADAS, BOBS], primary_contact=ADAS)
    alone = an_upload(2, contacts=[ADAS], primary_contact=ADAS, domain="two.com")
    await take_without_uploading(bench, both, alone)
    await erase(bench)

    found = await preview(bench, both, alone)

    assert {each["action"] for each in found["leads"]} <= {"create", "refused"}
    text = str(found).lower()
    assert [each for each in (ADA, "lovelace", "countess") if each in text] == []


@each_way
async def test_credentials_that_are_refused_are_said_and_hold_nothing(
    bench: Bench, way: Way
) -> None:
    await way.connect(bench)
    await take_without_uploading(bench, an_upload(1))
    await refuse(bench.sandbox.control, way.adapter)

    answer = await preview(bench, an_upload(1), status=502)

    assert answer["error"]["code"] in {"credential", "configuration"}
    assert f"sandbox-{WORKSPACE}" not in str(answer)
    assert "sandbox-secret" not in str(answer)
    assert await bench.items("/pauses") == []
    (connection,) = await bench.items("/connections")
    assert (connection["status"], connection["held_by"] or []) == ("active", [])


async def refuse(control: Control, adapter: str) -> None:
    await control.options(adapter, revoked=[f"sandbox-{WORKSPACE}"])

"""A person who objects is in no upload any more, in whatever way it comes; and where they went is known."""

from typing import Any

from integration.platform_upload.bench import Bench, an_upload
from integration.platform_upload.erasing import ADA, PEOPLE
from integration.platform_upload.machine import work
from integration.platform_upload.test_resending import field_of, resend
from support.person import object_to, show, shows_all_that_would_be_erased

HOOK = "tech-platform"


def bodies(bench: Bench) -> list[str]:
    entries = bench.sandbox.ledger.entries(provider="hooks")
    return [str(entry.body).lower() for entry in entries]


async def objects(bench: Bench, **more: Any) -> dict[str, Any]:
    async with bench.replica.http() as http:
        return await object_to(http, ADA, **more)


async def stores(bench: Bench) -> set[str]:
    async with bench.replica.http() as http:
        return {each["store"] for each in await show(http, ADA)}


async def test_what_waits_and_what_comes_goes_out_without_who_has_objected(bench: Bench) -> None:
    await bench.take(an_upload(1, **PEOPLE))

    objected = await objects(bench)
    # Another lead, and an old record once more.
    await bench.take(an_upload(2, **PEOPLE), an_upload(1, **PEOPLE))
    await bench.connect("webhook")
    await work(bench.replica)

    assert objected["removed"]["jobs"] == 1
    sent = bodies(bench)
    assert len(sent) == 2
    for body in sent:
        assert "bob@acme.com" in body
        assert ADA not in body
    assert await stores(bench) == set()


async def test_what_has_gone_out_stays_and_says_where(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1, **PEOPLE))

    objected = await objects(bench)
    async with bench.replica.http() as http:
        items = await show(http, ADA)

    assert objected["removed"]["jobs"] == 0
    assert {each["store"] for each in items} == {"jobs", "uploads"}
    (went,) = [each for each in items if each["store"] == "uploads"]
    assert went["facts"]["adapter"] == "webhook"
    assert (went["facts"]["platform"], went["facts"]["status"]) == (HOOK, "uploaded")
    assert went["lead_id"] == an_upload(1)["lead_id"]


async def test_what_is_sent_again_by_hand_is_sent_without_them(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1, **PEOPLE))
    (upload,) = await bench.items("/uploads")
    await objects(bench)

    field = await field_of(bench, upload, {"primary_contact": {"phone": "+1 212 555 0100"}})
    await resend(bench, upload, {"overrides": {"company_name": "Acme GmbH"}})
    await work(bench.replica)

    assert field == "overrides.primary_contact", "Bob is not to get Ada's number"
    first, second = bodies(bench)
    assert ADA in first
    assert "acme gmbh" in second
    assert "bob@acme.com" in second
    assert ADA not in second


async def test_all_that_an_erasure_would_find_is_shown(bench: Bench) -> None:
    await bench.connect("webhook")
    await bench.upload(an_upload(1, **PEOPLE))
    await bench.replica.database.pool.execute(
        "UPDATE uploads SET error = 'no ' || $1::text, overrides = $2", ADA, PEOPLE
    )
    await bench.replica.database.pool.execute("UPDATE jobs SET last_error = 'no ' || $1::text", ADA)

    async with bench.replica.http() as http:
        found = await shows_all_that_would_be_erased(http, ADA)

    assert found == {"jobs", "uploads"}

"""A person is erased from leads that wait for a platform, and from the history of those that are there."""

from typing import Any

from integration.platform_upload.bench import WORKSPACE, Bench, an_upload
from support.traces import tables_with

ADA = "ada@acme.com"
PEOPLE: dict[str, Any] = {
    "industry": "Technology",
    "contacts": [
        {"full_name": "Ada", "email": "Ada@acme.com"},
        {"full_name": "Bob", "email": "bob@acme.com"},
    ],
    "primary_contact": {"full_name": "Ada", "email": "Ada@acme.com"},
}


async def test_neither_what_waits_nor_what_is_done_nor_what_comes_names_the_person(
    bench: Bench,
) -> None:
    database = bench.replica.database
    await bench.replica.take("lead.upload", an_upload(1, **PEOPLE))

    erased = await bench.post("/erasures", {"email": ADA, "reason": "asked"}, status=200)
    await bench.replica.take("lead.upload", an_upload(2, **PEOPLE))

    assert erased["removed"]["jobs"] == 1
    assert await tables_with(database, ADA) == {}
    jobs = await database.pool.fetch("SELECT payload FROM jobs")
    assert len(jobs) == 2
    for job in jobs:
        lead = job["payload"]["lead"]
        assert [contact["full_name"] for contact in lead["contacts"]] == ["Bob"]
        assert lead["primary_contact"]["full_name"] == "Bob"


async def test_another_workspace_keeps_its_own(bench: Bench) -> None:
    database = bench.replica.database
    await bench.replica.take("lead.upload", an_upload(1, **PEOPLE))
    asked = {"email": ADA, "reason": "asked"}

    elsewhere = {**asked, "workspace_id": "5f0c1d1e-0000-4000-8000-00000000ffff"}
    first = await bench.post("/erasures", elsewhere, status=200)
    second = await bench.post("/erasures", {**asked, "workspace_id": str(WORKSPACE)}, status=200)

    assert (first["removed"]["jobs"], second["removed"]["jobs"]) == (0, 1)
    assert await tables_with(database, ADA) == {}


async def test_what_a_platform_said_of_a_field_names_the_person_no_more(bench: Bench) -> None:
    rule = {"field": "Title", "message": "Title: no such title: VP", "named": ["Title"]}
    await bench.sandbox.control.options("salesforce", rules=[rule])
    await bench.connect("salesforce")
    vip = {"full_name": "Ada", "email": ADA, "title": "VP"}
    await bench.upload(an_upload(1, contacts=[vip], primary_contact=vip))
    # Said in a way in which addresses are not known as such.
    said = f'[{{"field": "Title", "action": "left_out", "said": "of {ADA}"}}]'
    await bench.replica.database.pool.execute(
        "UPDATE uploads SET adjustments = $1::text::jsonb", said
    )

    erased = await bench.post("/erasures", {"email": ADA, "reason": "asked"}, status=200)

    assert erased["removed"]["uploads"] == 1
    assert await tables_with(bench.replica.database, ADA) == {}

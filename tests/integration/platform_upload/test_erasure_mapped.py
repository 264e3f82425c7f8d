"""A person is found at a platform under whatever names their details went out with."""

from typing import Any
from uuid import UUID

import pytest

from integration.platform_upload.bench import Bench, an_upload, id_of
from integration.platform_upload.erasing import (
    ADA,
    ADAS,
    BOBS,
    PEOPLE,
    contacts,
    edit,
    entries,
    erase,
    receipt,
)
from integration.platform_upload.machine import work
from integration.platform_upload.people import lead_of, record_of
from integration.platform_upload.test_mapping import PROPERTIES, a_property, connect
from platform_upload.domain.gaps import digest
from support.traces import tables_with

CUSTOM = [
    {"name": name}
    for name in ("Mail__c", "Given__c", "Role__c", "Town__c", "Notes__c", "Their_Phone__c")
]
MAPPED = {
    "contact.email": "Mail__c",
    "contact.first_name": "Given__c",
    "contact.title": "Role__c",
    "contact.phone": "Their_Phone__c",
    "signals": "Notes__c",
}


@pytest.fixture
async def bench(bench: Bench) -> Bench:
    await bench.sandbox.control.options("salesforce", custom_fields=CUSTOM)
    people = [a_property(name, groupName="contactinformation") for name in ("role", "given")]
    properties = {**PROPERTIES, "contacts": people}
    await bench.sandbox.control.options("hubspot", properties=properties)
    return bench


async def change(bench: Bench, adapter: str, **settings: Any) -> None:
    given = {**bench.body(adapter).get("settings", {}), **settings}
    await bench.patch(f"/connections/{id_of()}", {"settings": given})


async def erased_at(bench: Bench, email: str = ADA) -> dict[str, Any]:
    erased = await erase(bench, email)
    await work(bench.replica)
    (done,) = entries(await receipt(bench, erased))
    return done


@pytest.mark.parametrize(
    "fields",
    [
        MAPPED,
        {"contact.email": "Mail__c"},
        {"contact.title": "Role__c", "contact.phone": "MobilePhone"},
        {"contact.email": None},
        {"contact.email": None, "contact.first_name": None},
    ],
    ids=["all", "e-mail", "others", "no e-mail", "surname only"],
)
async def test_at_salesforce_the_person_goes_from_the_fields_they_were_sent_to(
    bench: Bench, fields: dict[str, Any]
) -> None:
    await connect(bench, "salesforce", fields=fields)
    await bench.upload(an_upload(1, **PEOPLE))
    before = await lead_of(bench)

    done = await erased_at(bench)

    lead = await lead_of(bench)
    assert "Lovelace" in before["LastName"]
    assert (lead["LastName"], lead["Company"]) == ("[Unknown]", "Acme Corp")
    assert (lead["City"], lead["Website"]) == (before["City"], before["Website"])
    text = str(lead).lower()
    assert [each for each in ("ada", "lovelace", "countess", "7946") if each in text] == []
    assert "bob@acme.com" in text
    assert (done["state"], done["records"]) == ("done", [lead["Id"]])
    assert await tables_with(bench.replica.database, "lovelace") == {}


async def test_at_salesforce_a_line_goes_from_the_field_that_the_description_is_in(
    bench: Bench,
) -> None:
    await connect(bench, "salesforce", fields={"signals": "Notes__c"})
    await bench.upload(an_upload(1, contacts=[BOBS, ADAS], primary_contact=BOBS))

    done = await erased_at(bench)

    lead = await lead_of(bench)
    assert lead["Notes__c"].startswith("Intent: ")
    assert "Other contacts" not in lead["Notes__c"]
    assert lead["Email"] == "bob@acme.com"
    assert (done["records"], done["left"]) == ([lead["Id"]], [])


@pytest.mark.parametrize("later", [{}, {"contact.email": "Their_Phone__c"}], ids=["none", "other"])
async def test_at_salesforce_an_earlier_mapping_is_remembered(
    bench: Bench, later: dict[str, Any]
) -> None:
    """Settings change; what went out under the old ones is there still."""
    await connect(bench, "salesforce", fields=MAPPED)
    await bench.upload(an_upload(1, **PEOPLE))
    await change(bench, "salesforce", fields=later)

    done = await erased_at(bench)

    lead = await lead_of(bench)
    text = str(lead).lower()
    assert [each for each in ("ada", "lovelace") if each in text] == []
    assert lead["LastName"] == "[Unknown]"
    # What is not known to be of the person is somebody's to look at.
    looked_at = [name for name in ("Role__c", "Their_Phone__c") if lead.get(name)]
    assert [name for name in looked_at if name not in str(done["left"])] == []
    assert (done["records"] == []) is bool(looked_at)


async def test_at_salesforce_a_field_that_is_gone_by_now_hinders_nothing(bench: Bench) -> None:
    await connect(bench, "salesforce", fields=MAPPED)
    await bench.upload(an_upload(1, **PEOPLE))
    rest = [each for each in CUSTOM if each["name"] not in ("Mail__c", "Role__c")]
    await bench.sandbox.control.options("salesforce", custom_fields=rest)

    done = await erased_at(bench)

    assert (done["state"], done["records"]) == ("done", [])
    assert "we may not see Mail__c, Role__c, or it is gone" in done["left"][0]
    assert (await lead_of(bench))["LastName"] == "[Unknown]"


async def test_at_salesforce_what_of_the_company_is_where_a_person_was_stays(
    bench: Bench,
) -> None:
    """It may have been written before it was so: somebody has to look."""
    await connect(bench, "salesforce", fields={"city": "Title", "contact.title": None})
    await bench.upload(an_upload(1, **PEOPLE))

    done = await erased_at(bench)

    lead = await lead_of(bench)
    assert (lead["Title"], lead["LastName"]) == ("San Francisco", "[Unknown]")
    assert done["records"] == []
    assert "when we wrote Title; see whether" in done["left"][0]


async def test_at_salesforce_an_address_in_capitals_is_known_again_from_its_digest(
    bench: Bench,
) -> None:
    """The history is gone, and a field of the org's own keeps an address letter for letter."""
    await connect(bench, "salesforce", fields={"contact.email": "Mail__c"})
    await bench.upload(an_upload(1, **PEOPLE))
    await bench.replica.database.pool.execute("DELETE FROM jobs")

    done = await erased_at(bench)

    lead = await lead_of(bench)
    assert (lead["LastName"], lead.get("Mail__c")) == ("[Unknown]", None)
    assert done["records"] == [lead["Id"]]


async def test_at_salesforce_what_somebody_has_entered_there_stays(bench: Bench) -> None:
    await connect(bench, "salesforce", fields=MAPPED)
    await bench.upload(an_upload(1, **PEOPLE))
    await edit(bench, await lead_of(bench), {"Role__c": "Countess of Lovelace"})

    done = await erased_at(bench)

    lead = await lead_of(bench)
    assert (lead["Role__c"], lead["LastName"]) == ("Countess of Lovelace", "[Unknown]")
    assert "somebody has entered Role__c" in done["left"][0]


async def test_at_hubspot_the_person_goes_with_mapped_properties(bench: Bench) -> None:
    fields = {"contact.title": "role", "contact.first_name": "given", "contact.phone": None}
    await connect(bench, "hubspot", fields=fields)
    await bench.upload(an_upload(1, **PEOPLE))
    before = [each["given"] for each in await contacts(bench) if each.get("given")]

    done = await erased_at(bench)

    assert "Ada" in before
    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
    company = await record_of(bench, "companies")
    assert company["name"] == "Acme Corp"
    assert (done["records"], done["left"]) == ([company["hs_object_id"]], [])
    assert await tables_with(bench.replica.database, "lovelace") == {}


async def test_at_hubspot_where_the_history_is_gone_the_digest_tells(bench: Bench) -> None:
    await connect(bench, "hubspot", fields={"contact.title": "role"})
    upload = an_upload(1, **PEOPLE)
    await bench.upload(upload)
    await bench.replica.database.pool.execute("DELETE FROM jobs")

    await erased_at(bench)

    assert [each["email"] for each in await contacts(bench)] == ["bob@acme.com"]
    (row,) = await bench.replica.database.pool.fetch("SELECT written FROM uploads")
    of_whom = {name.partition(".")[0] for name in row["written"] if name.startswith("contact ")}
    assert of_whom == {f"contact {digest(UUID(upload['lead_id']), 'email', 'bob@acme.com')}"}

"""What no provider ought to answer, from every contact source: what can be used is, and nothing falls over it."""

import orjson
import pytest

from contract.contact_sources.case import Person, SourceCase
from contract.contact_sources.hostile import BODIES, FAULTS, PLACES, VALUES, of_fields
from contract.contact_sources.shop import LIMIT, Shop
from enrichment.adapters.stored_answer import contacts_text
from enrichment.application.providers import Found, NotFound
from leadstream.http import ProviderClient
from leadstream.reading import is_blank
from leadstream_dev.sandbox import Sandbox
from support.vectors import vectors

STRINGS: list[str] = orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
TEN_MEGABYTES = 10 * 1024 * 1024


@pytest.fixture
def shop(case: SourceCase, sandbox: Sandbox, client: ProviderClient) -> Shop:
    return Shop(case, sandbox, case.source(client, sandbox.url))


def people_in(found: Found | NotFound) -> int:
    return len(found.answer.contacts) if isinstance(found, Found) else 0


async def test_in_the_place_of_a_list(shop: Shop) -> None:
    for name, (place, usable) in PLACES.items():
        await shop.tell({"status": 200, "body": shop.case.listing(place)})
        if usable is None:
            fault = await shop.fault(account=shop.case.searching())
            # Where this call costs, it may have been paid for.
            assert fault.ending is shop.case.unread, name
        else:
            assert people_in(await shop.find(account=shop.case.searching())) == usable, name


async def test_in_the_place_of_a_field(shop: Shop) -> None:
    record = shop.case.record(Person(name="Ann", email="ann@acme.com"))
    for name, value in VALUES.items():
        spoiled = of_fields(record, value) | {shop.case.name_field: "Ann"}
        await shop.tell({"status": 200, "body": shop.case.listing([spoiled])})

        found = await shop.find(account=shop.case.searching())

        assert isinstance(found, Found), name
        (ann,) = found.answer.contacts
        assert (ann.full_name, ann.email) == ("Ann", None), name
        assert r"\u0000" not in contacts_text(found.answer), name


async def test_in_the_place_of_a_document(shop: Shop) -> None:
    steps = [{"status": 200, "body": body} for body in BODIES.values()]
    await shop.tell(*steps, *({"status": 200, "body": fault} for fault in FAULTS.values()))

    for name in (*BODIES, *FAULTS):
        assert (await shop.fault(account=shop.case.searching())).ending is shop.case.unread, name


async def test_ten_megabytes_are_not_read(shop: Shop) -> None:
    await shop.tell({"status": 200, "body": "[" + "1," * (TEN_MEGABYTES // 2)})

    assert (await shop.fault(account=shop.case.searching())).ending is shop.case.unread


async def test_more_people_than_were_asked_for_are_left(shop: Shop) -> None:
    many = [shop.case.record(Person(name=f"Person {number}")) for number in range(300)]
    await shop.tell({"status": 200, "body": shop.case.listing(many)})

    assert people_in(await shop.find(account=shop.case.searching())) == LIMIT


async def test_naughty_names_are_text(shop: Shop) -> None:
    tables = [STRINGS[start : start + LIMIT] for start in range(0, len(STRINGS), LIMIT)]
    answers = []
    for texts in tables:
        people = [shop.case.record(Person(name=text, title=text, email=text)) for text in texts]
        answers.append({"status": 200, "body": shop.case.listing(people)})
    await shop.tell(*answers)

    for texts in tables:
        found = await shop.find(account=shop.case.searching())

        # Whoever has a name that can be seen is there, and can be stored.
        assert people_in(found) == sum(not is_blank(text) for text in texts)
        contacts = found.answer.contacts if isinstance(found, Found) else ()
        assert all(contact.email is None or "@" in contact.email for contact in contacts)
        assert all("\x00" not in contact.full_name for contact in contacts)


@pytest.mark.parametrize(
    "domain",
    [
        'acme.com" OR "1"="1',
        "acme.com'--",
        "*",
        '"}}]}},"size":100,"x":{"y":{"z":[{"',
        "acme.com\\",
    ],
    ids=["or", "comment", "star", "braces", "backslash"],
)
async def test_a_domain_changes_nothing_but_the_domain_that_is_asked_about(
    shop: Shop, domain: str
) -> None:
    await shop.case.know(shop.sandbox, "acme.com", Person(name="Ann"))

    found = await shop.find(domain, account=shop.case.searching())

    (wanted,) = shop.wanted()
    assert wanted.domain == domain
    assert wanted.people in (LIMIT, None)
    known = found.answer.contacts if isinstance(found, Found) else ()
    assert "Ann" not in [contact.full_name for contact in known]

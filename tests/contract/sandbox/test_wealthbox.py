from pathlib import Path
from typing import Any

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES

CONTACTS = "/wealthbox/v1/contacts"
ACME = {"type": "Organization", "name": "Acme", "external_unique_id": "lead-1"}
SITE = {"address": "https://acme.com", "kind": "Website"}


@pytest.fixture
def book(api: httpx.AsyncClient) -> httpx.AsyncClient:
    api.headers["ACCESS_TOKEN"] = "sandbox"
    return api


async def make(book: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await book.post(CONTACTS, json=ACME | fields)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def change(book: httpx.AsyncClient, contact: dict[str, Any], **fields: Any) -> dict[str, Any]:
    answer = await book.put(f"{CONTACTS}/{contact['id']}", json=fields)
    assert answer.status_code == 200, answer.text
    changed: dict[str, Any] = answer.json()
    return changed


async def found(book: httpx.AsyncClient, **by: Any) -> list[int]:
    answer = await book.get(CONTACTS, params=by)
    assert answer.status_code == 200, answer.text
    return [contact["id"] for contact in answer.json()["contacts"]]


async def test_a_second_contact_of_one_external_id_is_made(
    sandbox: Sandbox, book: httpx.AsyncClient
) -> None:
    first, second = await make(book), await make(book)

    assert first["id"] != second["id"]
    assert await found(book, external_unique_id="lead-1") == [first["id"], second["id"]]
    (ids,) = sandbox.ledger.crm_records("wealthbox").values()
    assert len(ids) == 2


async def test_where_external_ids_are_unique_the_second_is_refused(
    sandbox: Sandbox, book: httpx.AsyncClient
) -> None:
    await sandbox.control.options("wealthbox", unique=True)
    await make(book)

    answer = await book.post(CONTACTS, json=ACME)

    assert answer.status_code == 422
    assert answer.json() == {"error": "External unique id has already been taken"}


async def test_an_item_without_its_id_is_a_new_one(book: httpx.AsyncClient) -> None:
    contact = await make(book, websites=[SITE])

    contact = await change(book, contact, websites=[SITE])
    assert [site["address"] for site in contact["websites"]] == ["https://acme.com"] * 2

    first, second = contact["websites"]
    contact = await change(
        book,
        contact,
        websites=[
            {"id": first["id"], "address": "https://b.example"},
            {"id": second["id"], "destroy": True},
        ],
    )
    assert [site["address"] for site in contact["websites"]] == ["https://b.example"]


async def test_one_item_is_the_principal_one(book: httpx.AsyncClient) -> None:
    contact = await make(book, websites=[SITE | {"principal": True}])

    contact = await change(book, contact, websites=[SITE | {"principal": True}])

    assert [site["principal"] for site in contact["websites"]] == [False, True]


async def test_tags_replace_all_that_there_were(book: httpx.AsyncClient) -> None:
    contact = await make(book, tags=["LeadStream", "VIP"])

    contact = await change(book, contact, tags=["LeadStream"])

    assert [tag["name"] for tag in contact["tags"]] == ["LeadStream"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "Name can't be blank"),
        ({"name": "x" * 256}, "Name is too long (maximum is 255 characters)"),
        ({"name": 5}, "Name must be a text"),
        ({"type": "Company"}, "Type is not included in the list"),
        ({"type": "Person", "name": "x"}, "Last name can't be blank"),
        ({"birth_date": "1970-01-01"}, "unknown field: birth_date"),
        ({"annual_revenue": 5}, "unknown field: annual_revenue"),
        ({"tags": "VIP"}, "Tags must be a list of texts"),
        ({"websites": [{"url": "x"}]}, "unknown field: websites.url"),
        ({"websites": [SITE | {"kind": "Web"}]}, "Websites kind is invalid"),
        ({"websites": [{"id": 77, "address": "x"}]}, "Websites has no item with the id 77"),
        ({"email_addresses": [{"address": "nobody"}]}, "Email addresses address is invalid"),
        ({"street_addresses": [{"city": ""}]}, "Street addresses city can't be blank"),
    ],
)
async def test_what_is_refused_and_how(
    sandbox: Sandbox, book: httpx.AsyncClient, fields: dict[str, Any], said: str
) -> None:
    answer = await book.post(CONTACTS, json=ACME | fields)

    assert (answer.status_code, answer.json()) == (422, {"error": said})
    assert sandbox.ledger.effects("record") == []


@pytest.mark.parametrize(
    ("style", "body"),
    [
        ("text", {"error": "Street addresses state is not a state"}),
        ("fields", {"errors": {"street_addresses.state": ["is not a state"]}}),
        ("list", {"errors": ["Street addresses state is not a state"]}),
    ],
)
async def test_refusals_name_the_field_in_several_ways(
    sandbox: Sandbox, book: httpx.AsyncClient, style: str, body: dict[str, Any]
) -> None:
    rule = {"field": "street_addresses.state", "value": "CA", "message": "is not a state"}
    await sandbox.control.options("wealthbox", rules=[rule], errors=style)

    answer = await book.post(CONTACTS, json=ACME | {"street_addresses": [{"state": "CA"}]})

    assert (answer.status_code, answer.json()) == (422, body)


async def test_a_new_contact_shows_in_the_search_after_a_while(
    sandbox: Sandbox, book: httpx.AsyncClient
) -> None:
    await sandbox.control.options("wealthbox", visible_after=20)
    contact = await make(book)

    assert await found(book, external_unique_id="lead-1") == []
    assert (await book.get(f"{CONTACTS}/{contact['id']}")).json() == contact
    await sandbox.control.settings(clock_offset=21)
    assert await found(book, external_unique_id="lead-1") == [contact["id"]]


async def test_the_search_knows_types_addresses_and_pages(book: httpx.AsyncClient) -> None:
    ids = [(await make(book))["id"] for _ in range(3)]
    person = {"type": "Person", "last_name": "S", "email_addresses": [{"address": "A@b.example"}]}
    await make(book, **person)

    assert await found(book, email="a@B.example") == [4]
    assert await found(book, type="Organization", per_page=2, page=2) == ids[2:]
    answer = await book.get(CONTACTS, params={"type": "Organization", "per_page": 2})
    assert answer.json()["meta"] == {"current_page": 1, "total_pages": 2, "total_count": 3}
    assert (await book.get(CONTACTS, params={"per_page": 101})).status_code == 400


async def test_300_calls_in_five_minutes_by_token(
    sandbox: Sandbox, book: httpx.AsyncClient
) -> None:
    await sandbox.control.options("wealthbox", retry_after="soon")
    for _ in range(300):
        assert (await book.get("/wealthbox/v1/me")).status_code == 200

    refused = await book.get("/wealthbox/v1/me")

    assert (refused.status_code, refused.json()) == (429, {"error": "rate limited"})
    assert refused.headers["retry-after"] == "soon"
    other = await book.get("/wealthbox/v1/me", headers={"ACCESS_TOKEN": "sandbox-2"})
    assert other.status_code == 200
    await sandbox.control.settings(clock_offset=301)
    assert (await book.get("/wealthbox/v1/me")).status_code == 200


async def test_what_is_removed_is_gone(book: httpx.AsyncClient) -> None:
    contact = await make(book)
    path = f"{CONTACTS}/{contact['id']}"

    assert (await book.delete(path)).status_code == 204

    assert await found(book, external_unique_id="lead-1") == []
    for answer in (await book.get(path), await book.delete(path), await book.put(path, json={})):
        assert answer.status_code == 404
        assert "error" in answer.json()
    assert (await make(book))["id"] != contact["id"]


async def test_timestamps_are_wealthboxs(book: httpx.AsyncClient) -> None:
    contact = await make(book)

    date, time, half, zone = contact["created_at"].split()
    assert (len(date), len(time), len(zone)) == (10, 5, 5)
    assert half in ("AM", "PM")


async def test_the_token_is_not_in_the_ledger(sandbox: Sandbox, book: httpx.AsyncClient) -> None:
    token = "sandbox-quite-secret"

    await book.get(CONTACTS, headers={"ACCESS_TOKEN": token})

    assert token not in sandbox.ledger.path.read_text(encoding="utf-8")


async def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    async with Sandbox(tmp_path / "ledger.jsonl") as sandbox:
        async with a_client(sandbox) as book:
            contact = await make(book, websites=[SITE], tags=["VIP"])
            await change(book, contact, websites=[SITE])
            await book.delete(f"{CONTACTS}/{(await make(book))['id']}")
        before = await sandbox.control.state("wealthbox")

        await sandbox.restart()

        assert await sandbox.control.state("wealthbox") == before
        async with a_client(sandbox) as book:
            third = await make(book, websites=[SITE])
        ((first,),) = before.values()
        assert third["id"] == 3
        assert third["websites"][0]["id"] > max(site["id"] for site in first["websites"])


def a_client(sandbox: Sandbox) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=sandbox.url,
        headers={"ACCESS_TOKEN": "sandbox"},
        verify=WITHOUT_AUTHORITIES,
        timeout=60,
    )

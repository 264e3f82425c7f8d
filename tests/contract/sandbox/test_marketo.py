import asyncio
from typing import Any

import httpx
import pytest

from contract.sandbox.crm import MARKETO_LEADS, sign_in_to_marketo, sync_leads
from leadstream_dev.sandbox import Sandbox

DELETE = "/marketo/rest/v1/leads/delete.json"
DESCRIBE = "/marketo/rest/v1/leads/describe2.json"


@pytest.fixture
async def instance(api: httpx.AsyncClient) -> httpx.AsyncClient:
    """A token for an instance."""
    assert (await sign_in_to_marketo(api)).status_code == 200
    return api


def person(number: int, **fields: object) -> dict[str, object]:
    return {"email": f"p{number}@acme.com", "company": "Acme"} | fields


def codes(answer: httpx.Response) -> list[str]:
    """What is said against each record, or against all of them."""
    body = answer.json()
    if not body["success"]:
        return [each["code"] for each in body["errors"]]
    return [(each.get("reasons") or [{"code": ""}])[0]["code"] for each in body["result"]]


def statuses(answer: httpx.Response) -> list[str]:
    return [each["status"] for each in answer.json()["result"]]


async def leads(sandbox: Sandbox) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sandbox.control.state("marketo"))["sandbox"]
    return found


async def read(api: httpx.AsyncClient, **asked: str) -> httpx.Response:
    return await api.post(f"{MARKETO_LEADS}?_method=GET", data=asked)


async def test_a_token_is_the_same_until_it_ends(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    first = (await sign_in_to_marketo(api)).json()
    await sandbox.control.settings(clock_offset=1_000)
    second = (await sign_in_to_marketo(api)).json()
    await sandbox.control.settings(clock_offset=3_601)
    third = (await sign_in_to_marketo(api)).json()

    assert first["access_token"] == second["access_token"] != third["access_token"]
    assert 2_500 < second["expires_in"] < 2_601
    assert third["expires_in"] == 3_599
    written = sandbox.ledger.path.read_text(encoding="utf-8")
    assert first["access_token"] not in written
    assert "sandbox-secret" not in written


async def test_only_client_credentials_are_granted(api: httpx.AsyncClient) -> None:
    good = {
        "grant_type": "client_credentials",
        "client_id": "sandbox",
        "client_secret": "sandbox",
    }
    for change, status in (
        ({"grant_type": "password"}, 400),
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "nobody"}, 401),
    ):
        answer = await api.post("/marketo/identity/oauth/token", data=good | change)
        assert (answer.status_code, "access_token" in answer.json()) == (status, False)


async def test_a_token_in_the_query_string_is_none(api: httpx.AsyncClient) -> None:
    token = (await sign_in_to_marketo(api)).json()["access_token"]
    del api.headers["Authorization"]

    answer = await api.post(f"{MARKETO_LEADS}?access_token={token}", json={"input": [person(1)]})

    assert codes(answer) == ["601"]


async def test_leads_are_known_by_address_whatever_its_case(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    first = await sync_leads(instance, person(1), person(2))
    second = await sync_leads(instance, person(2, email="P2@Acme.com", title="CEO"))

    assert statuses(first) + statuses(second) == ["created", "created", "updated"]
    assert second.json()["result"][0]["id"] == first.json()["result"][1]["id"]
    assert [each.get("title") for each in await leads(sandbox)] == [None, "CEO"]
    assert [len(ids) for ids in sandbox.ledger.crm_records("marketo").values()] == [1, 1]


async def test_leads_are_known_by_a_field_of_ones_own(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    await sandbox.control.options("marketo", dedupe_fields=["leadId"])
    key = {"lookupField": "leadId"}

    first = await sync_leads(instance, {"leadId": "a"}, {"leadId": "b"}, **key)
    second = await sync_leads(instance, {"leadId": "b", "email": None}, {"company": "x"}, **key)

    assert statuses(first) + statuses(second) == ["created", "created", "updated", "skipped"]
    assert codes(second) == ["", "1002"]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"email": "nobody"}, "1001"),
        ({"email": ""}, "1002"),
        ({"company": "nobody's"}, "1002"),
        (person(2, numberOfEmployees="250"), "1001"),
        (person(2, numberOfEmployees=2**31), "1001"),
        (person(2, annualRevenue="much"), "1001"),
        (person(2, marketingSuspended="yes"), "1001"),
        (person(2, company="x" * 256), "1001"),
        (person(2, company=5), "1001"),
    ],
)
async def test_a_bad_record_does_not_hold_up_the_others(
    instance: httpx.AsyncClient, record: dict[str, Any], code: str
) -> None:
    answer = await sync_leads(instance, person(1), record, person(3))

    assert answer.status_code == 200
    assert codes(answer) == ["", code, ""]
    assert statuses(answer) == ["created", "skipped", "created"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lookupField": "firstName"}, "1011"),
        ({"lookupField": "nothing"}, "1006"),
        ({"action": "createOrReplace"}, "1001"),
        ({"partitionName": "Europe"}, "1008"),
        ({"input": []}, "1002"),
        ({"input": [person(number) for number in range(301)]}, "1003"),
        ({"input": [person(1, colour="red")]}, "1006"),
        ({"input": [person(1, id=5)]}, "1011"),
    ],
)
async def test_what_is_refused_as_a_whole(
    sandbox: Sandbox, instance: httpx.AsyncClient, change: dict[str, Any], code: str
) -> None:
    answer = await sync_leads(instance, person(9), **change)

    assert codes(answer) == [code]
    assert sandbox.ledger.effects("record") == []


async def test_a_key_twice_in_one_call_is_skipped_on_both_records(
    instance: httpx.AsyncClient,
) -> None:
    answer = await sync_leads(instance, person(1), person(1, email="P1@acme.com"), person(2))

    assert codes(answer) == ["1036", "1036", ""]


async def test_several_leads_of_one_key_are_a_persons_to_resolve(
    instance: httpx.AsyncClient,
) -> None:
    for _ in range(2):
        await sync_leads(instance, person(1), action="createDuplicate")

    found = await read(instance, filterType="email", filterValues="p1@acme.com")
    assert codes(await sync_leads(instance, person(1))) == ["1007"]
    assert len(found.json()["result"]) == 2


async def test_partitions_must_be_named_where_there_are_several(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    await sandbox.control.options("marketo", partitions=["Default", "Europe"])

    assert codes(await sync_leads(instance, person(1))) == ["1009"]
    assert codes(await sync_leads(instance, person(1), partitionName="Europe")) == [""]


async def test_reading_is_by_get_or_by_a_form(instance: httpx.AsyncClient) -> None:
    await sync_leads(instance, person(1, title="CEO"), person(2))
    asked = {
        "filterType": "email",
        "filterValues": "P2@acme.com, p1@acme.com",
        "fields": "email,title",
    }

    by_form = (await read(instance, **asked)).json()["result"]
    by_get = (await instance.get(MARKETO_LEADS, params=asked)).json()["result"]

    assert by_form == by_get
    assert [(each["email"], each["title"]) for each in by_form] == [
        ("p1@acme.com", "CEO"),
        ("p2@acme.com", None),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"filterType": "title"}, "1011"),
        ({"filterType": "nothing"}, "1006"),
        ({"fields": "email,nothing"}, "1006"),
        ({"filterValues": ""}, "1002"),
        ({"filterValues": ",".join(f"p{n}@acme.com" for n in range(301))}, "1003"),
    ],
)
async def test_questions_that_are_refused(
    instance: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    asked = {"filterType": "email", "filterValues": "p1@acme.com"} | change

    assert codes(await read(instance, **asked)) == [code]


async def test_an_address_has_no_room_for_three_hundred_people(instance: httpx.AsyncClient) -> None:
    values = ",".join(f"somebody.with.a.long.name.{number}@acme.com" for number in range(300))
    asked = {"filterType": "email", "filterValues": values}

    assert (await instance.get(MARKETO_LEADS, params=asked)).status_code == 414
    assert (await read(instance, **asked)).json()["success"]


async def test_more_than_a_page_is_read_page_by_page(instance: httpx.AsyncClient) -> None:
    for _ in range(2):
        people = [person(number) for number in range(200)]
        await sync_leads(instance, *people, action="createDuplicate")
    values = ",".join(f"p{number}@acme.com" for number in range(200))

    first = (await read(instance, filterType="email", filterValues=values)).json()
    token = first["nextPageToken"]
    second = await read(instance, filterType="email", filterValues=values, nextPageToken=token)

    assert (len(first["result"]), len(second.json()["result"])) == (300, 100)
    assert "nextPageToken" not in second.json()


async def test_a_null_empties_a_field_and_a_deleted_lead_is_gone(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    made = (await sync_leads(instance, person(1, title="CEO"))).json()["result"][0]["id"]

    await sync_leads(instance, {"id": made, "title": None}, lookupField="id", action="updateOnly")
    emptied = await leads(sandbox)
    deleted = await instance.post(DELETE, json={"input": [{"id": made}, {"id": 7}]})

    assert "title" not in emptied[0]
    assert statuses(deleted) == ["deleted", "skipped"]
    assert await leads(sandbox) == []
    assert statuses(await sync_leads(instance, person(1))) == ["created"]
    await sandbox.restart()
    assert len(await leads(sandbox)) == 1


async def test_fields_and_what_leads_are_found_by_are_described(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    await sandbox.control.options(
        "marketo", dedupe_fields=["leadId"], read_only=["title"], hidden=["rating"]
    )

    (described,) = (await instance.get(DESCRIBE)).json()["result"]

    fields = {each["name"]: each for each in described["fields"]}
    assert described["searchableFields"] == [["id"], ["email"], ["leadId"]]
    assert (fields["title"]["updateable"], fields["company"]["updateable"]) == (False, True)
    assert "rating" not in fields


async def test_eleven_calls_at_once_are_one_too_many(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    await sandbox.control.behave("marketo", latency={"seconds": 0.5})

    answers = await asyncio.gather(*(sync_leads(instance, person(n)) for n in range(11)))

    assert sorted(codes(each)[0] for each in answers) == [""] * 10 + ["615"]
    assert codes(await sync_leads(instance, person(12))) == [""]


async def test_a_day_ends_at_midnight_central_time(
    sandbox: Sandbox, instance: httpx.AsyncClient
) -> None:
    await sandbox.control.options("marketo", daily_quota=1, token_seconds=200_000)
    await sign_in_to_marketo(instance)
    first = await sync_leads(instance, person(1))
    second = await sync_leads(instance, person(1))
    await sandbox.control.settings(clock_offset=86_400)
    third = await sync_leads(instance, person(1))

    assert codes(first) + codes(second) + codes(third) == ["", "607", ""]


async def test_what_is_no_json_is_no_call(instance: httpx.AsyncClient) -> None:
    form = await instance.post(MARKETO_LEADS, data={"input": "x"})

    assert codes(form) == ["612"]

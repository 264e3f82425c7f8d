"""What an account is set up like: properties of its own, owners."""

from typing import Any

import httpx
import pytest

from contract.sandbox.crm import COMPANIES, LEAD_ID, PROPERTIES, define, upsert_company
from leadstream_dev.sandbox import Sandbox

OWNERS = "/hubspot/crm/owners/2026-09"


def a_property(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": name,
        "groupName": "companyinformation",
        "type": "string",
        "fieldType": "text",
        **changes,
    }


@pytest.fixture
async def portal(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.AsyncClient:
    properties = [a_property("region"), a_property("rank", readOnlyValue=True)]
    await sandbox.control.options(
        "hubspot",
        properties={"companies": properties},
        owners={"51": "active", "52": "archived"},
    )
    await define(api, LEAD_ID)
    return api


async def test_properties_can_be_ordered_for_every_account(portal: httpx.AsyncClient) -> None:
    listed = (await portal.get(PROPERTIES)).json()["results"]
    by_name = {each["name"]: each for each in listed}

    assert by_name["region"]["modificationMetadata"]["readOnlyValue"] is False
    assert by_name["rank"]["modificationMetadata"]["readOnlyValue"] is True
    assert by_name["createdate"]["modificationMetadata"]["readOnlyValue"] is True
    # The owners are not in the definition.
    owner = by_name["hubspot_owner_id"]
    assert (owner["type"], owner["externalOptions"], owner["options"]) == ("enumeration", True, [])
    assert (await upsert_company(portal, "lead-1", region="North")).status_code == 200


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"rank": "1"}, "READ_ONLY_VALUE"),
        ({"createdate": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"hubspot_owner_id": "99"}, "INVALID_OWNER_ID"),
        ({"hubspot_owner_id": "52"}, "INVALID_OWNER_ID"),
    ],
)
async def test_an_item_that_the_account_does_not_take(
    portal: httpx.AsyncClient, properties: dict[str, str], code: str
) -> None:
    answer = await upsert_company(portal, "lead-1", **properties)

    assert answer.status_code == 207
    (detail,) = answer.json()["errors"][0]["errors"]
    assert (detail["code"], detail["context"]["propertyName"]) == (code, list(properties))


async def test_a_company_gets_an_owner(portal: httpx.AsyncClient) -> None:
    answer = await upsert_company(portal, "lead-1", hubspot_owner_id="51")
    record = (await portal.get(f"{COMPANIES}/{answer.json()['results'][0]['id']}")).json()

    assert record["properties"]["hubspot_owner_id"] == "51"


async def test_owners_are_found_until_they_are_archived(portal: httpx.AsyncClient) -> None:
    answers = [await portal.get(f"{OWNERS}/{owner}") for owner in ("51", "52", "53")]

    assert [answer.status_code for answer in answers] == [200, 404, 404]
    assert (answers[0].json()["id"], answers[0].json()["archived"]) == ("51", False)


async def test_owners_need_a_scope_of_their_own(
    sandbox: Sandbox, portal: httpx.AsyncClient
) -> None:
    await sandbox.control.options("hubspot", owners_scope=False)

    answer = await portal.get(f"{OWNERS}/51")

    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")
    assert (await upsert_company(portal, "lead-1")).status_code == 200

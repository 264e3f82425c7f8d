from typing import Any

import httpx
import pytest

from contract.sandbox.shop import CREATE, FIND, GRAPHQL, ask, create, sign_in
from leadstream_dev.sandbox import Sandbox


async def refused(api: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """The first error of a document that is refused before it is run."""
    body = (await ask(api, query, **variables)).json()
    assert "data" not in body
    found: dict[str, Any] = body["errors"][0]
    return found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{companies(first:1){nodes{id colour}}}", "undefinedField"),
        ("{companies(first:1,limit:2){nodes{id}}}", "argumentNotAccepted"),
        ("{company{id}}", "missingRequiredArguments"),
        ("{companies(first:1)}", "selectionMismatch"),
        ("query($q:Int!){companies(first:1,query:$q){nodes{id}}}", "variableMismatch"),
        (
            "mutation($input:CompanyInput!){companyCreate(input:$input){userErrors{code}}}",
            "variableMismatch",
        ),
    ],
)
async def test_a_document_that_is_none_for_the_schema_is_refused(
    sandbox: Sandbox, api: httpx.AsyncClient, query: str, code: str
) -> None:
    assert (await refused(api, query, q=1, input={}))["extensions"]["code"] == code
    assert sandbox.ledger.effects("record") == []


async def test_what_is_no_document_is_a_syntax_error(api: httpx.AsyncClient) -> None:
    assert (await refused(api, "{companies("))["message"].startswith("syntax error")
    without = await api.post(GRAPHQL, json={"variables": {}})
    assert without.status_code == 400


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"company": {"name": "A", "colour": "red"}}, ["company"]),
        ({"company": {"name": 5}}, ["company", "name"]),
        (
            {
                "company": {"name": "A"},
                "companyLocation": {"shippingAddress": {"countryCode": "AS"}},
            },
            ["companyLocation", "shippingAddress", "countryCode"],
        ),
        ({}, []),
    ],
)
async def test_a_value_that_is_none_for_its_type_is_refused_with_its_path(
    api: httpx.AsyncClient, given: dict[str, Any], path: list[str]
) -> None:
    error = await refused(api, CREATE, input=given)

    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    assert error["extensions"]["problems"][0]["path"] == path


@pytest.mark.parametrize(
    ("groups", "field", "code"),
    [
        ({"company": {"name": " "}}, "company.name", "BLANK"),
        ({"company": {"name": "x" * 256}}, "company.name", "TOO_LONG"),
        ({"company": {"note": "x" * 5001}}, "company.note", "TOO_LONG"),
        ({"companyContact": {"email": "nobody"}}, "companyContact.email", "INVALID"),
        ({"companyContact": {"title": "CEO"}}, "companyContact.email", "BLANK"),
        (
            {"companyContact": {"email": "a@b.com", "phone": "555 0100"}},
            "companyContact.phone",
            "INVALID",
        ),
        (
            {"companyContact": {"email": "a@b.com", "firstName": "www.spam.example"}},
            "companyContact.firstName",
            "INVALID",
        ),
        (
            {"companyContact": {"email": "a@b.com", "lastName": "<b>x</b>"}},
            "companyContact.lastName",
            "INVALID",
        ),
        (
            {"companyLocation": {"shippingAddress": {"countryCode": "US", "zoneCode": "ON"}}},
            "companyLocation.shippingAddress.zoneCode",
            "INVALID",
        ),
        (
            {"companyLocation": {"shippingAddress": {"city": "Berlin"}}},
            "companyLocation.shippingAddress.countryCode",
            "BLANK",
        ),
    ],
)
async def test_a_wrong_value_is_a_user_error_and_nothing_is_made(
    sandbox: Sandbox, api: httpx.AsyncClient, groups: dict[str, Any], field: str, code: str
) -> None:
    payload = await create(api, **groups)

    assert payload["company"] is None
    (error,) = payload["userErrors"]
    assert (error["field"], error["code"]) == (["input", *field.split(".")], code)
    assert sandbox.ledger.effects("record") == []


async def test_an_external_id_is_unique_in_one_document_too(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    twice = (
        "mutation($a:CompanyCreateInput!){x:companyCreate(input:$a){company{id} userErrors{code}}"
        " y:companyCreate(input:$a){company{id} userErrors{code}}}"
    )

    answer = await ask(api, twice, a={"company": {"name": "A", "externalId": "lead-1"}})

    data = answer.json()["data"]
    assert data["x"]["userErrors"] == []
    assert data["y"]["userErrors"] == [{"code": "TAKEN"}]
    assert len(sandbox.ledger.effects("record")) == 1


async def test_a_customer_is_known_by_address_and_can_be_assigned(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    contact = {"email": "ana@acme.com"}
    await create(api, companyContact=contact)

    again = await create(api, "lead-2", companyContact={"email": "Ana@acme.com"})
    made = await create(api, "lead-2")
    found = '{customerByIdentifier(identifier:{emailAddress:"ana@acme.com"}){id}}'
    customer = (await ask(api, found)).json()["data"]["customerByIdentifier"]
    assign = (
        "mutation($a:ID!,$b:ID!){companyAssignCustomerAsContact(companyId:$a,customerId:$b)"
        "{companyContact{id isMainContact customer{id}} userErrors{field code}}}"
    )
    ids = {"a": made["company"]["id"], "b": customer["id"]}
    first = (await ask(api, assign, **ids)).json()["data"]["companyAssignCustomerAsContact"]
    second = (await ask(api, assign, **ids)).json()["data"]["companyAssignCustomerAsContact"]

    assert again["userErrors"][0]["code"] == "TAKEN"
    assert again["userErrors"][0]["field"][-1] == "email"
    assert first["companyContact"]["customer"] == customer
    assert first["companyContact"]["isMainContact"] is False
    assert second["userErrors"][0]["code"] == "TAKEN"


async def test_a_search_quotes_and_what_it_can_not_read_finds_everything(
    api: httpx.AsyncClient,
) -> None:
    await create(api, "it's")
    await create(api, "lead-2")

    async def found(query: str) -> list[str]:
        nodes = (await ask(api, FIND, q=query)).json()["data"]["companies"]["nodes"]
        return [node["externalId"] for node in nodes]

    assert await found(r"external_id:'it\'s'") == ["it's"]
    assert await found("external_id:'lead-2' OR external_id:'lead-3'") == ["lead-2"]
    assert await found("external_id:'it's'") == ["it's", "lead-2"]


async def test_a_search_lags_behind(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("shopify", index_seconds=60)
    await create(api)

    async def count() -> int:
        answer = await ask(api, FIND, q="external_id:'lead-1'")
        return len(answer.json()["data"]["companies"]["nodes"])

    before = await count()
    await sandbox.control.settings(clock_offset=61)

    assert (before, await count()) == (0, 1)


async def test_the_bucket_empties_refuses_and_fills(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("shopify", bucket=25, restore_rate=0.001)

    answers = [(await ask(api, CREATE, input={"company": {"name": "A"}})).json() for _ in range(3)]

    costs = [answer["extensions"]["cost"] for answer in answers]
    assert [cost["actualQueryCost"] for cost in costs] == [10, 10, None]
    left = [cost["throttleStatus"]["currentlyAvailable"] for cost in costs]
    assert left == [15, 5, 5]
    assert answers[2]["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert len(sandbox.ledger.effects("record")) == 2


async def test_a_document_that_asks_for_too_much_is_refused(api: httpx.AsyncClient) -> None:
    error = await refused(api, "{companies(first:250){nodes{contacts(first:10){nodes{id}}}}}")

    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"


async def test_what_a_question_did_not_find_is_given_back(api: httpx.AsyncClient) -> None:
    answer = await ask(api, "{companies(first:50){nodes{id contacts(first:5){nodes{id}}}}}")

    cost = answer.json()["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (351, 2)


async def test_tokens_live_for_a_day_at_one_shop(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    answer = (await sign_in(api)).json()
    here = await ask(api, "{shop{name}}")
    there = await ask(api, "{shop{name}}", at=GRAPHQL.replace("acme", "other"))
    await sandbox.control.settings(clock_offset=86_401)
    late = await ask(api, "{shop{name}}")

    assert answer["access_token"].startswith("shpat_")
    assert answer["expires_in"] == 86_399
    assert [each.status_code for each in (here, there, late)] == [200, 401, 401]
    text = sandbox.ledger.path.read_text(encoding="utf-8")
    assert answer["access_token"] not in text
    assert "sandbox-secret" not in text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "application_cannot_be_found"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
async def test_who_gets_no_token(
    api: httpx.AsyncClient, changes: dict[str, str], error: str
) -> None:
    answer = await sign_in(api, **changes)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_an_app_that_is_not_installed_is_told_so_on_a_page(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("shopify", installed=False)

    answer = await sign_in(api)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "text/html"
    assert "Oauth error app_not_installed" in answer.text


async def test_rights_are_looked_at_field_by_field(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await create(api, companyContact={"email": "ana@acme.com"})
    await sandbox.control.options("shopify", scopes=["read_companies"])

    companies = await ask(api, "{companies(first:1){nodes{id}}}")
    people = await ask(
        api, "{companies(first:1){nodes{contacts(first:1){nodes{customer{firstName}}}}}}"
    )
    write = await ask(api, CREATE, input={"company": {"name": "A"}})

    assert "errors" not in companies.json()
    assert people.json()["errors"][0]["path"][-1] == "customer"
    assert write.json()["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


async def test_an_older_version_falls_forward(api: httpx.AsyncClient) -> None:
    now = await ask(api, "{shop{name}}")
    old = await ask(api, "{shop{name}}", at=GRAPHQL.replace("2026-10", "2024-01"))
    none = await ask(api, "{shop{name}}", at=GRAPHQL.replace("2026-10", "latest"))

    assert now.headers["X-Shopify-API-Version"] == "2026-10"
    assert old.headers["X-Shopify-API-Version"] == "2026-01"
    assert none.status_code == 404


async def test_an_error_of_its_own_comes_after_the_effect(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("shopify", broken=["lead-1"])

    answer = await ask(api, CREATE, input={"company": {"name": "A", "externalId": "lead-1"}})

    body = answer.json()
    assert body["data"] == {"companyCreate": None}
    assert body["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert len(sandbox.ledger.effects("record")) == 1


async def test_it_goes_on_where_it_was_after_a_restart(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sign_in(api)
    await create(api, companyContact={"email": "ana@acme.com", "title": "CEO"})
    before = await sandbox.control.state("shopify")
    await sandbox.restart()
    await sandbox.close_control()

    after = await sandbox.control.state("shopify")
    again = await create(api)

    assert after == before
    assert again["userErrors"][0]["code"] == "TAKEN"

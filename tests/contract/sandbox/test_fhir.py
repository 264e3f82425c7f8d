import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contract.sandbox.fhir import (
    BASE,
    FHIR_JSON,
    LEAD,
    ORGANIZATION,
    batch,
    entry,
    make,
    organization,
    put,
    query,
)
from leadstream.clock import SystemClock
from leadstream_dev.sandbox import Sandbox
from platform_upload.adapters.fhir.keys import SigningKey
from support.smart import ec_key, public_pem, rsa_key

CLIENT = "client-1"
EC = ec_key()


async def held(sandbox: Sandbox) -> list[dict[str, Any]]:
    state = await sandbox.control.state("fhir")
    return [each for found in state.values() for each in found]


async def grant(
    sandbox: Sandbox,
    api: httpx.AsyncClient,
    *,
    key: Any = EC,
    client: str = CLIENT,
    audience: str | None = None,
    ahead: timedelta = timedelta(0),
    **changes: str,
) -> httpx.Response:
    url = f"{sandbox.url}/fhir/auth/token"
    now = SystemClock().now() + ahead
    form = {
        "grant_type": "client_credentials",
        "scope": "system/Organization.cus",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": SigningKey(key).assertion(client, audience=audience or url, now=now),
    }
    return await api.post("/fhir/auth/token", data=form | changes)


async def test_an_update_creates_once_and_replaces_the_whole(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    first = await put(api, alias=["Acme"])
    second = await put(api, active=True)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.headers["etag"] == 'W/"2"'
    (found,) = await held(sandbox)
    assert "alias" not in found
    assert [len(ids) for ids in sandbox.ledger.crm_records("fhir").values()] == [1]
    assert sandbox.ledger.crm_writes("fhir") == {LEAD: 2}


@pytest.mark.parametrize(
    ("etag", "status"), [('W/"1"', 200), ('"1"', 200), ('W/"2"', 412), (None, 200)]
)
async def test_another_version_is_not_written_over(
    sandbox: Sandbox, api: httpx.AsyncClient, etag: str | None, status: int
) -> None:
    made = (await put(api)).json()
    headers = FHIR_JSON | ({"if-match": etag} if etag else {})

    answer = await api.put(f"{ORGANIZATION}/{made['id']}", json=made, headers=headers)

    assert answer.status_code == status


async def test_some_servers_want_a_version(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    made = (await put(api)).json()
    await sandbox.control.options("fhir", versioning="versioned-update")

    answer = await api.put(f"{ORGANIZATION}/{made['id']}", json=made, headers=FHIR_JSON)

    assert answer.status_code == 412


@pytest.mark.parametrize(("update_create", "status"), [(True, 201), (False, 400)])
async def test_an_id_in_the_body_is_taken_for_the_name_or_refused(
    sandbox: Sandbox, api: httpx.AsyncClient, update_create: bool, status: int
) -> None:
    await sandbox.control.options("fhir", update_create=update_create)

    answer = await put(api, id="my-own")

    assert answer.status_code == status
    assert [each["id"] for each in await held(sandbox)] == ["my-own"] * update_create


@pytest.mark.parametrize(("update_create", "status"), [(True, 201), (False, 404)])
async def test_an_update_of_what_is_not_there(
    sandbox: Sandbox, api: httpx.AsyncClient, update_create: bool, status: int
) -> None:
    await sandbox.control.options("fhir", update_create=update_create)

    body = organization(id="x1")
    answer = await api.put(f"{ORGANIZATION}/x1", json=body, headers=FHIR_JSON)

    assert answer.status_code == status


async def test_a_creation_only_if_there_is_none(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    headers = FHIR_JSON | {"if-none-exist": query()}

    answers = [
        await api.post(ORGANIZATION, json=organization(name=name), headers=headers)
        for name in ("Acme", "Other")
    ]

    assert [each.status_code for each in answers] == [201, 200]
    assert [each["name"] for each in await held(sandbox)] == ["Acme"]


async def test_what_was_deleted_is_gone(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    made = (await put(api)).json()

    assert (await api.delete(f"{ORGANIZATION}/{made['id']}")).status_code == 204

    assert (await api.get(f"{ORGANIZATION}/{made['id']}")).status_code == 410
    found = await api.get(f"{ORGANIZATION}?{query()}")
    assert (found.json()["total"], "entry" in found.json()) == (0, False)
    assert (await put(api)).json()["id"] != made["id"]


@pytest.mark.parametrize(
    ("changes", "status", "path"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": "\t"}, 400, "name"),
        ({"name": "a\u0001"}, 400, "name"),
        ({"nmae": "x"}, 400, "nmae"),
        ({"active": "yes"}, 400, "active"),
        ({"telecom": []}, 400, "telecom"),
        ({"telecom": {"system": "url"}}, 400, "telecom"),
        ({"address": [{}]}, 400, "address[0]"),
        ({"telecom": [{"value": "x"}]}, 422, "telecom[0]"),
        ({"telecom": [{"system": "url", "value": "x", "use": "home"}]}, 422, "telecom[0].use"),
        ({"telecom": [{"system": "web", "value": "x"}]}, 422, "telecom[0].system"),
        ({"contact": [{"telecom": [{"value": "x"}]}]}, 422, "contact[0].telecom[0]"),
        ({"address": [{"use": "home", "city": "x"}]}, 422, "address[0].use"),
    ],
)
async def test_what_is_no_organization_is_refused_by_its_place(
    sandbox: Sandbox, api: httpx.AsyncClient, changes: dict[str, Any], status: int, path: str
) -> None:
    answer = await put(api, **changes)

    assert answer.status_code == status
    (issue,) = answer.json()["issue"]
    assert issue["expression"] == [f"Organization.{path}"]
    assert await held(sandbox) == []


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ("location", ["Organization.address[0].state", "Line 1, Column 7"]),
        ("xpath", ["/f:Organization/f:address[1]/f:state"]),
        ("diagnostics", None),
        ("details", None),
        ("nothing", None),
    ],
)
async def test_outcomes_have_many_shapes(
    sandbox: Sandbox, api: httpx.AsyncClient, shape: str, shown: object
) -> None:
    rule = {"path": "address.state", "value": "CA"}
    await sandbox.control.options("fhir", names_places=shape, rules=[rule])

    answer = await put(api, address=[{"state": "CA"}])

    (issue,) = answer.json()["issue"]
    assert issue.get("location") == shown
    assert ("Organization.address[0].state" in str(issue)) is (shape not in ("xpath", "nothing"))


async def test_entries_are_independent_and_answered_in_their_order(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await put(api, "lead-3")
    answer = await batch(
        api,
        entry("lead-1"),
        entry("lead-2", {"resourceType": "Patient"}),
        entry("lead-3"),
        {"request": {"method": "GET", "url": f"Organization?{query('lead-3')}"}},
        {"request": {"method": "GET"}},
    )

    statuses = [each["response"]["status"] for each in answer.json()["entry"]]
    assert statuses == [
        "201 Created",
        "400 Bad Request",
        "200 OK",
        "200 OK",
        "400 Bad Request",
    ]
    found = answer.json()["entry"][3]["resource"]
    assert [each["resource"]["id"] for each in found["entry"]] == ["1"]


@pytest.mark.parametrize(
    ("options", "entries", "status"),
    [
        ({}, [], 400),
        ({}, [entry(), entry()], 400),
        ({"largest_bundle": 1}, [entry("a"), entry("b")], 413),
        ({"largest_bytes": 100}, [entry()], 413),
        ({"batch": False}, [entry()], 400),
    ],
)
async def test_a_bundle_is_refused_as_a_whole(
    sandbox: Sandbox,
    api: httpx.AsyncClient,
    options: dict[str, Any],
    entries: list[Any],
    status: int,
) -> None:
    await sandbox.control.options("fhir", **options)

    assert (await batch(api, *entries)).status_code == status
    assert await held(sandbox) == []


async def test_an_answer_may_lack_an_entry(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("fhir", loses_entries=True)

    answer = await batch(api, entry("a"), entry("b"))

    assert len(answer.json()["entry"]) == 1
    assert len(await held(sandbox)) == 2


async def test_single_leads_can_be_refused(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("fhir", trouble={"a": 409})

    answer = await batch(api, entry("a"), entry("b"))

    statuses = [each["response"]["status"][:3] for each in answer.json()["entry"]]
    assert statuses == ["409", "201"]


async def test_bodies_are_fhir(api: httpx.AsyncClient) -> None:
    path = f"{ORGANIZATION}?{query()}"

    answer = await api.put(path, content=b"{}", headers={"content-type": "text/plain"})

    assert answer.status_code == 415


@pytest.mark.parametrize("parameters", ["", "name=Acme", "identifier=x", "identifier=a|b,c|d"])
async def test_other_searches_are_refused(api: httpx.AsyncClient, parameters: str) -> None:
    assert (await api.get(f"{ORGANIZATION}?{parameters}")).status_code == 400


async def test_tags_may_outlive_an_update(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("fhir", keeps_tags=True)
    for code in ("warm", "hot"):
        await put(api, meta={"tag": [{"system": "urn:x", "code": code}]})

    (found,) = await held(sandbox)
    assert {each["code"] for each in found["meta"]["tag"]} == {"warm", "hot"}


@pytest.mark.parametrize("key", [EC, rsa_key()], ids=["ES384", "RS384"])
async def test_a_registered_client_gets_a_token_for_its_scope(
    sandbox: Sandbox, api: httpx.AsyncClient, key: Any
) -> None:
    await sandbox.control.options("fhir", clients={CLIENT: public_pem(key)})

    answer = await grant(sandbox, api, key=key)

    assert answer.status_code == 200, answer.text
    api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    made = await put(api)
    assert made.status_code == 201
    assert (await api.get(f"{ORGANIZATION}/{made.json()['id']}")).status_code == 403
    (noted,) = sandbox.ledger.entries(operation="token")
    assert noted["account"] == CLIENT
    assert noted.body["client_assertion"].startswith("…")
    assert answer.json()["access_token"] not in sandbox.ledger.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": ec_key()}, "invalid_client"),
        ({"key": rsa_key()}, "invalid_client"),
        ({"client": "nobody"}, "invalid_client"),
        ({"audience": "https://elsewhere.example/token"}, "invalid_client"),
        ({"ahead": timedelta(minutes=5)}, "invalid_client"),
        ({"ahead": -timedelta(minutes=5)}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "system/Patient.rs"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
async def test_a_client_that_is_not_sure_gets_none(
    sandbox: Sandbox, api: httpx.AsyncClient, changes: dict[str, Any], code: str
) -> None:
    await sandbox.control.options("fhir", clients={CLIENT: public_pem(EC)})

    answer = await grant(sandbox, api, **changes)

    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == code


async def test_an_assertion_is_good_once(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    await sandbox.control.options("fhir", clients={CLIENT: public_pem(EC)})
    url = f"{sandbox.url}/fhir/auth/token"
    one = SigningKey(EC).assertion(CLIENT, audience=url, now=SystemClock().now())

    answers = [await grant(sandbox, api, client_assertion=one) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 401]


async def test_a_session_ends_by_itself_and_by_hand(
    sandbox: Sandbox, api: httpx.AsyncClient
) -> None:
    await sandbox.control.options("fhir", clients={CLIENT: public_pem(EC)}, token_seconds=100)
    for end in ("by itself", "by hand"):
        token = (await grant(sandbox, api)).json()["access_token"]
        api.headers["Authorization"] = f"Bearer {token}"
        assert (await api.get(f"{ORGANIZATION}?{query()}")).status_code == 200
        if end == "by itself":
            await sandbox.control.settings(clock_offset=100)
        else:
            await sandbox.control.settings(clock_offset=0)
            assert await sandbox.control.expire_fhir_sessions() > 0

        answer = await api.get(f"{ORGANIZATION}?{query()}")

        assert answer.status_code == 401
        assert "www-authenticate" in answer.headers
        await sandbox.control.settings(clock_offset=0)


async def test_calls_side_by_side_make_one(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(put(api) for _ in range(10)))

    assert sorted(each.status_code for each in answers) == [200] * 9 + [201]
    assert len(await held(sandbox)) == 1


async def test_anybody_may_read_what_it_can_do(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    del api.headers["Authorization"]
    await sandbox.control.options("fhir", conditional_update=False, batch=False)

    said = (await api.get(f"{BASE}/metadata")).json()

    (rest,) = said["rest"]
    assert "interaction" not in rest
    assert "conditionalUpdate" not in rest["resource"][-1]
    assert (await put(api)).status_code == 401


async def test_several_can_be_made_by_hand(sandbox: Sandbox, api: httpx.AsyncClient) -> None:
    for _ in range(3):
        await make(api)

    answer = await put(api)

    assert answer.status_code == 412
    assert answer.json()["issue"][0]["diagnostics"] == "3 matches"

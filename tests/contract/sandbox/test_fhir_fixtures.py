import httpx
import pytest

from contract.sandbox.cases import Case, Send, assert_answers, cases
from contract.sandbox.fhir import BASE, FHIR_JSON, LEAD, batch, entry, make, put
from leadstream_dev.sandbox import Sandbox

CASES: dict[str, Case] = {case.name: case for case in cases("fhir")}
# What every server adds by itself.
ADDED = (".meta.versionId", ".meta.lastUpdated", ".issue[0].expression", ".entry[0].response.*")


async def ask(api: httpx.AsyncClient, case: Case) -> httpx.Response:
    """Send the fixture's own request."""
    method, path, body = (case.request[name] for name in ("method", "path", "body"))
    return await api.request(method, f"{BASE}{path.rstrip('/')}", json=body, headers=FHIR_JSON)


async def created(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await ask(api, CASES["conditional update: created"])


async def updated(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await created(sandbox, api)
    return await created(sandbox, api)


async def bundle(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    (first,) = CASES["batch"].request["body"]["entry"]
    nameless = {"resourceType": "Organization", "active": True}
    return await batch(api, first, entry("lead-2", nameless))


async def several(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await make(api)
    await make(api)
    return await put(api)


async def invalid(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    path = f"{BASE}/Organization?identifier=urn:x|{LEAD}"
    body = {"resourceType": "Organization", "active": True}
    return await api.put(path, json=body, headers=FHIR_JSON)


async def bad_json(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    return await api.post(BASE, content=b"{", headers=FHIR_JSON)


async def auth(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    api.headers["Authorization"] = "Bearer nobody"
    return await put(api)


async def scope(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("fhir", rights="rs")
    return await put(api)


async def unsupported(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("fhir", conditional_update=False)
    return await put(api)


async def conflict(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.options("fhir", trouble={LEAD: 409})
    return await put(api)


async def rate(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("fhir", rate_limit={"limit": 0})
    return await put(api)


async def transient(sandbox: Sandbox, api: httpx.AsyncClient) -> httpx.Response:
    await sandbox.control.behave("fhir", errors={"status": 503})
    return await put(api)


SENDS: dict[str, Send] = {
    "conditional update: created": created,
    "conditional update: updated": updated,
    "batch": bundle,
    "several match": several,
    "invalid": invalid,
    "bad json": bad_json,
    "auth": auth,
    "scope": scope,
    "conditional update unsupported": unsupported,
    "version conflict": conflict,
    "rate": rate,
    "transient": transient,
}


@pytest.mark.parametrize("name", CASES)
async def test_answers_as_in_the_fixture(
    sandbox: Sandbox, api: httpx.AsyncClient, name: str
) -> None:
    answer = await SENDS[name](sandbox, api)

    assert_answers(answer, CASES[name], extra=ADDED)
    expected, found = CASES[name].response["body"], answer.json()
    if expected["resourceType"] == "OperationOutcome":
        assert found["issue"][0]["code"] == expected["issue"][0]["code"]
    if name == "batch":
        statuses = [each["response"]["status"] for each in expected["entry"]]
        assert [each["response"]["status"] for each in found["entry"]] == statuses
        assert "outcome" in found["entry"][1]["response"]

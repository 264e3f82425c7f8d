"""What every service's HTTP API does, on real sockets."""

import json
import logging
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from integration.api.frame import ACME, an_app, served, token_of
from leadstream.api import AdminLimits
from leadstream.observability import Health

ROOT, OPERATOR, VIEWER, OF_ACME = map(token_of, ("root", "operator", "viewer", "acme"))
JSON = {"content-type": "application/json"}


# Starting and stopping a server takes a moment each: one for all tests that can share it.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    unlimited = AdminLimits(refused_per_minute=10_000, changes_per_minute=10_000)
    async with served(an_app(limits=unlimited)) as client:
        yield client


def error(response: httpx.Response) -> tuple[int, str, str | None]:
    """The status, code and field of an error, which has the one shape there is."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) <= {"code", "message", "field"}
    assert body["error"]["message"]
    return response.status_code, body["error"]["code"], body["error"].get("field")


async def test_probes_metrics_and_documents_need_no_token(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
        assert (await client.get(path)).status_code == 200, path


async def test_readiness_is_503_and_names_what_is_missing() -> None:
    health = Health()

    async def no_kafka() -> str:
        return "no partitions assigned yet"

    health.add_readiness("kafka", no_kafka)
    async with served(an_app(health)) as client:
        ready, alive = await client.get("/readyz"), await client.get("/healthz")

    assert ready.status_code == 503
    assert ready.json()["failing"] == {"kafka": "no partitions assigned yet"}
    assert alive.status_code == 200


async def test_metrics_are_prometheus_text(client: httpx.AsyncClient) -> None:
    response = await client.get("/metrics")

    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# HELP leadstream_deliveries_total " in response.text


async def test_the_openapi_document_tells_of_tokens_and_errors(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()

    operation = document["paths"]["/api/admin/things"]["post"]
    assert document["info"]["title"] == "Leadstream delivery"
    assert operation["security"] == [{"HTTPBearer": []}]
    assert operation["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "/ErrorBody"
    )
    assert "security" not in document["paths"]["/healthz"]["get"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer"},
        {"authorization": "Basic dG9rZW4tb2Ytcm9vdDo="},
        {"authorization": "token-of-root"},
        {"authorization": "Bearer Token-of-root"},
        {"cookie": "authorization=Bearer token-of-root"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/api/admin/things", "/api/admin/nothing", "/api/admin"])
async def test_without_a_known_token_there_is_nothing_to_see(
    client: httpx.AsyncClient, headers: dict[str, str], path: str
) -> None:
    response = await client.get(path, headers=headers)

    assert error(response) == (401, "unauthorized", None)
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_body_is_not_looked_at_before_the_token_is(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/admin/things", content=b"[" * 2_000_000, headers=JSON)

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("token", "statuses"),
    [(VIEWER, (200, 403, 403)), (OPERATOR, (200, 201, 403)), (ROOT, (200, 201, 200))],
    ids=["viewer", "operator", "admin"],
)
async def test_roles_may_what_they_may(
    client: httpx.AsyncClient, token: dict[str, str], statuses: tuple[int, int, int]
) -> None:
    looked = await client.get("/api/admin/things", headers=token)
    created = await client.post("/api/admin/things", json={"name": "a"}, headers=token)
    dropped = await client.delete("/api/admin/things", headers=token)

    assert (looked.status_code, created.status_code, dropped.status_code) == statuses


async def test_the_caller_is_the_tokens_name(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/admin/things", json={"name": "a"}, headers=OPERATOR)

    assert response.json()["by"] == "operator"


async def test_another_workspaces_thing_is_404(client: httpx.AsyncClient) -> None:
    own = await client.get(f"/api/admin/things/{ACME}", headers=OF_ACME)
    other = await client.get(f"/api/admin/things/{UUID(int=2)}", headers=OF_ACME)

    assert own.status_code == 200
    assert error(other) == (404, "not_found", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a", "filters": {"min_employees": -1}}, "filters.min_employees"),
        ({"name": "a", "filters": {"min_employees": 2**40}}, "filters.min_employees"),
        ({"name": "a", "filters": []}, "filters"),
        ([], "body"),
        ("a", "body"),
        (None, "body"),
        ({"name": "a\0b"}, "name"),
        ({"name": "a", "filters": {"country": "\0"}}, "filters.country"),
    ],
    ids=str,
)
async def test_a_wrong_body_is_422_and_names_the_field(
    client: httpx.AsyncClient, body: object, field: str
) -> None:
    response = await client.post(
        "/api/admin/things", content=json.dumps(body), headers=OPERATOR | JSON
    )

    assert error(response) == (422, "invalid", field)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"name": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 100 + b"]" * 100,
        b'{"name": "\\ud800"}',
        b"",
    ],
    ids=lambda body: repr(body[:12]),
)
async def test_a_body_that_is_no_json_is_422(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/api/admin/things", content=body, headers=OPERATOR | JSON)

    assert error(response) == (422, "invalid", "body")


async def test_a_body_of_another_type_is_422(client: httpx.AsyncClient) -> None:
    form = await client.post("/api/admin/things", data={"name": "a"}, headers=OPERATOR)
    bare = await client.post("/api/admin/things", content=b'{"name":"a"}', headers=OPERATOR)

    assert error(form) == error(bare) == (422, "invalid", "body")


@pytest.mark.parametrize("path", ["/api/admin/things", "/hook"])
@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_a_mebibyte_is_413_anywhere(
    client: httpx.AsyncClient, path: str, chunked: bool
) -> None:
    big = b'{"name":"' + b"a" * (1024 * 1024) + b'"}'

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(big), 65536):
            yield big[start : start + 65536]

    content = chunks() if chunked else big
    response = await client.post(path, content=content, headers=OPERATOR | JSON)

    assert error(response) == (413, "too_large", None)


async def test_a_body_of_a_mebibyte_is_fine(client: httpx.AsyncClient) -> None:
    body = b'{"name":"' + b"a" * (1024 * 1024 - 11) + b'"}'

    response = await client.post("/api/admin/things", content=body, headers=OPERATOR | JSON)

    assert len(body) == 1024 * 1024
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=many", "limit"),
        ("kind=%00", "query"),
    ],
)
async def test_a_wrong_query_is_422_and_names_the_parameter(
    client: httpx.AsyncClient, query: str, field: str
) -> None:
    response = await client.get(f"/api/admin/things?{query}", headers=VIEWER)

    assert error(response) == (422, "invalid", field)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/admin/things/not-a-uuid", (422, "invalid", "thing_id")),
        ("/api/admin/things/%00", (422, "invalid", "path")),
        ("/api/admin/nothing", (404, "not_found", None)),
        ("/nothing", (404, "not_found", None)),
    ],
)
async def test_a_wrong_path_has_the_same_shape(
    client: httpx.AsyncClient, path: str, expected: tuple[int, str, str | None]
) -> None:
    assert error(await client.get(path, headers=ROOT)) == expected


async def test_a_wrong_method_has_the_same_shape(client: httpx.AsyncClient) -> None:
    response = await client.patch("/api/admin/things", json={}, headers=ROOT)

    assert error(response) == (405, "method_not_allowed", None)
    assert "GET" in response.headers["allow"]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("bug", (500, "internal", None)),
        ("conflict", (409, "conflict", None)),
        ("away", (503, "unavailable", None)),
        ("postgres", (503, "unavailable", None)),
        ("unfit", (422, "invalid", "body")),
    ],
)
async def test_what_a_route_raises_becomes_an_answer(
    client: httpx.AsyncClient, what: str, expected: tuple[int, str, str | None]
) -> None:
    response = await client.post(f"/api/admin/things/raise?what={what}", headers=OPERATOR)

    assert error(response) == expected
    assert "pw@db" not in response.text
    assert ("retry-after" in response.headers) == (expected[0] == 503)


async def test_refused_tokens_are_limited_by_address() -> None:
    async with served(an_app(limits=AdminLimits(refused_per_minute=10))) as client:
        refused = [
            await client.get("/api/admin/things", headers=token_of(f"nobody-{n}"))
            for n in range(12)
        ]
        known = await client.get("/api/admin/things", headers=VIEWER)
        none = await client.get("/api/admin/things")

    assert [response.status_code for response in refused] == [401] * 10 + [429] * 2
    assert error(refused[-1])[1] == "too_many_requests"
    assert 1 <= int(refused[-1].headers["retry-after"]) <= 60
    # Whoever shares an address with a broken script is not locked out by it.
    assert known.status_code == 200
    assert none.status_code == 401


async def test_calls_without_a_token_and_rejected_input_are_no_refused_tokens() -> None:
    async with served(an_app(limits=AdminLimits(refused_per_minute=2))) as client:
        for _ in range(5):
            assert (await client.get("/api/admin/things")).status_code == 401
            wrong = await client.get("/api/admin/things?limit=0", headers=VIEWER)
            assert wrong.status_code == 422
            forbidden = await client.delete("/api/admin/things", headers=VIEWER)
            assert forbidden.status_code == 403


async def test_changing_calls_are_limited_by_token() -> None:
    async with served(an_app(limits=AdminLimits(changes_per_minute=3))) as client:
        body = {"name": "a"}
        calls = [
            await client.post("/api/admin/things", json=body, headers=OPERATOR) for _ in range(5)
        ]
        looked = await client.get("/api/admin/things", headers=OPERATOR)
        other = await client.post("/api/admin/things", json=body, headers=ROOT)

    assert [response.status_code for response in calls] == [201] * 3 + [429] * 2
    assert 1 <= int(calls[-1].headers["retry-after"]) <= 60
    assert looked.status_code == 200
    assert other.status_code == 201


async def test_a_forwarded_address_is_not_believed() -> None:
    async with served(an_app(limits=AdminLimits(refused_per_minute=1))) as client:
        statuses = [
            (
                await client.get(
                    "/api/admin/things",
                    headers=token_of("nobody") | {"x-forwarded-for": f"203.0.113.{n}"},
                )
            ).status_code
            for n in range(3)
        ]

    assert statuses == [401, 429, 429]


async def test_each_admin_call_is_one_log_line_and_a_probe_is_none(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="leadstream"):
        await client.get("/readyz")
        await client.post("/api/admin/things", json={"name": "a"}, headers=OPERATOR)
        await client.get(f"/api/admin/things/{ACME}")

    lines = [vars(record) for record in caplog.records if record.name.startswith("leadstream")]
    assert [(line["msg"], line["method"], line["status"], line["caller"]) for line in lines] == [
        ("api.called", "POST", 201, "operator"),
        ("api.called", "GET", 401, None),
    ]


async def test_a_bug_is_logged_once_with_its_traceback(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    await client.post("/api/admin/things/raise?what=bug", headers=OPERATOR)

    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [record.message for record in errors] == ["api.failed"]
    assert errors[0].exc_info is not None

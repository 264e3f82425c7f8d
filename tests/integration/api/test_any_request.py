"""Whatever anybody sends to a service's API, it answers as its OpenAPI document says, and never with a server error."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from integration.api.frame import served
from leadstream.api import AdminToken, Role
from leadstream.clock import SystemClock
from leadstream.ids import workspace_id
from leadstream.kafka.client import KafkaConfig
from leadstream.observability.health import Health
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, migrate
from leadstream.runtime import Resources, Service
from leadstream.runtime.app import service_app
from leadstream_dev.api_docs import SERVICES, SETTINGS
from support.postgres import Databases

EXAMPLES: Final = 12
PATIENCE: Final = 60.0
TOKEN: Final = "token-of-a-stranger"
ADMIN: Final = "/api/admin"
ACME: Final = str(workspace_id("acme"))
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# So that there is something to be found; what each service has of its own.
PAUSE: Final = ("pauses", {"scope": "kind:nothing", "reason": "to be looked at"})
SEEDS: Final[Mapping[str, list[tuple[str, dict[str, Any]]]]] = {
    "discovery": [
        PAUSE,
        ("workspaces", {"slug": "acme"}),
        ("queries", {"workspace_id": ACME, "name": "one", "topic": {"name": "AI"}}),
        ("trigger-lead-generation", {}),
    ],
    "enrichment": [PAUSE, ("credits", {"workspace_id": ACME, "email": "olivia@acme.example"})],
    "delivery": [
        PAUSE,
        ("recipients", {"workspace_id": ACME, "email": "ops@acme.example"}),
        ("suppressions", {"workspace_id": ACME, "email": "no@acme.example"}),
        (
            "channels",
            {
                "workspace_id": ACME,
                "type": "webhook",
                "name": "warehouse",
                "url": "https://127.0.0.1/",
            },
        ),
    ],
    "platform-upload": [
        PAUSE,
        (
            "connections",
            {
                "workspace_id": ACME,
                "platform": "tech-platform",
                "adapter": "hubspot",
                "credentials": {"access_token": "pat-na1-token"},
            },
        ),
    ],
    "scheduler": [PAUSE, ("schedules/weekly-trends/trigger", {})],
}


@pytest.fixture(params=SERVICES, ids=lambda service: service.name)
def service(request: pytest.FixtureRequest) -> Service[Any]:
    found: Service[Any] = request.param
    return found


@pytest.fixture
async def api(
    service: Service[Any], databases: Databases, kafka: str
) -> AsyncIterator[httpx.AsyncClient]:
    """The service's API on a real socket, with a real Kafka and Postgres and a little of everything in it."""

    async def prepare(url: str) -> None:
        await migrate(url, schema=service.package, packages=service.packages)

    url = await databases.create(await databases.template(service.name, prepare))
    database = await Database.connect(url, schema=service.package)
    given = _settings(service) | {"kafka_bootstrap_servers": kafka}
    settings = service.settings(_env_file=None, **given)
    resources = Resources(
        settings=settings,
        database=database,
        board=PauseBoard(database),
        clock=SystemClock(),
        kafka=KafkaConfig(bootstrap_servers=kafka),
        wake=lambda: None,
    )
    parts = await service.build(resources)
    app = service_app(service.name, settings, database, parts, health=Health(), wake=lambda: None)
    try:
        async with served(app) as client:
            client.headers["authorization"] = f"Bearer {TOKEN}"
            for path, body in SEEDS[service.name]:
                (await client.post(f"{ADMIN}/{path}", json=body)).raise_for_status()
            yield client
    finally:
        for close in parts.close:
            await close()
        await database.close()
        await databases.drop(url)


def _settings(service: Service[Any]) -> dict[str, Any]:
    """Nothing outside is to be reached: what would be called does not listen."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    wanted = {
        **SETTINGS,
        "admin_tokens": (AdminToken(name="stranger", sha256=digest, role=Role.ADMIN),),
        "admin_changes_per_minute": 1_000_000,
        "admin_refused_per_minute": 1_000_000,
        "egress_allow": "127.0.0.0/8",
        "hubspot_api_url": "http://127.0.0.1:1",
        "wealthbox_api_url": "http://127.0.0.1:1",
    }
    return {name: wanted[name] for name in wanted if name in service.settings.model_fields}


async def test_every_answer_is_one_that_the_document_names(
    service: Service[Any], api: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    document = (await api.get("/openapi.json")).json()
    paths = document["paths"]
    known = {path: await _known(api, path, paths) for path in paths if "{" in path}

    # The server runs in this loop; schemathesis blocks, so it calls from a thread.
    await asyncio.to_thread(_try_all, document, str(api.base_url), known)

    # Answered with 422, and yet our fault: a value that only Postgres found unfit.
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


async def _known(api: httpx.AsyncClient, path: str, paths: Mapping[str, Any]) -> list[str]:
    """What may stand for the parameter in a path: the ids of the list it belongs to."""
    collection = path.partition("/{")[0]
    if collection.endswith(("provider-budgets", "senders", "spending-caps", "workspaces")):
        return [ACME]
    if "get" not in paths.get(collection, {}):
        # There is no list of them.
        return []
    if collection.endswith("erasure-receipts"):
        entries = (await api.get(collection)).json()["items"]
        return [entry["receipt_id"] for entry in entries]
    listed = (await api.get(collection)).json()["items"]
    return [item["name"] if collection.endswith("schedules") else item["id"] for item in listed]


def _try_all(document: dict[str, Any], base_url: str, known: Mapping[str, list[str]]) -> None:
    schema: Any = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    # What is there is looked at and changed before it goes.
    for operation in sorted(operations, key=lambda each: each.method == "delete"):
        _try_operation(operation, base_url, known)


def _try_operation(operation: Any, base_url: str, known: Mapping[str, list[str]]) -> None:
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @hypothesis.settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=cases, identity=st.sampled_from([None, *known.get(operation.path, [])]))
    def try_it(case: Any, identity: str | None) -> None:
        _aim(case, identity)
        case.call_and_validate(
            base_url=base_url,
            headers={"authorization": f"Bearer {TOKEN}"},
            checks=CHECKS,
            # Its own ten seconds are over while a busy machine stands still.
            timeout=PATIENCE,
        )

    try_it()


def _aim(case: Any, identity: str | None) -> None:
    """Let a part of the cases hit what is there: nobody guesses an id."""
    if identity is not None:
        case.path_parameters = dict.fromkeys(case.path_parameters, identity)
    if isinstance(case.body, dict) and isinstance(case.body.get("workspace_id"), str):
        case.body["workspace_id"] = ACME

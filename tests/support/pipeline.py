"""The whole of Leadstream as processes: Kafka, Postgres, the sandbox, and five services with a role each."""

import asyncio
import base64
import hashlib
import os
import secrets
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
import pytest
import pytest_asyncio
from rich.console import Console

from leadstream.cli.apply import apply_workspace
from leadstream.cli.manifest import load_manifest
from leadstream.cli.services import ServiceClients
from leadstream.http import WebhookSecret
from leadstream.ids import new_id, workspace_id
from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.sandbox import Ledger, Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.services import SERVICES, Services
from support.collector import Collector, collecting
from support.schedules import tick_by_hand_only
from support.waiting import eventually

EXAMPLES = Path(__file__).parents[2] / "schemas" / "examples"
LEADSTREAM = Path(sys.executable).with_name("leadstream")
TENANT = "e2e-tenant"
# So that a test's calls are not held up by limits that other tests are about.
PACE = {
    "RESEND_RATE": "1000",
    "SLACK_INTERVAL": "0",
    "CLAY_RATE_PER_SECOND": "1000",
    "CLAY_BURST": "200",
    "DATASHOPPER_PER_SECOND": "100",
    "UPLOAD_LINGER": "0.1",
    "RETRY_BASE": "0.2",
    "ADMIN_CHANGES_PER_MINUTE": "100000",
    "ADMIN_REFUSED_PER_MINUTE": "100000",
}


_HOOK = {"adapter": "webhook", "credentials": {"secret": "${HOOK_SECRET}"}}
_PLACES = ("finance", "healthcare", "retail", "marketing", "general")
# A workspace with everything a lead may need: someone to tell, and a connection to every platform.
EQUIPPED: dict[str, Any] = {
    "recipients": [{"email": "kit@e2e.example"}],
    "channels": [
        {"type": "slack", "name": "s", "url": "${SANDBOX_URL}/slack/services/T1/B1/slackpath"},
        {
            "type": "webhook",
            "name": "w",
            "url": "${SANDBOX_URL}/hooks/hookpath",
            "secret": "${HOOK_SECRET}",
        },
    ],
    "connections": [
        {
            "platform": "tech-platform",
            "adapter": "hubspot",
            "credentials": {"access_token": "sandbox-hubspot"},
        },
        *(
            {
                "platform": f"{place}-platform",
                "settings": {"url": f"${{SANDBOX_URL}}/hooks/{place}"},
                **_HOOK,
            }
            for place in _PLACES
        ),
    ],
}


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def ok(self) -> "Ran":
        assert self.code == 0, f"exit code {self.code}:\n{self.output}"
        return self


async def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    stdin: bytes = b"",
    within: float = 60,
    cwd: Path | None = None,
) -> Ran:
    """Run a command to its end; kill it and fail if it takes longer."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **env},
        cwd=cwd,
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), within)
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        said = (out + err).decode(errors="replace")
        raise AssertionError(f"{command} has not ended in {within:g} s:\n{said}") from None
    return Ran(process.returncode or 0, out.decode(), err.decode())


class Pipeline:
    """What a test does with it, from outside: the command line, kcat, HTTP, SQL as superuser, the sandbox."""

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        *,
        home: Home,
        kafka: KafkaBroker,
        postgres: PostgresServer,
        sandbox: Sandbox,
        services: Services,
        environment: dict[str, str],
        tokens: dict[str, str],
        collector: Collector,
    ) -> None:
        self.home = home
        self.kafka = kafka
        self.postgres = postgres
        self.sandbox = sandbox
        self.services = services
        self.environment = environment
        self.tokens = tokens
        self.collector = collector

    @property
    def ledger(self) -> Ledger:
        return self.sandbox.ledger

    async def cli(
        self,
        *arguments: str | Path,
        by: str = "admin",
        env: Mapping[str, str] | None = None,
        within: float = 60,
    ) -> Ran:
        """Run `leadstream …` as a person with the token of this name, or this token, would."""
        environment = self.environment | {"LEADSTREAM_TOKEN": self.tokens.get(by, by)}
        # As wide as a screen, so that a table's cells can be looked for whole.
        environment |= {"COLUMNS": "240", "NO_COLOR": "1", **(env or {})}
        return await run(
            [LEADSTREAM, *arguments], env=environment, within=within, cwd=self.home.path
        )

    def client(self, service: str, by: str | None = "admin") -> httpx.AsyncClient:
        """A client of a service's admin API, with a token by its name, or none."""
        headers = {} if by is None else {"authorization": f"Bearer {self.tokens.get(by, by)}"}
        return httpx.AsyncClient(
            base_url=f"{self.services[service][0].url}/api/admin/",
            headers=headers,
            verify=WITHOUT_AUTHORITIES,
            trust_env=False,
            timeout=20,
        )

    async def get(self, service: str, path: str, **params: str) -> Any:
        async with self.client(service) as client:
            answer = await client.get(path, params=params)
        assert answer.is_success, f"GET {service} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def post(self, service: str, path: str, body: object = None) -> Any:
        async with self.client(service) as client:
            answer = await client.post(path, json={} if body is None else body)
        assert answer.is_success, f"POST {service} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    async def delete(self, service: str, path: str, *, may_be_gone: bool = False) -> None:
        async with self.client(service) as client:
            answer = await client.delete(path)
        if may_be_gone and answer.status_code == HTTPStatus.NOT_FOUND:
            return
        assert answer.is_success, f"DELETE {service} {path}: {answer.status_code} {answer.text}"

    def logs(self, service: str = "*") -> list[Path]:
        """What the service's replicas have written so far, and what the replicas before them wrote."""
        return sorted(self.home.logs.glob(f"{service}-*.log"))

    async def metrics(self, service: str) -> str:
        async with self.client(service, None) as client:
            answer = await client.get(f"{self.services[service][0].url}/metrics")
        return answer.raise_for_status().text

    async def sql(self, query: str, *arguments: Any) -> list[Any]:
        """Ask as superuser, who sees all schemas."""
        connection = await asyncpg.connect(self.postgres.url, timeout=10)
        try:
            rows: list[Any] = await connection.fetch(query, *arguments)
            return rows
        finally:
            await connection.close()

    async def kcat(self, *arguments: str, stdin: bytes = b"") -> Ran:
        kcat = shutil.which("kcat")
        if kcat is None:
            pytest.skip("kcat is not installed (Debian: apt-get install kcat)")
        command = [kcat, "-b", self.kafka.bootstrap_servers, *arguments]
        return (await run(command, env={}, stdin=stdin, within=30)).ok()

    async def produce(self, topic: str, value: bytes, *, key: str = "") -> None:
        """Produce one record with kcat as a person would; a value is a file there, so newlines are part of it."""
        file = self.home.path / f"record-{uuid4().hex}"
        file.write_bytes(value)
        await self.kcat("-P", "-t", topic, *(["-k", key] if key else []), str(file))
        file.unlink()

    async def produce_lead(
        self,
        workspace: UUID,
        *,
        topic: str = "lead.discovered",
        variant: str = "full",
        **changes: Any,
    ) -> UUID:
        """Produce an example under a lead id of its own."""
        lead_id = new_id()
        changes = {"lead_id": str(lead_id), "workspace_id": str(workspace), **changes}
        value = example(topic, variant, **changes)
        if "lead" in value:
            value["lead"]["id"] = str(lead_id)
        await self.produce(topic, orjson.dumps(value), key=str(lead_id))
        return lead_id

    async def workspace(self, **parts: Any) -> UUID:
        """Apply a workspace of the test's own and return its id; `leadstream apply`, without its start-up time."""
        slug = f"e2e-{uuid4().hex[:10]}"
        await self.apply_quietly({"slug": slug, **parts})
        return workspace_id(slug)

    async def apply_quietly(self, workspace: Mapping[str, Any]) -> None:
        file = self.manifest(workspace)
        manifest = load_manifest(file, self.environment)

        def apply() -> None:
            variables = self.environment | {"LEADSTREAM_TOKEN": self.tokens["admin"]}
            with ServiceClients(variables) as clients:
                for each in manifest.workspaces:
                    apply_workspace(each, clients, console=Console(quiet=True))

        await asyncio.to_thread(apply)

    def manifest(self, *workspaces: Mapping[str, Any]) -> Path:
        file = self.home.path / f"manifest-{uuid4().hex}.yaml"
        # JSON is YAML.
        file.write_bytes(orjson.dumps({"workspaces": workspaces}))
        return file

    async def lead(self, lead_id: UUID | str) -> dict[str, Any] | None:
        """The lead's whole story as discovery tells it, or None."""
        async with self.client("discovery") as client:
            answer = await client.get(f"leads/{lead_id}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        story: dict[str, Any] = answer.raise_for_status().json()
        return story

    async def lead_when(self, lead_id: UUID | str, **wanted: Any) -> dict[str, Any]:
        """Wait until the lead has these values."""
        seen: dict[str, Any] = {}

        async def holds() -> bool:
            nonlocal seen
            seen = await self.lead(lead_id) or {}
            return bool(seen) and all(seen[name] == value for name, value in wanted.items())

        try:
            await eventually(holds, f"lead {lead_id} is not {wanted}", within=60)
        except AssertionError as exc:
            shown = {name: seen.get(name) for name in [*wanted, "last_error"]}
            raise AssertionError(
                f"{exc}; it is {shown if seen else 'unknown to discovery'}"
            ) from None
        return seen

    async def pauses(self, service: str) -> dict[str, dict[str, Any]]:
        """The pauses in force by scope."""
        listed = await self.get(service, "pauses")
        return {pause["scope"]: pause for pause in listed["items"]}

    async def lift_all(self) -> None:
        for spec in SERVICES:
            for pause in (await self.pauses(spec.name)).values():
                # A circuit may be closed by its own probe meanwhile.
                await self.delete(spec.name, f"pauses/{pause['id']}", may_be_gone=True)


def example(topic: str, name: str, **changes: Any) -> dict[str, Any]:
    """A value from schemas/examples, with other ids and the like."""
    value = orjson.loads((EXAMPLES / topic / "v1" / f"{name}.json").read_bytes())
    return {**value, **changes}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pipeline_process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pipeline]:
    """Started once."""
    async with running(tmp_path_factory.mktemp("pipeline")) as pipeline:
        yield pipeline


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Pipeline]:
    """Set up as in production: `db init` with a role for each service, then migrations."""
    home = Home(folder)
    async with AsyncExitStack() as started:
        # Never the session's own: tests of the intake leave their records in the same topics.
        kafka, postgres = KafkaBroker.temporary(), PostgresServer.temporary()
        await asyncio.gather(
            started.enter_async_context(kafka), started.enter_async_context(postgres)
        )
        sandbox = await started.enter_async_context(Sandbox(home.sandbox / "ledger.jsonl"))
        tokens = {name: secrets.token_hex(16) for name in ("admin", "operator", "viewer", "tenant")}
        collector = started.enter_context(collecting())
        environment = _environment(kafka, postgres, sandbox, tokens) | collector.environment()
        services = Services(env=environment, home=home)
        environment |= services.urls()
        pipeline = Pipeline(
            home=home,
            kafka=kafka,
            postgres=postgres,
            sandbox=sandbox,
            services=services,
            environment=environment,
            tokens=tokens,
            collector=collector,
        )
        (await pipeline.cli("topics", "apply")).ok()
        (await pipeline.cli("db", "init", "--admin-url", postgres.url)).ok()
        await services.migrate()
        await tick_by_hand_only(postgres.url)
        await started.enter_async_context(services)
        yield pipeline


@pytest.fixture
async def pipeline(pipeline_process: Pipeline) -> AsyncIterator[Pipeline]:
    """The running pipeline; a test leaves no misbehaviour and no pause to the next."""
    yield pipeline_process
    await pipeline_process.sandbox.control.clear()
    await pipeline_process.sandbox.close_control()
    await pipeline_process.lift_all()


def _environment(
    kafka: KafkaBroker, postgres: PostgresServer, sandbox: Sandbox, tokens: Mapping[str, str]
) -> dict[str, str]:
    at = urlsplit(postgres.url)
    urls = {}
    for spec in SERVICES:
        login = f"{spec.package}_e2e:{secrets.token_urlsafe(12)}"
        variable = f"{spec.package.upper()}_DATABASE_URL"
        urls[variable] = f"postgresql://{login}@{at.hostname}:{at.port}{at.path}"
    return {
        **sandbox.env(),
        **PACE,
        **urls,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "ADMIN_TOKENS": orjson.dumps(_known(tokens)).decode(),
        "ENCRYPTION_KEYS": f"e2e:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "HOOK_SECRET": WebhookSecret.generate().reveal(),
        "SANDBOX_URL": sandbox.url,
    }


def _known(tokens: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the services know of the tokens; `tenant` is an operator of one workspace."""
    roles = {"tenant": "operator"}
    return [
        {
            "name": name,
            "sha256": hashlib.sha256(token.encode()).hexdigest(),
            "role": roles.get(name, name),
            "workspace": str(workspace_id(TENANT)) if name == "tenant" else None,
        }
        for name, token in tokens.items()
    ]

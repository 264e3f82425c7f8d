"""One run of the nightly job, watched until every lead has reached its end."""

import asyncio
import base64
import os
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import UUID

import orjson
from rich.console import Console

from leadstream.cli.apply import apply_workspace
from leadstream.cli.environment import environment as commands_environment
from leadstream.cli.manifest import load_manifest
from leadstream.cli.services import ServiceClients
from leadstream.contracts import registry
from leadstream.http import WebhookSecret
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.postgres import connect
from leadstream_dev.demo.figures import Reader
from leadstream_dev.demo.judgement import judge
from leadstream_dev.demo.screen import Bars, print_result
from leadstream_dev.errors import StackError
from leadstream_dev.foreground import Foreground
from leadstream_dev.home import Home
from leadstream_dev.ports import choose_port
from leadstream_dev.sandbox import Ledger
from leadstream_dev.sandbox.control import Control
from leadstream_dev.sandbox.providers.resend.events import Kind
from leadstream_dev.services import CONSOLE, SERVICES, Services, ServiceSpec
from leadstream_dev.stack import Stack

MANIFEST = Path(__file__).with_name("workspaces.yaml")
SCHEDULE = "daily-lead-generation"
# The sandbox sets no limits, so the demo does not wait for the ones that real providers have.
PACE = {
    "RESEND_RATE": "1000",
    "SLACK_INTERVAL": "0",
    "CLAY_RATE_PER_SECOND": "1000",
    "CLAY_BURST": "200",
    "DATASHOPPER_PER_SECOND": "100",
    # A thousand a minute are what the sandbox's plan has.
    "PEOPLE_DATA_LABS_PER_SECOND": "15",
}
# What a credit costs with a plan that is not large.
PRICES = {"PROVIDER_PRICES": '{"people_data_labs": {"enrich": 0.28}, "clay": {"enrich": 0.05}}'}
LOOK_SECONDS = 0.25
# What becomes of e-mails to some of the manifest's recipients; all others get theirs.
FATES: Mapping[str, Sequence[Kind]] = {
    "pat@acme.example": ("email.sent", "email.bounced"),
    "lars@borealis.example": ("email.sent", "email.delivery_delayed"),
    "dora@careful.example": ("email.sent", "email.delivered", "email.complained"),
}


class Night:
    def __init__(
        self, console: Console, *, once: bool, within: float, home: Home | None = None
    ) -> None:
        self._console = console
        self._once = once
        self._within = within
        self._home = home or Home.default()
        # Whether every lead reached its end and the ledger agrees; None until that is known.
        self.agreed: bool | None = None

    async def run(self) -> None:
        """Run it; unless it is to run `once`, go on until cancelled."""
        async with AsyncExitStack() as running:
            with self._console.status("Starting Kafka, Postgres and the provider sandbox …"):
                stack = await running.enter_async_context(
                    Foreground(Stack(home=self._home), sandbox=True)
                )
            self._done("Kafka, Postgres and the provider sandbox are running")
            environment = stack.environment() | self._secrets() | PACE | PRICES
            environment |= _same_database(environment["DATABASE_URL"])
            screen = placed(CONSOLE, self._console)
            environment["CONSOLE_PUBLIC_URL"] = f"http://127.0.0.1:{screen.port}"
            specs = _delivery_placed(SERVICES)
            environment["DELIVERY_PUBLIC_URL"] = _url_of("delivery", specs)
            services = await self._start_services(running, environment, specs, screen)
            # The services may have tokens: of the variables around, the commands' own is sent to them.
            around = {**commands_environment(), **environment, **services.urls()}
            clients = running.enter_context(ServiceClients(around))
            await self._configure(environment, clients)
            reader = await running.enter_async_context(_reader(environment["DATABASE_URL"]))
            self.agreed = await self._watch(reader, clients)
            self._point_around(environment, services)
            if not self._once:
                await stack.watch()
            self._console.print("\nStopping …")

    async def _start_services(
        self,
        running: AsyncExitStack,
        environment: Mapping[str, str],
        specs: Sequence[ServiceSpec],
        screen: ServiceSpec,
    ) -> Services:
        kafka = KafkaConfig(bootstrap_servers=environment["KAFKA_BOOTSTRAP_SERVERS"])
        # There is one of each: with a name that it keeps, one that was killed has its partitions back at once.
        named = {"KAFKA_INSTANCE_ID": "demo", **environment}
        services = Services(env=named, specs=specs, usual_ports=True, home=self._home)
        with self._console.status("Creating topics and migrating …"):
            await topics.apply(kafka, registry.load())
            await services.migrate()
        self._done("topics are created, the five schemas are migrated")
        console = Services(
            env={**environment, **services.urls()},
            specs=[screen],
            usual_ports=True,
            home=self._home,
        )
        with self._console.status("Starting the five services and the console …"):
            await running.enter_async_context(services)
            await running.enter_async_context(console)
        self._done("the five services are ready")
        for each in (services, console):
            running.callback(asyncio.create_task(each.keep_running()).cancel)
        self._show_console(environment["CONSOLE_PUBLIC_URL"])
        return services

    def _show_console(self, url: str) -> None:
        """Before the night begins: that is when there is something to watch."""
        self._console.print(f"\n[bold]The console: {url}[/]", soft_wrap=True)
        if os.environ.get("ADMIN_TOKENS"):
            self._console.print("Log in with one of the tokens of ADMIN_TOKENS.")
        self._console.print()

    async def _configure(self, environment: Mapping[str, str], clients: ServiceClients) -> None:
        """As a person would: `leadstream apply`, against the services' own APIs."""
        quiet = Console(quiet=True)
        sandbox = environment["HUBSPOT_API_URL"].removesuffix("/hubspot")
        async with Control(sandbox) as control:
            # What Marketo's administrator has to make before leads can be known by it.
            await control.options("marketo", dedupe_fields=["leadstreamLeadId"])
            # No provider knows everybody.
            await control.options("people_data_labs", knows=0.6)
            webhook = {
                "url": f"{environment['DELIVERY_PUBLIC_URL']}/webhooks/resend",
                "secrets": [environment["RESEND_WEBHOOK_SECRET"]],
                "events": [kind for kind in get_args(Kind) if kind != "email.sent"],
            }
            await control.options("resend", webhooks=[webhook], telling={"events": FATES})
        manifest = load_manifest(MANIFEST, {**environment, "SANDBOX_URL": sandbox})
        with self._console.status("Applying the demo's workspaces …"):
            for workspace in manifest.workspaces:
                await asyncio.to_thread(apply_workspace, workspace, clients, console=quiet)
        names = ", ".join(workspace.slug for workspace in manifest.workspaces)
        self._done(f"{len(manifest.workspaces)} workspaces are applied: {names}")

    async def _watch(self, reader: Reader, clients: ServiceClients) -> bool:
        path = f"schedules/{SCHEDULE}/trigger"
        answer = await asyncio.to_thread(clients["scheduler"].post, path)
        self._console.print(f"\nRunning {SCHEDULE} …")
        tick, started, began = UUID(answer["tick_id"]), time.monotonic(), datetime.now(UTC)
        bars = Bars(self._console)
        with bars.progress:
            await self._until_all_arrived(reader, tick, bars, began=began)
        seconds = time.monotonic() - started
        run, figures = await reader.runs(tick), await reader.figures()
        checks = judge(figures, Ledger(self._home.sandbox / "ledger.jsonl"))
        print_result(self._console, run, figures, checks)
        self._console.print(f"\nEvery lead reached its end, {seconds:.1f} s after the tick.")
        return all(check.agrees for check in checks) and run.failed == 0

    def _done(self, what: str) -> None:
        self._console.print(f"[green]✓[/] {what}", soft_wrap=True)

    async def _until_all_arrived(
        self, reader: Reader, tick: UUID, bars: Bars, *, began: datetime
    ) -> None:
        queries = await reader.active_queries()
        deadline = time.monotonic() + self._within
        quiet = 0
        # Twice in a row, because an event is in no table while it is on its way through Kafka.
        while quiet < 2:
            run, stages = await reader.runs(tick), await reader.stages()
            bars.show(run, queries, stages)
            ended = run.succeeded + run.failed >= queries
            waiting = stages.on_their_way or await reader.unfinished()
            idle = ended and not waiting and not await reader.unheard(began)
            quiet = quiet + 1 if idle else 0
            if time.monotonic() > deadline:
                raise StackError(
                    f"after {self._within:.0f} s {stages.on_their_way} leads are still on their way:"
                    f" see `leadstream doctor` and {self._home.logs}"
                )
            await asyncio.sleep(LOOK_SECONDS)

    def _point_around(self, environment: Mapping[str, str], services: Services) -> None:
        places = {"console": environment["CONSOLE_PUBLIC_URL"]}
        places |= {replica.spec.name: f"{replica.url}/docs" for replica in services}
        places |= {
            "metrics": "the same with /metrics",
            "providers saw": str(self._home.sandbox / "ledger.jsonl"),
            "logs": str(self._home.logs),
            "Postgres": environment["DATABASE_URL"],
            "Kafka": environment["KAFKA_BOOTSTRAP_SERVERS"],
        }
        self._console.print("\nWhere to look", style="bold")
        for name, place in places.items():
            # Not wrapped, whatever the width: these lines are there to be copied.
            self._console.print(f"  {name:<16} {place}", markup=False, soft_wrap=True)
        if not self._once:
            self._console.print("\nRunning on. Ctrl-C stops everything.")

    def _secrets(self) -> dict[str, str]:
        """Made once and kept, because what was encrypted with them is kept, too."""
        file = self._home.path / "demo-secrets.json"
        self._home.path.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        made = {
            "ENCRYPTION_KEYS": f"demo:{key}",
            "DEMO_WEBHOOK_SECRET": WebhookSecret.generate().reveal(),
            "RESEND_WEBHOOK_SECRET": WebhookSecret.generate().reveal(),
        }
        kept: dict[str, str] = made | orjson.loads(file.read_bytes() or b"{}")
        file.write_bytes(orjson.dumps(kept))
        return kept


def placed(screen: ServiceSpec, console: Console) -> ServiceSpec:
    """The console at a port that is free: known before it starts, because e-mails link there."""
    port = choose_port(screen.port)
    if port != screen.port:
        taken = f"Port {screen.port} is taken: the console is at {port} this time."
        console.print(taken, style="yellow")
    return replace(screen, port=port)


def _delivery_placed(specs: Sequence[ServiceSpec]) -> list[ServiceSpec]:
    """Delivery at a port that is free: known before it starts, because e-mails link there to unsubscribe."""
    return [
        replace(spec, port=choose_port(spec.port)) if spec.name == "delivery" else spec
        for spec in specs
    ]


def _url_of(name: str, specs: Sequence[ServiceSpec]) -> str:
    return next(f"http://127.0.0.1:{spec.port}" for spec in specs if spec.name == name)


def _same_database(url: str) -> dict[str, str]:
    """One database for all, even where the environment names some for a deployment: the figures are read from one."""
    return {f"{spec.package.upper()}_DATABASE_URL": url for spec in SERVICES}


@asynccontextmanager
async def _reader(database_url: str) -> AsyncIterator[Reader]:
    connection = await connect(database_url)
    try:
        yield Reader(connection)
    finally:
        await connection.close()

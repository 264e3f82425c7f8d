"""What a scenario breaks: a Kafka, a Postgres, a provider sandbox and five services, all of its own."""

import base64
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any, Self

import asyncpg

from chaos.fleet import Fleet
from leadstream.contracts import registry
from leadstream.http import WebhookSecret
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.sandbox import Ledger, Sandbox
from leadstream_dev.services import Services
from support.pipeline import run
from support.schedules import tick_by_hand_only

# What is waited for elsewhere for the sake of providers and people is short here: a scenario waits for nothing else.
HASTE = {
    # Not shorter: where two stacks share two cores, one that lives may not be heard of for many seconds.
    "JOB_LEASE": "15",
    "KAFKA_SESSION_TIMEOUT": "6",
    "RETRY_BASE": "0.2",
    "UPLOAD_LINGER": "0.3",
    "WEBHOOK_TIMEOUT": "3",
    "MAX_ATTEMPTS": "6",
    "ADMIN_CHANGES_PER_MINUTE": "100000",
    "DATASHOPPER_PER_SECOND": "100",
    "APP_URL": "https://app.leadstream.example",
}
# Slow enough that leads are still on their way when something breaks.
PACE = {
    "CLAY_RATE_PER_SECOND": "80",
    "CLAY_BURST": "40",
    "RESEND_RATE": "60",
    # Thousands of leads go to one Slack URL, which at Slack's pace would take hours.
    "SLACK_INTERVAL": "0",
}
# A hundred leads a second, each of two calls of Clay and up to two e-mails: the pace that the providers must allow.
AT_SPEED = {
    **HASTE,
    **PACE,
    "CLAY_RATE_PER_SECOND": "200",
    "CLAY_BURST": "100",
    "RESEND_RATE": "200",
}
# As it is delivered, but for what would only make a scenario long: attempts, leases and patience are everybody's.
AS_DELIVERED = {
    **PACE,
    "ADMIN_CHANGES_PER_MINUTE": "100000",
    "APP_URL": HASTE["APP_URL"],
}
# Brokers, databases and providers have processors of their own. Here they come first: what the services are too many
# for must not make a provider slow.
NICENESS = 10
PROVIDERS = ("datashopper", "clay", "resend", "slack", "hubspot", "salesforce", "hooks")
COMMAND_SECONDS = 120.0
QUERY_SECONDS = 30.0
# Providers take their time, so that what is killed has calls under way.
LATENCY = {"seconds": 0.15, "jitter": 0.075}


class World:
    """Its servers and services run on from one scenario to the next, as they would in production."""

    fleet: Fleet

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._settings = {**HASTE, **PACE} if settings is None else settings
        self.folder = Path(tempfile.mkdtemp(prefix="leadstream-chaos-"))
        self.secret = WebhookSecret.generate().reveal()
        self.kafka = KafkaBroker.temporary()
        self.postgres = PostgresServer(
            data_dir=Path(tempfile.mkdtemp(prefix="leadstream-chaos-postgres-")), scratch=True
        )
        self.sandbox = Sandbox(self.folder / "ledger.jsonl")
        self._key = secrets.token_bytes(32)
        self._crowds = count(1)
        self._running = AsyncExitStack()

    @property
    def ledger(self) -> Ledger:
        return self.sandbox.ledger

    def slug(self, scenario: str) -> str:
        """A workspace's name that no other scenario has."""
        return f"{scenario}{next(self._crowds)}"

    @property
    def kafka_config(self) -> KafkaConfig:
        return KafkaConfig(bootstrap_servers=self.kafka.bootstrap_servers)

    def environment(self) -> dict[str, str]:
        key = base64.b64encode(self._key).decode()
        return {
            **self.sandbox.env(),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "DATABASE_URL": self.postgres.url,
            "ENCRYPTION_KEYS": f"chaos:{key}",
            **self._settings,
        }

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    async def leadstream(self, *arguments: str) -> str:
        """Run the command line tool as an operator would; return what it says."""
        command = [str(Path(sys.executable).with_name("leadstream")), *arguments]
        environment = {**self.environment(), **self.fleet.services.urls()}
        return (await run(command, env=environment, within=COMMAND_SECONDS)).ok().output

    async def rows(self, query: str, *arguments: object) -> list[Any]:
        connection = await asyncpg.connect(self.postgres.url, timeout=10)
        try:
            found: list[Any] = await connection.fetch(query, *arguments, timeout=QUERY_SECONDS)
            return found
        finally:
            await connection.close(timeout=QUERY_SECONDS)

    async def value(self, query: str, *arguments: object) -> Any:
        return (await self.rows(query, *arguments))[0][0]

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as starting:
            starting.callback(shutil.rmtree, self.folder, ignore_errors=True)
            for server in (self.kafka, self.postgres, self.sandbox):
                await starting.enter_async_context(server)
            await topics.apply(self.kafka_config, registry.load())
            services = Services(env=self.environment(), home=self.home, niceness=NICENESS)
            await services.migrate()
            await tick_by_hand_only(self.postgres.url)
            self.fleet = Fleet(services)
            for provider in PROVIDERS:
                await self.sandbox.control.behave(provider, latency=LATENCY)
            await starting.enter_async_context(self.fleet)
            self._running = starting.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()

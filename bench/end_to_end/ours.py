"""The five services as they are shipped, set up by `leadstream apply`."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from rich.console import Console

from bench.end_to_end.chain import ALERTS, PLATFORM, Chain
from bench.end_to_end.load import SOURCE
from bench.servers import Servers
from leadstream.cli.apply import apply_workspace
from leadstream.cli.services import ServiceClients
from leadstream.contracts import registry
from leadstream.http import WebhookSecret
from leadstream.ids import workspace_id
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.manifest.model import Manifest
from leadstream_dev.home import Home
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.services import SERVICES, Services

SLUG = "bench"
# The sandbox has no limits, so nobody keeps to those that real providers have; and one connection gets all there is.
PACE = {
    "CLAY_RATE_PER_SECOND": "2000",
    "CLAY_BURST": "2000",
    "RESEND_RATE": "1000",
    "UPLOAD_CONNECTION_CONCURRENCY": "50",
}


@asynccontextmanager
async def leadstream(servers: Servers, sandbox: Sandbox) -> AsyncIterator[Chain]:
    environment = {
        **sandbox.env(),
        **PACE,
        **{f"{spec.package.upper()}_DATABASE_URL": servers.postgres.url for spec in SERVICES},
        "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap,
        "DATABASE_URL": servers.postgres.url,
        "ENCRYPTION_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
    }
    await topics.apply(KafkaConfig(bootstrap_servers=servers.bootstrap), registry.load())
    services = Services(env=environment, home=Home(servers.folder / "home"))
    await services.migrate()
    async with services:
        await asyncio.to_thread(_configure, environment | services.urls(), sandbox)
        yield Chain(SOURCE, workspace_id(SLUG), [replica.pid for replica in services])


def _configure(environment: Mapping[str, str], sandbox: Sandbox) -> None:
    with ServiceClients(environment) as clients:
        for workspace in _manifest(sandbox).workspaces:
            apply_workspace(workspace, clients, console=Console(quiet=True))


def _manifest(sandbox: Sandbox) -> Manifest:
    secret = WebhookSecret.generate().reveal()
    alerts = {
        "type": "webhook",
        "name": "alerts",
        "url": sandbox.hook_url(ALERTS),
        "secret": secret,
        "min_score": "cold",
    }
    platform = {
        "platform": "tech-platform",
        "adapter": "webhook",
        "settings": {"url": sandbox.hook_url(PLATFORM)},
        "credentials": {"secret": secret},
    }
    workspace = {"slug": SLUG, "name": "Bench", "channels": [alerts], "connections": [platform]}
    return Manifest.model_validate({"workspaces": [workspace]})

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from delivery.bootstrap import SERVICE
from delivery.settings import Settings
from integration.delivery.machine import Machine, running
from integration.delivery.town import Town, living
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.keys import generate_key
from support.service import connected, migrated

KEY = generate_key("k1")
MakeSettings = Callable[..., Settings]


database_template = migrated(SERVICE)
database = connected(SERVICE, max_size=10)


@pytest.fixture
def make_settings(database_url: str, sandbox: Sandbox) -> MakeSettings:
    """Settings against the sandbox, with quick retries; keyword arguments override them."""

    def make(**overrides: Any) -> Settings:
        values: dict[str, Any] = {
            "database_url": database_url,
            "kafka_bootstrap_servers": "127.0.0.1:1",
            "encryption_keys": KEY,
            "resend_api_key": "sandbox-key",
            "resend_api_url": f"{sandbox.url}/resend",
            "resend_from": "Leadstream <alerts@leadstream.example>",
            "resend_rate": 1000,
            "slack_interval": 0,
            "app_url": "https://app.leadstream.example",
            "delivery_public_url": "https://alerts.leadstream.example",
            "egress_allow": "127.0.0.0/8",
            "trusted_hosts": "127.0.0.1",
            # Not shorter where no test wants it to: a busy machine takes its time, too.
            "webhook_timeout": 30,
            "retry_base": 0.05,
            "drain_timeout": 5,
        }
        return Settings(_env_file=None, **(values | overrides))

    return make


@pytest.fixture
async def machine(database: Database, make_settings: MakeSettings) -> AsyncIterator[Machine]:
    async with running(SERVICE, make_settings(), database) as machine:
        yield machine


@pytest.fixture
async def town(
    database: Database,
    make_settings: MakeSettings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Town]:
    async with living(make_settings(), database, sandbox, monkeypatch) as town:
        yield town

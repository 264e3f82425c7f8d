"""Case 44, as far as it is enrichment's: Postgres restarts in the middle, and nothing is paid for twice."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from enrichment.bootstrap import SERVICE
from integration.enrichment.leads import a_contact, a_lead, discover
from integration.enrichment.replicas import Replica, settings_for, working
from leadstream.postgres import migrate
from leadstream_dev.postgres import PostgresServer
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually


@pytest.mark.parametrize("slow", ["enrich", "verify"])
async def test_b44_a_restart_of_postgres_during_a_call_pays_for_nothing_twice(
    own_postgres: PostgresServer, sandbox: Sandbox, slow: str
) -> None:
    await migrate(own_postgres.url, schema=SERVICE.package, packages=SERVICE.packages)
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann"), a_contact("Bob")])
    await sandbox.control.verdict("ann@acme.com", "invalid")
    await sandbox.control.verdict("bob@acme.com", "valid")
    await sandbox.control.behave("clay", slow, latency={"seconds": 1.5})
    async with working(settings_for(own_postgres.url, sandbox)) as replica:
        await discover(replica, a_lead())
        await eventually(lambda: _is_calling(replica, slow), "nobody called")

        await own_postgres.kill()
        await asyncio.sleep(2)
        await own_postgres.start()
        await replica.finish()

        (event,) = await replica.events("lead.enriched")
        attempts = await replica.attempts()
    assert [c["email_status"] for c in event["enrichment"]["contacts"]] == ["invalid", "valid"]
    assert event["enrichment"]["credits_used"] == 1
    assert attempts == ["succeeded"]
    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 1})
    assert len(sandbox.ledger.entries(provider="clay", operation="verify")) == 2


async def test_b44_an_outage_longer_than_an_attempt_may_last_pays_for_nothing_twice(
    own_postgres: PostgresServer, sandbox: Sandbox
) -> None:
    await migrate(own_postgres.url, schema=SERVICE.package, packages=SERVICE.packages)
    await sandbox.control.company("acme.com", contacts=[a_contact("Ann")])
    await sandbox.control.behave("clay", "enrich", latency={"seconds": 1})
    settings = settings_for(own_postgres.url, sandbox, job_lease=timedelta(seconds=7))
    async with working(settings) as replica:
        await discover(replica, a_lead())
        await eventually(lambda: _is_calling(replica, "enrich"), "nobody called")

        await own_postgres.kill()
        # An attempt may last 5.6 s of a lease of 7 s, and needs up to 3.3 s.
        await asyncio.sleep(8)
        await own_postgres.start()
        await replica.finish()

        attempts = await replica.attempts()
    assert attempts == ["succeeded"]
    assert sandbox.ledger.clay_calls() == Counter({"acme.com": 1})


async def _is_calling(replica: Replica, operation: str) -> bool:
    open_calls = f"provider_calls WHERE operation = '{operation}' AND outcome IS NULL"
    return bool(await replica.rows(open_calls))

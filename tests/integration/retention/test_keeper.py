"""What is old goes, a little at a time; what is young, or kept for ever, stays."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from integration.retention.conftest import Serving
from integration.retention.rows import counts
from leadstream.observability.metrics import ROWS_DELETED_TOTAL
from leadstream.postgres import Database
from leadstream.retention import Keeper, Rule, shared_rules
from leadstream.settings import ServiceSettings

DAY = timedelta(days=1)


class Settings(ServiceSettings, service="delivery"):
    pass


def settings(**given: Any) -> Settings:
    url = {"database_url": "postgresql://x/y", "kafka_bootstrap_servers": "k:1"}
    return Settings(_env_file=None, **(url | given))


def by_table(rules: Sequence[Rule]) -> dict[str, Rule]:
    return {rule.table: rule for rule in rules}


# What makes a row of so many days, by table.
MAKERS = {
    "jobs": "INSERT INTO jobs (id, kind, state, priority, lane, payload, finished_at)"
    " VALUES (gen_random_uuid(), 'k', 'succeeded', 0, 'l', '{}', now() - $1::interval)",
    "audit_log": "INSERT INTO audit_log (id, at, actor, action, target)"
    " VALUES (gen_random_uuid(), now() - $1::interval, 'a', 'b', 'c')",
    "erasures": "INSERT INTO erasures (id, dry_run, known, finished_at)"
    " VALUES (gen_random_uuid(), false, false, now() - $1::interval)",
    "dead_letters": "INSERT INTO dead_letters (topic, partition, record_offset, record_time, reason, error, created_at)"
    " VALUES ('t', 0, (SELECT count(*) FROM dead_letters), 0, 'r', 'e', now() - $1::interval)",
    "outbox_refused": "INSERT INTO outbox_refused (seq, id, aggregatetype, aggregateid, type, topic, created_at, error,"
    " refused_at) VALUES ((SELECT count(*) FROM outbox_refused), gen_random_uuid(), 'a', 'a', 't', 't', now(), 'e',"
    " now() - $1::interval)",
    "lead_bindings": "INSERT INTO lead_bindings (lead_id, workspace_id, gone_at)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), now() - $1::interval)",
    "outbox": "INSERT INTO outbox (id, aggregatetype, aggregateid, type, topic, created_at)"
    " VALUES (gen_random_uuid(), 'a', 'a', 't', 't', now() - $1::interval)",
    "erasure_searches": "INSERT INTO erasure_searches (id, finished_at)"
    " VALUES (gen_random_uuid(), now() - $1::interval)",
}


async def make(database: Database, table: str, *days: float) -> None:
    for each in days:
        await database.pool.execute(MAKERS[table], each * DAY)


@pytest.mark.parametrize("table", MAKERS)
async def test_what_every_service_has_goes_when_it_is_old(schema_of: Serving, table: str) -> None:
    rule = by_table(shared_rules(settings(relay="dead-letters")))[table]
    async with schema_of("delivery") as database:
        kept = rule.keep / DAY
        await make(database, table, 0, kept - 0.1, kept + 0.1, kept + 3000)

        more = await Keeper(database, [rule]).look()

        assert (more, await counts(database, [table])) == (False, [2])


def test_the_retentions_are_those_of_the_design() -> None:
    rules = by_table(shared_rules(settings()))

    assert {table: rule.keep.days for table, rule in rules.items()} == {
        "jobs": 30,
        "audit_log": 400,
        "erasures": 400,
        "erasure_searches": 400,
        "dead_letters": 30,
        "outbox_refused": 30,
        "lead_bindings": 60,
        "removals": 60,
    }


async def test_zero_keeps_for_ever(schema_of: Serving) -> None:
    off = settings(job_retention=0, audit_retention=0, dead_letter_retention=0)
    async with schema_of("delivery") as database:
        for table in MAKERS:
            await make(database, table, 3000)

        await Keeper(database, shared_rules(off)).look()

        assert await counts(database, list(MAKERS)) == [1] * len(MAKERS)


async def test_bindings_of_leads_that_are_there_stay(schema_of: Serving) -> None:
    async with schema_of("delivery") as database:
        await database.pool.execute(
            "INSERT INTO lead_bindings (lead_id, workspace_id) VALUES ($1, $1)", UUID(int=1)
        )

        await Keeper(database, shared_rules(settings())).look()

        assert await counts(database, ["lead_bindings"]) == [1]


async def test_a_look_is_bounded_and_says_that_there_is_more(schema_of: Serving) -> None:
    rule = by_table(shared_rules(settings()))["audit_log"]
    small = Rule(table="audit_log", keep=rule.keep, statement=rule.statement, batch=2)
    async with schema_of("delivery") as database:
        await make(database, "audit_log", *[500] * 25)
        keeper = Keeper(database, [small])
        counted = ROWS_DELETED_TOTAL.labels("audit_log")._value.get()

        first = await keeper.look()
        left = await counts(database, ["audit_log"])
        second = await keeper.look()

        assert (first, left) == (True, [5])
        assert (second, await counts(database, ["audit_log"])) == (False, [0])
        assert ROWS_DELETED_TOTAL.labels("audit_log")._value.get() - counted == 25


async def test_a_rule_that_fails_holds_up_no_other(
    schema_of: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    good = by_table(shared_rules(settings()))["audit_log"]
    bad = Rule(table="jobs", keep=DAY, statement="SELECT 1 / ($2 - 200)::integer, $1::interval")
    async with schema_of("delivery") as database:
        await make(database, "audit_log", 500)

        await Keeper(database, [bad, good]).look()

        assert await counts(database, ["audit_log"]) == [0]
    assert "retention.failed" in caplog.text


async def test_replicas_share_the_work_and_wait_for_nobody(schema_of: Serving) -> None:
    rule = by_table(shared_rules(settings()))["jobs"]
    async with schema_of("delivery") as database:
        await make(database, "jobs", 40, 40)
        async with database.transaction() as tx:
            await tx.execute("SELECT 1 FROM jobs LIMIT 1 FOR UPDATE")

            async with asyncio.timeout(20):
                await Keeper(database, [rule]).look()

            assert await tx.fetchval("SELECT count(*) FROM jobs") == 1

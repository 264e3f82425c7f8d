"""A plan of a hot statement is kept, whatever becomes of the table: it must be right at any size."""

import re

import pytest

from leadstream.jobs.ledger import SQL as JOBS
from leadstream.kafka.deadletter import SQL as INTAKE
from leadstream.outbox.store import SQL as OUTBOX
from leadstream.postgres import Database
from leadstream.ratelimit.limiter import SQL as TOKENS
from support.ledger import migrated

HOT_STATEMENTS = {
    "bind_leads": INTAKE.bind_leads,
    "get_bindings": INTAKE.get_bindings,
    "insert_jobs": JOBS.insert_jobs,
    "ready_lanes": JOBS.ready_lanes,
    "claim_jobs": JOBS.claim_jobs,
    "claim_probes": JOBS.claim_probes,
    "renew_leases": JOBS.renew_leases,
    "settle_jobs": JOBS.settle_jobs,
    "free_events": OUTBOX.free_events,
    "free_dead_letters": OUTBOX.free_dead_letters,
    "lane_events": OUTBOX.lane_events,
    "hold_events": OUTBOX.hold_events,
    "delete_events": OUTBOX.delete_events,
    "take_tokens": TOKENS.take_tokens,
    "return_tokens": TOKENS.return_tokens,
}
# Of what is emptied again and again: as a rule the last vacuum has found nothing in it, whatever has piled up since.
EMPTIED = ["free_events", "free_dead_letters", "lane_events", "hold_events", "delete_events"]
# What is in force now: a handful of rows.
SMALL = {"pauses"}
# The first events, or dead letters, that no lane holds, in the order of these indexes.
IN_ORDER = {"outbox_free", "outbox_dead_letters"}

SCAN = re.compile(r"(?:Seq Scan|Scan(?: Backward)? using (?P<index>\S+)) on (?P<table>\S+)")


async def plan_of(database: Database, statement: str) -> list[str]:
    """The plan for any parameters, as it is made on the empty tables."""
    async with database.hot.acquire() as session:
        prepared = await session.prepare(statement)
        await session.execute(f"PREPARE looked_at AS {statement}")
        nulls = ", ".join(["NULL"] * len(prepared.get_parameters()))
        rows = await session.fetch(f"EXPLAIN (COSTS off) EXECUTE looked_at ({nulls})")
        await session.execute("DEALLOCATE looked_at")
    return [row[0] for row in rows]


def read_whole(plan: list[str]) -> list[str]:
    """The scans of a plan that no key bounds."""
    return [
        line.strip()
        for line, condition in zip(plan, [*plan[1:], ""], strict=True)
        if (found := SCAN.search(line)) and "Index Cond:" not in condition
        if found["table"] not in SMALL and found["index"] not in IN_ORDER
    ]


@pytest.mark.parametrize("name", HOT_STATEMENTS)
async def test_planned_on_empty_tables_it_reads_nothing_but_what_its_keys_name(
    database_url: str, name: str
) -> None:
    async with migrated(database_url) as database:
        plan = await plan_of(database, HOT_STATEMENTS[name])

    assert read_whole(plan) == [], "\n".join(plan)


@pytest.mark.parametrize("name", EMPTIED)
async def test_planned_on_tables_that_are_known_to_be_empty_it_reads_no_more(
    database_url: str, name: str
) -> None:
    async with migrated(database_url) as database:
        await database.pool.execute("VACUUM ANALYZE")
        plan = await plan_of(database, HOT_STATEMENTS[name])

    assert read_whole(plan) == [], "\n".join(plan)

"""Old rows are found by an index: a table may be made anew, and its index with it be forgotten."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

import delivery.adapters.retention as delivery
import discovery.adapters.retention as discovery
import enrichment.adapters.retention as enrichment
import platform_upload.adapters.retention as platform_upload
import scheduler.adapters.retention as scheduler
from integration.retention.conftest import Serving
from integration.retention.test_keeper import settings
from leadstream.retention import Rule, shared_rules

DAY = timedelta(days=1)
RULES: dict[str, Sequence[Rule]] = {
    "discovery": discovery.retention_rules(leads=DAY, billing=DAY, jobs=DAY),
    "enrichment": enrichment.retention_rules(leads=DAY, cache=DAY, audit=DAY),
    "delivery": delivery.retention_rules(leads=DAY, jobs=DAY),
    "platform_upload": platform_upload.retention_rules(leads=DAY, billing=DAY, jobs=DAY),
    "scheduler": [*scheduler.retention_rules(audit=DAY), *shared_rules(settings())],
}


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    """Tables that are read from one end to the other, or sorted whole."""
    # The rows of a page, which a statement has named before, are few.
    if plan["Node Type"] == "Seq Scan" or (plan["Node Type"] == "Sort" and not is_of_page(plan)):
        yield plan.get("Relation Name", plan["Node Type"])
    for child in plan.get("Plans", []):
        yield from scanned(child)


def is_of_page(plan: dict[str, Any]) -> bool:
    return plan["Node Type"] == "CTE Scan" or any(map(is_of_page, plan.get("Plans", [])))


@pytest.mark.parametrize("package", RULES)
async def test_no_rule_reads_a_whole_table(schema_of: Serving, package: str) -> None:
    found = {}
    async with schema_of(package) as database, database.transaction() as tx:
        # Tables are empty here, and reading or sorting them whole would be cheap.
        for switch in ("seqscan", "bitmapscan", "sort"):
            await tx.execute(f"SET LOCAL enable_{switch} = off")
        for rule in RULES[package]:
            place = (None, None) if rule.walks else ()
            explained = f"EXPLAIN (FORMAT JSON) {rule.statement}"
            rows = await tx.fetchval(explained, rule.keep or DAY, rule.batch, *place)
            found[rule.table] = set(scanned(rows[0]["Plan"]))

    assert {table: tables for table, tables in found.items() if tables} == {}

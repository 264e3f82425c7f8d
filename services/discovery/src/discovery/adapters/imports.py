"""Imports in Postgres: a file's rows come in batches, and become leads once all are here."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from discovery.adapters.arrivals import SQL as ARRIVALS
from discovery.adapters.arrivals import Item, add_arrivals
from discovery.adapters.items import read_item
from discovery.application.bring_in import IMPORT, bring_in_job
from discovery.domain.company import DomainOf
from discovery.domain.finding import Finding
from discovery.domain.harvest import Rejection
from leadstream.clock import Clock
from leadstream.ids import derived_id
from leadstream.jobs.ledger import add_jobs
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "imports.sql")

# Of one run: it is written down in one transaction, in which others of its query wait.
RUN_OF = 500


class UnlikeBatchError(Exception):
    """A batch of this number was sent before, with other rows."""


class UnstorableError(Exception):
    """A row holds a number of more digits than JSON is written with here."""


class IncompleteError(Exception):
    """Some rows are missing."""

    def __init__(self, received: int, wanted: int) -> None:
        super().__init__(f"{received} of {wanted} rows are there")


def read_rows(
    rows: Sequence[Item], domain_of: DomainOf
) -> tuple[list[Finding], list[tuple[int, Rejection]]]:
    """What the rows say, and which can't be taken, by index. Raises UnstorableError."""
    try:
        orjson.dumps(rows)
    except TypeError:
        raise UnstorableError from None
    read = [read_item(row, domain_of) for row in rows]
    findings = [each for each in read if isinstance(each, Finding)]
    faults = [(index, each) for index, each in enumerate(read) if isinstance(each, Rejection)]
    return findings, faults


async def add_batch(
    tx: Tx, begun: Mapping[str, Any], number: int, rows: Sequence[Item], findings: Sequence[Finding]
) -> None:
    """Keep a batch, once. Raises UnlikeBatchError."""
    import_id = begun["id"]
    digest = hashlib.sha256(orjson.dumps(rows, option=orjson.OPT_SORT_KEYS)).digest()
    keys = [each.key for each in findings]
    names = [each.company.name_key for each in findings]
    added = await tx.fetchval(SQL.insert_batch, import_id, number, digest, len(rows), keys, names)
    if added is None:
        if await tx.fetchval(SQL.digest_of_batch, import_id, number) != digest:
            raise UnlikeBatchError
        return
    if not begun["is_rehearsal"]:
        parts = range(0, len(rows), RUN_OF)
        arrivals = {
            derived_id(IMPORT, import_id, number, start): rows[start : start + RUN_OF]
            for start in parts
        }
        place = {"workspace_id": begun["workspace_id"], "origin_id": import_id}
        await add_arrivals(tx, arrivals, **place)


async def finish(tx: Tx, begun: Mapping[str, Any], clock: Clock) -> Any:
    """Make jobs of all that came; from here on the rows become leads. Raises IncompleteError."""
    import_id = begun["id"]
    received = sum(row["rows"] for row in await tx.fetch(SQL.batches_of, import_id))
    if received != begun["rows"]:
        raise IncompleteError(received, begun["rows"])
    arrivals = await tx.fetch(ARRIVALS.arrivals_of, import_id)
    jobs = [
        bring_in_job(
            IMPORT,
            row["id"],
            workspace_id=begun["workspace_id"],
            query_id=begun["query_id"],
            # Shown as a night is: one list of runs, one funnel.
            tick_id=import_id,
            day=clock.now().date(),
        )
        for row in arrivals
    ]
    add_jobs(tx, jobs)
    await tx.execute(SQL.drop_batches, import_id)
    return await tx.fetchrow(SQL.finish_import, import_id)

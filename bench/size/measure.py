"""One statement at a time: how long it takes, warm, and the worst of what its plan does."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg

from bench.size.looks import Kind, Look
from leadstream.postgres import Database
from leadstream.postgres.database import BY_INDEX, HOT, LOOK

RUNS = 3
# Nobody needs to see a statement of half a minute three times.
SLOW_SECONDS = 5.0
# A table so small is rightly read from end to end.
SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Run:
    # -1: cut short.
    rows: int
    seconds: float
    # What the server's process was busy for; None where the system does not tell.
    busy: float | None


@dataclass(frozen=True, slots=True)
class Result:
    look: Look
    rows: int
    seconds: float
    busy: float | None
    worst: str

    @property
    def is_over(self) -> bool:
        """Warm, nothing waits for a disk: what is not the server's is other work on this machine."""
        return self.rows < 0 or (self.seconds if self.busy is None else self.busy) > self.look.limit


class OutOfDateError(Exception):
    """A statement has changed, and what it is asked here has not."""


class _DoneError(Exception):
    """Rolls back what was only measured."""


async def measure(database: Database, look: Look, args: Sequence[Any]) -> Result:
    try:
        worst = await _worst_node(database, look, args)
    except (asyncpg.InterfaceError, asyncpg.PostgresError, AttributeError) as exc:
        raise OutOfDateError(
            f"{look.name} ({look.asked}) is asked otherwise by now: {exc}"
        ) from exc
    runs = [await _run(database, look, args)]
    while len(runs) < RUNS and runs[-1].seconds < SLOW_SECONDS:
        runs.append(await _run(database, look, args))
    # The first one fetched from the disk.
    warm = runs[1:] or runs
    busy = [run.busy for run in warm if run.busy is not None]
    return Result(
        look,
        runs[-1].rows,
        median(run.seconds for run in warm),
        median(busy) if busy else None,
        worst,
    )


async def _run(database: Database, look: Look, args: Sequence[Any]) -> Run:
    try:
        async with database.transaction() as tx:
            await _prepare(tx, look)
            pid = await tx.fetchval("SELECT pg_backend_pid()")
            busy, began = _busy(pid), time.perf_counter()
            try:
                rows = len(await tx.fetch(look.text, *args))
            except (asyncpg.QueryCanceledError, TimeoutError):
                rows = -1
            seconds, now = time.perf_counter() - began, _busy(pid)
            run = Run(rows, seconds, None if busy is None or now is None else now - busy)
            raise _DoneError
    except _DoneError:
        return run


def _busy(pid: int) -> float | None:
    """Seconds that a process has had a processor for."""
    try:
        nanoseconds = Path(f"/proc/{pid}/schedstat").read_text().split()[0]
    except OSError:
        return None
    return int(nanoseconds) / 1e9


async def _worst_node(database: Database, look: Look, args: Sequence[Any]) -> str:
    try:
        async with database.transaction() as tx:
            await _prepare(tx, look)
            [(plan,)] = await tx.fetch(f"EXPLAIN (FORMAT JSON) {look.text}", *args)
            sizes = dict(await tx.fetch(_SIZES))
            raise _DoneError
    except _DoneError:
        return _worst(plan[0]["Plan"], sizes)


async def _prepare(tx: Any, look: Look) -> None:
    """As the product says it: see `Database`."""
    if look.kind is Kind.CLAIM:
        for name, value in HOT.items():
            await tx.execute(f"SET LOCAL {name} = {value}")
    elif look.kind is not Kind.TIMER:
        await tx.execute(LOOK)
        if look.kind in {Kind.POLL, Kind.SUMMARY}:
            await tx.execute(BY_INDEX)


_SIZES = "SELECT relname::text, reltuples::bigint FROM pg_class WHERE relnamespace = current_schema()::regnamespace"


def _worst(plan: dict[str, Any], sizes: dict[str, int]) -> str:
    nodes = list(_nodes(plan))
    for node in nodes:
        table = node.get("Relation Name", "")
        if node["Node Type"] == "Seq Scan" and sizes.get(table, 0) > SMALL:
            return f"Seq Scan {table}"
    dearest = max(nodes, key=_own_cost)
    name = dearest.get("Index Name") or dearest.get("Relation Name") or ""
    return f"{dearest['Node Type']} {name}".strip()


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _own_cost(node: dict[str, Any]) -> float:
    return float(node["Total Cost"]) - sum(
        float(child["Total Cost"]) for child in node.get("Plans", ())
    )

"""One statement at a time: how long it takes, warm, and the worst of what its plan does."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import asyncpg

from bench.size.looks import Kind, Look
from leadstream.postgres import Database
from leadstream.postgres.database import HOT, LOOK

RUNS = 3
# Nobody needs to see a statement of half a minute three times.
SLOW_SECONDS = 5.0
# A table so small is rightly read from end to end.
SMALL = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    look: Look
    rows: int
    seconds: float
    worst: str

    @property
    def is_over(self) -> bool:
        return self.seconds > self.look.limit


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
    rows, seconds = await _run(database, look, args)
    times = [seconds]
    while len(times) < RUNS and times[-1] < SLOW_SECONDS:
        rows, seconds = await _run(database, look, args)
        times.append(seconds)
    # The first one fetched from the disk.
    return Result(look, rows, median(times[1:] or times), worst)


async def _run(database: Database, look: Look, args: Sequence[Any]) -> tuple[int, float]:
    rows, seconds = 0, 0.0
    try:
        async with database.transaction() as tx:
            await _prepare(tx, look)
            began = time.perf_counter()
            try:
                rows = len(await tx.fetch(look.text, *args))
            except (asyncpg.QueryCanceledError, TimeoutError):
                rows = -1
            seconds = time.perf_counter() - began
            raise _DoneError
    except _DoneError:
        return rows, seconds


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
        await tx.execute(HOT)
    elif look.kind is not Kind.TIMER:
        await tx.execute(LOOK)


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

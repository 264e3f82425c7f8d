"""Ticks with their runs, and what became of what a night has found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from discovery.domain.funnel import Figure, Leads, Runs, Sent, funnel
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "nights.sql")
STATUSES = ("succeeded", "skipped", "retrying", "held", "failed", "cancelled")
SHOWN_IN_LIST = 20
SHOWN_ALONE = 500
# Figures of several statements, which must be of one moment to add up.
_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


@dataclass(frozen=True, slots=True)
class Night:
    """A tick's row as the API shows it, its figures, and the first and last id of its leads, if it has any."""

    row: Mapping[str, Any]
    figures: Mapping[str, Figure]
    span: Mapping[str, Any] | None


async def list_nights(
    tx: Tx, workspace_id: UUID | None, limit: int, after: tuple[datetime | None, UUID | None]
) -> list[dict[str, Any]]:
    """Ticks with `id`, the key of their first run, and with their runs."""
    ticks = await tx.fetch(SQL.list_ticks, workspace_id, limit, *after)
    runs = await _runs(tx, [tick["tick_id"] for tick in ticks], workspace_id, SHOWN_IN_LIST)
    return [_listed(tick) | {"runs": runs.get(tick["tick_id"], [])} for tick in ticks]


async def read_night(
    tx: Tx, tick_id: UUID, *, workspace_id: UUID | None, where: Mapping[str, str]
) -> Night | None:
    """None where the tick has no runs, or none that are the workspace's. `tx` has not read anything yet."""
    await tx.execute(_ONE_MOMENT)
    asked = (tick_id, workspace_id)
    groups = await tx.fetch(SQL.count_runs, *asked)
    if not groups:
        return None
    rejected = {row["reason"]: row["count"] for row in await tx.fetch(SQL.count_rejections, *asked)}
    counted = Runs(
        by_status={row["status"]: row["runs"] for row in groups},
        found=_sum(groups, "found"),
        created=_sum(groups, "created"),
        known=_sum(groups, "known"),
        risen=await tx.fetchval(SQL.count_risen, *asked),
        rejected=rejected,
    )
    leads = [Leads(**row) for row in await tx.fetch(SQL.count_leads, *asked)]
    sent = Sent(
        messages={
            (row["channel"], row["status"]): row["count"]
            for row in await tx.fetch(SQL.count_messages, *asked)
        },
        accepted={
            row["platform"]: row["count"] for row in await tx.fetch(SQL.count_accepted, *asked)
        },
    )
    runs = await _runs(tx, [tick_id], workspace_id, SHOWN_ALONE)
    row = _row(tick_id, groups, counted) | {"runs": runs[tick_id]}
    span = await tx.fetchrow(SQL.span_of_leads, *asked)
    return Night(row, funnel(counted, leads, sent, where=where), dict(span) if span else None)


def _row(tick_id: UUID, groups: Sequence[Any], runs: Runs) -> dict[str, Any]:
    has_ended = all(row["has_ended"] for row in groups)
    first: date = min(row["run_on"] for row in groups)
    return {
        "tick_id": tick_id,
        "run_on": first,
        "started_at": min(row["started_at"] for row in groups),
        "finished_at": max(row["finished_at"] for row in groups) if has_ended else None,
        "runs_total": sum(runs.by_status.values()),
        "runs_by_status": runs.by_status,
        "found": runs.found,
        "created": runs.created,
        "known": runs.known,
        "rejected": _sum(groups, "rejected"),
    }


def _listed(tick: Any) -> dict[str, Any]:
    row = dict(tick)
    by_status = Counter({status: row.pop(status) for status in STATUSES})
    return row | {"runs_by_status": dict(+by_status)}


async def _runs(
    tx: Tx, tick_ids: Sequence[UUID], workspace_id: UUID | None, limit: int
) -> dict[UUID, list[dict[str, Any]]]:
    runs: dict[UUID, list[dict[str, Any]]] = {}
    for row in await tx.fetch(SQL.runs_of_ticks, tick_ids, workspace_id, limit):
        shown = {**row, "rejections": row["rejections"] or {}}
        runs.setdefault(row["tick_id"], []).append(shown)
    return runs


def _sum(rows: Sequence[Any], name: str) -> int:
    return sum(row[name] for row in rows)

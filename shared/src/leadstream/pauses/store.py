"""Pauses: the only way work is held back, whoever asks for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadstream.ids import derived_id
from leadstream.postgres import Database, Tx, load_queries

SQL = load_queries("leadstream.pauses", "pauses.sql")


CIRCUIT_OPEN = "circuit_open"
CIRCUIT_BREAKER = "circuit-breaker"
# An open circuit is tried after the first of these, then after twice as long each time, up to the second.
FIRST_PROBE = timedelta(seconds=5)
LONGEST_PROBE = timedelta(minutes=5)
NAMED_KINDS = frozenset({"provider", "kind", "topic"})
# What is wrong with a key, and says nothing of other keys.
REASONS_OF_KEYS = frozenset(
    {
        "credential_missing",
        "credential_refused",
        "credential_unreadable",
        "misconfigured",
        "quota_exhausted",
        "rate_limited",
    }
)
# Why the services themselves hold something. A closed set, because it is a metric's label.
REASONS = frozenset(
    {
        CIRCUIT_OPEN,
        "configuration",
        "connection_disabled",
        "connection_missing",
        "connection_paused",
        "credential_missing",
        "credential_refused",
        "credential_unreadable",
        "destination_gone",
        "flood of bad records",
        "misconfigured",
        "provider_budget_spent",
        "quota_exhausted",
        "rate_limited",
        "sending_only",
        "spending_cap_reached",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    id: UUID
    scope: str
    reason: str
    actor: str
    until: datetime | None
    # What the provider or the receiver said, for people.
    detail: str | None
    # Of an open circuit: when the next job is tried.
    probe_at: datetime | None
    created_at: datetime

    @property
    def is_of_key(self) -> bool:
        """Whether the provider has said so of the key that it was asked with; a person's pause is of all keys."""
        return self.reason in REASONS_OF_KEYS and self.detail is not None


def scope_kind(scope: str) -> str:
    """`provider:clay` → `provider`: what a metric may use as a label."""
    return scope.partition(":")[0]


def scope_name(scope: str) -> str:
    """`provider:clay` → `clay`: what a metric may show besides. Of scopes that hold an id, nothing."""
    kind, _, name = scope.partition(":")
    # Behind a provider's name may be the workspace whose own key it is.
    return name.partition(":")[0] if kind in NAMED_KINDS else ""


def reason_label(reason: str) -> str:
    """The reason where a service gave it; what people write is their own, and no label."""
    return reason if reason in REASONS else "by_hand"


async def add_pause(
    tx: Tx,
    scope: str,
    *,
    reason: str,
    actor: str,
    until: datetime | None = None,
    detail: str | None = None,
) -> Pause:
    """Hold a scope; all replicas obey within moments. The same holder and reason again only lengthens it."""
    pause_id = derived_id("pause", scope, actor, reason)
    row = await tx.fetchrow(SQL.upsert_pause, pause_id, scope, reason, actor, until, detail)
    await tx.execute(SQL.notify_pauses)
    return _pause(row)


async def open_circuit(tx: Tx, scope: str, *, detail: str | None) -> Pause:
    """Hold a scope until a job that is tried succeeds; one that is open already stays as it is."""
    pause_id = derived_id("pause", scope, CIRCUIT_BREAKER, CIRCUIT_OPEN)
    row = await tx.fetchrow(
        SQL.open_circuit, pause_id, scope, CIRCUIT_OPEN, CIRCUIT_BREAKER, detail, FIRST_PROBE
    )
    await tx.execute(SQL.notify_pauses)
    return _pause(row)


async def postpone_probe(tx: Tx, pause_id: UUID, *, detail: str | None) -> Pause | None:
    """A job was tried and failed like those before: wait twice as long. None if somebody closed the circuit."""
    row = await tx.fetchrow(SQL.postpone_probe, pause_id, detail, FIRST_PROBE, LONGEST_PROBE)
    await tx.execute(SQL.notify_pauses)
    return _pause(row) if row else None


async def lift(tx: Tx, scope: str, *, reason: str | None = None) -> None:
    """End the pauses of a scope: all of them, or those with one reason."""
    await tx.execute(SQL.lift_scope, scope, reason)
    await tx.execute(SQL.notify_pauses)


async def get_pause(tx: Tx, pause_id: UUID) -> Pause | None:
    row = await tx.fetchrow(SQL.get_pause, pause_id)
    return _pause(row) if row else None


async def delete_pause(tx: Tx, pause_id: UUID) -> Pause | None:
    row = await tx.fetchrow(SQL.delete_pause, pause_id)
    await tx.execute(SQL.notify_pauses)
    return _pause(row) if row else None


async def active_pauses(database: Database) -> list[Pause]:
    return [_pause(row) for row in await database.pool.fetch(SQL.active_pauses)]


async def delete_expired(database: Database) -> None:
    await database.pool.execute(SQL.delete_expired_pauses)
    await database.pool.execute(SQL.delete_idle_circuits)


def _pause(row: Any) -> Pause:
    return Pause(
        id=row["id"],
        scope=row["scope"],
        reason=row["reason"],
        actor=row["actor"],
        until=row["until"],
        detail=row["detail"],
        probe_at=row["probe_at"],
        created_at=row["created_at"],
    )

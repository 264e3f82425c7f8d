"""Who changed what, and why: a row in the transaction of the change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from leadstream.api.tokens import Caller
from leadstream.ids import new_id
from leadstream.observability.redact import Redactor
from leadstream.postgres import Tx, load_queries

SQL = load_queries("leadstream.api", "audit.sql")

# E-mail addresses stay: that a recipient's changed from one to another is what the row is for.
_redactor = Redactor(addresses=False)
# What people write as a reason may name anybody.
_strict = Redactor()


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `action` is dotted and past tense (`pause.created`), `target` is `<noun>:<id>`.

    The reason is left out where it is the caller's, who may give one with any call (X-Reason).
    """

    action: str
    target: str
    reason: str | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    workspace_id: UUID | None = None


class Audit(Protocol):
    async def record(self, tx: Tx, caller: Caller, change: Change) -> None:
        """Write the row of a change with the transaction that makes it."""


class PostgresAudit:
    """Fields with a secret's name, and the telling part of URLs, are not written down."""

    async def record(self, tx: Tx, caller: Caller, change: Change) -> None:
        reason = change.reason or caller.reason
        await tx.execute(
            SQL.record_change,
            new_id(),
            caller.name,
            change.action,
            change.target,
            _strict.text(reason) if reason else None,
            _redactor.value(change.before),
            _redactor.value(change.after),
            change.workspace_id,
        )

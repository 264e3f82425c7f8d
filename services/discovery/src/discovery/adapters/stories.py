"""A lead's whole story, for people: what found it, and what became of it in each stage."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from discovery.adapters.runs import SQL as RUNS_SQL
from discovery.domain.story import FactKind
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "leads.sql")


async def read_story(tx: Tx, lead_id: UUID, *, workspace_id: UUID | None) -> dict[str, Any] | None:
    """The lead's row with all that is known of its way, as the list of keys below says; None if there is none."""
    lead = await tx.fetchrow(SQL.get_lead, lead_id, workspace_id)
    if lead is None:
        return None
    history = await tx.fetch(SQL.get_history, lead_id)
    own = [row for row in history if row["kind"] == FactKind.DISCOVERED and row["detail"]]
    runs = await tx.fetch(RUNS_SQL.runs_by_id, [row["detail"]["run_id"] for row in own])
    return {
        **lead,
        "intents": [dict(row) for row in await tx.fetch(SQL.get_intents, lead_id)],
        "runs": [dict(run) for run in runs],
        "revisions": _revisions(history),
        "enrichments": _told(history, FactKind.ENRICHED, at="enriched_at"),
        "deliveries": _told(history, FactKind.DELIVERED, at="delivered_at"),
        "uploads": _told(history, FactKind.UPLOADED, at="uploaded_at", subject="platform"),
        "errors": _told(history, FactKind.FAILED, at="failed_at", subject="stage"),
    }


def _revisions(history: Sequence[Any]) -> list[dict[str, Any]]:
    """Of each revision when it was found and how it scored; our own word goes before what events say."""
    revisions: dict[int, dict[str, Any]] = {}
    for row in history:
        own = row["kind"] == FactKind.DISCOVERED
        if own or row["discovered_at"]:
            said = {
                "revision": row["revision"],
                "discovered_at": row["happened_at"] if own else row["discovered_at"],
                "score": row["score"],
                **((row["detail"] or {}) if own else {}),
            }
            known = revisions.get(row["revision"], {})
            revisions[row["revision"]] = (known | said) if own else (said | known)
    return [revisions[revision] for revision in sorted(revisions)]


def _told(
    history: Sequence[Any], kind: FactKind, *, at: str, subject: str | None = None
) -> list[dict[str, Any]]:
    return [
        {
            "revision": row["revision"],
            **({subject: row["subject"].partition("/")[0]} if subject == "stage" else {}),
            **({subject: row["subject"]} if subject == "platform" else {}),
            **({"status": row["status"]} if row["status"] else {}),
            **(row["detail"] or {}),
            at: row["happened_at"],
        }
        for row in history
        if row["kind"] == kind
    ]

"""The leads of workspaces by what makes them the same company, in Postgres."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from discovery.adapters.documents import company_of, intent_of
from discovery.domain.lead import Lead
from discovery.domain.scoring import Score
from leadstream.kafka.binding import bind_leads
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "shelf.sql")

# Workspace and key.
Place = tuple[UUID, str]


class KeyTakenError(Exception):
    """Somebody else made a lead of the same company, between our look and our claim: look again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """A revision that is announced, and the run that is behind it."""

    lead: Lead
    run_id: UUID
    query_id: UUID


async def load_shelves(tx: Tx, places: Iterable[Place]) -> dict[UUID, dict[str, Lead]]:
    """The leads that are known at the places, locked, by workspace and key."""
    wanted = sorted(set(places))
    rows = await tx.fetch(
        SQL.find_known, [space for space, _ in wanted], [key for _, key in wanted]
    )
    told = await tx.fetch(SQL.announced_scores, [row["id"] for row in rows])
    announced = {row["lead_id"]: [Score(score) for score in row["scores"]] for row in told}
    shelves: dict[UUID, dict[str, Lead]] = defaultdict(dict)
    for row in rows:
        shelves[row["workspace_id"]][row["key"]] = _lead(row, announced.get(row["id"]))
    return shelves


async def add_leads(tx: Tx, leads: Sequence[Lead]) -> None:
    """Insert new leads. Raises KeyTakenError if one of them is not new any more; the caller rolls back."""
    if not leads:
        return
    claimed = await tx.fetch(
        SQL.claim_keys,
        [lead.workspace_id for lead in leads],
        [lead.key for lead in leads],
        [lead.id for lead in leads],
    )
    if len(claimed) < len(leads):
        raise KeyTakenError
    await tx.execute(
        SQL.insert_leads,
        [lead.id for lead in leads],
        [lead.workspace_id for lead in leads],
        [lead.query_id for lead in leads],
        [lead.domain for lead in leads],
        [company_of(lead).model_dump_json() for lead in leads],
        [intent_of(lead).model_dump_json() for lead in leads],
        [lead.revision for lead in leads],
        [lead.created_at for lead in leads],
        [lead.seen_at for lead in leads],
    )
    await bind_leads(tx, [(lead.id, lead.workspace_id) for lead in leads])


async def update_leads(tx: Tx, leads: Sequence[Lead], *, risen: set[UUID]) -> None:
    """Store what known leads want now; of those that rose, the company as it is known now, too."""
    if not leads:
        return
    await tx.execute(
        SQL.update_leads,
        [lead.id for lead in leads],
        [company_of(lead).model_dump_json() if lead.id in risen else None for lead in leads],
        [intent_of(lead).model_dump_json() for lead in leads],
        [lead.revision for lead in leads],
        [lead.seen_at for lead in leads],
    )


async def add_discoveries(tx: Tx, discoveries: Sequence[Discovery]) -> None:
    if not discoveries:
        return
    await tx.execute(
        SQL.insert_discoveries,
        [each.lead.id for each in discoveries],
        [each.lead.revision for each in discoveries],
        [each.lead.seen_at for each in discoveries],
        [each.lead.score.value for each in discoveries],
        [_detail(each) for each in discoveries],
    )


def _detail(discovery: Discovery) -> str:
    detail = {"run_id": str(discovery.run_id), "query_id": str(discovery.query_id)}
    return orjson.dumps(detail).decode()


def _lead(row: Any, announced: Sequence[Score] | None) -> Lead:
    score = Score(row["score"]) if row["score"] else Score.COLD
    return Lead(
        id=row["id"],
        workspace_id=row["workspace_id"],
        query_id=row["query_id"],
        key=row["key"],
        domain=row["domain"],
        company=row["company_data"] or {},
        score=score,
        announced=Score.highest(announced or [score]),
        revision=row["revision"],
        created_at=row["created_at"],
    )

"""The leads of workspaces by what makes them the same company, in Postgres."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from discovery.adapters.documents import company_of, intent_of, read_signals, signals_text
from discovery.domain.lead import Lead, Sight, Viewpoint
from discovery.domain.scoring import Score
from discovery.domain.search import Topic
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
    ids = [row["id"] for row in rows]
    told = await tx.fetch(SQL.announced_scores, ids)
    announced = {row["lead_id"]: [Score(score) for score in row["scores"]] for row in told}
    sights = await _load_sights(tx, ids)
    # A lead may be known by two keys; it is one lead.
    leads = {row["id"]: _lead(row, announced.get(row["id"]), sights[row["id"]]) for row in rows}
    shelves: dict[UUID, dict[str, Lead]] = defaultdict(dict)
    for row in rows:
        shelves[row["workspace_id"]][row["key"]] = leads[row["id"]]
    return shelves


async def _load_sights(tx: Tx, lead_ids: Sequence[UUID]) -> dict[UUID, dict[Viewpoint, Sight]]:
    sights: dict[UUID, dict[Viewpoint, Sight]] = defaultdict(dict)
    for row in await tx.fetch(SQL.sights_of, lead_ids):
        sight = Sight(topic_id=row["topic_id"], signals=read_signals(row["signals"]))
        sights[row["lead_id"]][row["query_id"], row["source"]] = sight
    return sights


async def claim_keys(tx: Tx, claims: Mapping[Place, Lead]) -> None:
    """Take the keys for leads. Raises KeyTakenError if one of them is not free any more; the caller rolls back."""
    if not claims:
        return
    claimed = await tx.fetch(
        SQL.claim_keys,
        [workspace_id for workspace_id, _ in claims],
        [key for _, key in claims],
        [lead.id for lead in claims.values()],
    )
    if len(claimed) < len(claims):
        raise KeyTakenError


async def add_leads(tx: Tx, leads: Sequence[Lead]) -> None:
    if not leads:
        return
    await tx.execute(
        SQL.insert_leads,
        [lead.id for lead in leads],
        [lead.workspace_id for lead in leads],
        [lead.query_id for lead in leads],
        [lead.domain for lead in leads],
        [company_of(lead).as_json().decode() for lead in leads],
        [intent_of(lead).as_json().decode() for lead in leads],
        [lead.revision for lead in leads],
        [lead.created_at for lead in leads],
        [lead.seen_at for lead in leads],
    )
    await _store_sights(tx, leads)
    await bind_leads(tx, [(lead.id, lead.workspace_id) for lead in leads])


async def update_leads(tx: Tx, leads: Sequence[Lead], *, before: Mapping[UUID, Lead]) -> None:
    """Store what known leads want now, and what is known of their companies where that is more than before."""
    if not leads:
        return
    await tx.execute(
        SQL.update_leads,
        [lead.id for lead in leads],
        [lead.domain for lead in leads],
        [_company_text(lead, before[lead.id]) for lead in leads],
        [intent_of(lead).as_json().decode() for lead in leads],
        [lead.revision for lead in leads],
        [lead.seen_at for lead in leads],
    )
    await _store_sights(tx, leads)


def _company_text(lead: Lead, before: Lead) -> str | None:
    return None if lead.company == before.company else company_of(lead).as_json().decode()


async def _store_sights(tx: Tx, leads: Sequence[Lead]) -> None:
    rows = [(lead.id, *where, sight) for lead in leads for where, sight in lead.sights.items()]
    await tx.execute(
        SQL.upsert_intents,
        [lead_id for lead_id, _, _, _ in rows],
        [query_id for _, query_id, _, _ in rows],
        [source for _, _, source, _ in rows],
        [sight.topic_id for _, _, _, sight in rows],
        [signals_text(sight.signals) for _, _, _, sight in rows],
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


def _lead(row: Any, announced: Sequence[Score] | None, sights: Mapping[Viewpoint, Sight]) -> Lead:
    score = Score(row["score"]) if row["score"] else Score.COLD
    return Lead(
        id=row["id"],
        workspace_id=row["workspace_id"],
        query_id=row["query_id"],
        topic=_topic(row) if row["topic_id"] else None,
        key=row["key"],
        domain=row["domain"],
        company=row["company_data"] or {},
        announced=Score.highest(announced or [score]),
        revision=row["revision"],
        created_at=row["created_at"],
        sights=sights,
    )


def _topic(row: Any) -> Topic:
    return Topic(id=row["topic_id"], name=row["topic_name"], category=row["topic_category"])

"""Keeps `leads` true to what the events say, in whatever order they come and however often."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from discovery.adapters.news import Content, News
from discovery.domain.story import Fact, FactKind, Key, Standing, merge, standing
from leadstream.postgres import Tx, load_queries

SQL = load_queries("discovery.adapters", "read_model.sql")


@dataclass(frozen=True, slots=True)
class _Change:
    """A lead whose facts are other than before."""

    lead_id: UUID
    facts: Sequence[Fact]
    standing: Standing
    # Of the newest enrichment, if that is among the news.
    content: Content | None


async def apply_news(tx: Tx, news: Sequence[News]) -> list[News]:
    """Take news in; return those whose lead belongs to another workspace, which change nothing."""
    _claim_keys(tx, news)
    rows = await _lock_leads(tx, news)
    usable = [each for each in news if rows[each.lead_id]["workspace_id"] == each.workspace_id]
    known = await _facts(tx, rows)
    # A row without a history was put there by other means, such as an import: what it says is news, too.
    bare = (row for row in rows.values() if not known[row["id"]] and not row["is_new"])
    imported = [each for row in bare for each in _news_of_row(row)]
    changes = _changes([*imported, *usable], known)
    _store_facts(tx, changes)
    _store_standings(tx, changes)
    taken = {id(each) for each in usable}
    return [each for each in news if id(each) not in taken]


def _claim_keys(tx: Tx, news: Sequence[News]) -> None:
    # Before any lead is locked, as runs do it: two that lock in different orders would wait for each other.
    described = [(each, each.content) for each in news if each.content]
    if described:
        tx.later(
            SQL.claim_keys_of_others,
            [each.workspace_id for each, _ in described],
            [content.key for _, content in described],
            [each.lead_id for each, _ in described],
        )


async def _lock_leads(tx: Tx, news: Sequence[News]) -> Mapping[UUID, Any]:
    first = {each.lead_id: each for each in reversed(news)}
    inserted = tx.later(
        SQL.insert_missing,
        list(first),
        [each.workspace_id for each in first.values()],
        [each.fact.happened_at for each in first.values()],
        returns=("id",),
    )
    rows = await tx.fetch(SQL.lock_leads, list(first))
    new = {row["id"] for row in inserted.rows}
    return {row["id"]: {**row, "is_new": row["id"] in new} for row in rows}


async def _facts(tx: Tx, rows: Mapping[UUID, Any]) -> Mapping[UUID, Sequence[Fact]]:
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    for stored in await tx.fetch(SQL.facts_of, list(rows)):
        facts[stored["lead_id"]].append(_fact(stored))
    return facts


def _changes(news: Sequence[News], known: Mapping[UUID, Sequence[Fact]]) -> list[_Change]:
    by_lead: dict[UUID, list[News]] = defaultdict(list)
    for each in news:
        by_lead[each.lead_id].append(each)
    changes = (_change(lead_id, told, known[lead_id]) for lead_id, told in by_lead.items())
    return [change for change in changes if change]


def _change(lead_id: UUID, told: Sequence[News], known: Sequence[Fact]) -> _Change | None:
    merged = merge(known, (each.fact for each in told))
    new = _new_facts(merged, known)
    if not new:
        return None
    now = standing(merged.values())
    contents = {id(each.fact): each.content for each in told}
    return _Change(lead_id, new, now, contents.get(id(now.enrichment)))


def _new_facts(merged: Mapping[Key, Fact], known: Iterable[Fact]) -> list[Fact]:
    before = {id(fact) for fact in known}
    return [fact for fact in merged.values() if id(fact) not in before]


def _store_facts(tx: Tx, changes: Sequence[_Change]) -> None:
    rows = [(change.lead_id, fact) for change in changes for fact in change.facts]
    if not rows:
        return
    facts = [fact for _, fact in rows]
    tx.later(
        SQL.upsert_facts,
        [lead_id for lead_id, _ in rows],
        [fact.kind.value for fact in facts],
        [fact.revision for fact in facts],
        [fact.subject for fact in facts],
        [fact.happened_at for fact in facts],
        [fact.digest for fact in facts],
        [fact.status for fact in facts],
        [fact.score for fact in facts],
        [fact.error for fact in facts],
        [fact.discovered_at for fact in facts],
        [orjson.dumps(fact.detail).decode() for fact in facts],
    )


def _store_standings(tx: Tx, changes: Sequence[_Change]) -> None:
    if not changes:
        return
    rows = [_row(change) for change in changes]
    tx.later(SQL.update_standing, *map(list, zip(*rows, strict=True)))


def _row(change: _Change) -> tuple[object, ...]:
    """In the order of `update_standing`."""
    now, content = change.standing, change.content
    revision = now.enrichment.revision if now.enrichment else 0
    is_foreign = content is not None and now.own_revision == 0
    return (
        change.lead_id,
        now.revision,
        now.enrichment_status,
        now.enrichment.happened_at if now.enrichment else None,
        now.delivery_status,
        now.delivered_at,
        now.upload.happened_at if now.upload else None,
        now.upload.subject if now.upload else None,
        now.last_error,
        now.created_at,
        content.contacts if content else None,
        # An older revision's company must not replace what we have found since. Nor must its intent: not even that of a
        # newer one, which enrichment makes of what was announced when it finds people later.
        content.company if content and revision >= now.own_revision else None,
        content.intent if content and is_foreign else None,
        is_foreign,
        content.query_id if content else None,
        content.domain if content else None,
    )


def _fact(row: Any) -> Fact:
    fields = {name: value for name, value in row.items() if name not in {"lead_id", "kind"}}
    return Fact(kind=FactKind(row["kind"]), **fields)


def _news_of_row(row: Any) -> list[News]:
    def news(kind: FactKind, *, at: Any = None, **more: Any) -> News:
        when = at or row["created_at"]
        fact = Fact(kind=kind, revision=row["revision"], happened_at=when, digest="", **more)
        return News(lead_id=row["id"], workspace_id=row["workspace_id"], fact=fact)

    told = [news(FactKind.DISCOVERED)]
    if row["enrichment_status"] in {"completed", "skipped"}:
        status = row["enrichment_status"]
        told.append(news(FactKind.ENRICHED, at=row["enriched_at"], status=status))
    if row["enrichment_status"] == "failed":
        told.append(news(FactKind.FAILED, subject="enrichment", error=row["last_error"]))
    if row["delivery_status"] != "pending":
        status = row["delivery_status"]
        told.append(news(FactKind.DELIVERED, at=row["delivered_at"], status=status))
    if row["platform_uploaded"]:
        at, platform = row["platform_uploaded_at"], row["platform_name"] or ""
        told.append(news(FactKind.UPLOADED, at=at, subject=platform))
    return told

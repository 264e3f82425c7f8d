"""What the stages of the peers do, the same for both frameworks: calls, and one transaction per event.

Written as a team would write it without Leadstream: aiohttp with one session, asyncpg with a pool, no signatures, no
attempt history, no pauses, no validation. All of that is cheaper than what the services do.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

import aiohttp
import asyncpg
import orjson

from bench.end_to_end.peers.plan import Plan
from leadstream.postgres import load_queries

SQL = load_queries("bench.end_to_end.peers", "work.sql")
TITLES = ["CEO", "CTO", "VP of Engineering"]
UPLOADED = ("company_name", "domain", "industry", "employee_count", "revenue", "location")

Lead: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[str, Lead], Awaitable[None]]


@dataclass(slots=True)
class Tools:
    plan: Plan
    pool: "asyncpg.Pool[Any]"
    http: aiohttp.ClientSession

    @classmethod
    async def open(cls, plan: Plan) -> "Tools":
        pool = await asyncpg.create_pool(plan.database, min_size=2, max_size=10)
        return cls(plan, pool, aiohttp.ClientSession(json_serialize=_dumps))

    async def close(self) -> None:
        await self.http.close()
        await self.pool.close()

    async def post(self, url: str, body: Lead, **headers: str) -> Lead:
        async with self.http.post(url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            parsed: Lead = await answer.json(loads=orjson.loads)
            return parsed

    async def store(self, lead: Lead, *, event: str) -> bool:
        """Inbox and state in one transaction; False if the event was seen before."""
        stage = self.plan.stage
        async with self.pool.acquire() as connection, connection.transaction():
            event_id = f"{event}:{lead['lead_id']}:{lead['revision']}"
            if await connection.fetchval(SQL.take_event, stage, event_id) is None:
                return False
            await connection.execute(SQL.save_state, stage, lead["lead_id"], _dumps(lead))
        return True


async def enrich(tools: Tools, lead: Lead, send: Send) -> None:
    company = lead["company"]
    asked = {"domain": company["domain"], "company_name": company["name"], "max_contacts": 5}
    key = {"authorization": "Bearer sandbox-clay"}
    answer = await tools.post(f"{tools.plan.clay}/enrichment/company", asked, **key)
    contacts = answer["contacts"]
    await _verify(tools, contacts, **key)
    enrichment = {"status": "completed", "enriched_at": _now(), "contacts": contacts}
    enriched = {**lead, "enrichment": enrichment}
    if await tools.store(enriched, event="lead.discovered"):
        await send("lead.enriched", enriched)


async def _verify(tools: Tools, contacts: list[Lead], **key: str) -> None:
    """In order, until one is valid; what can't be asked about is unknown."""
    for contact in contacts:
        checked = {"email": contact.get("email")}
        try:
            verdict = await tools.post(f"{tools.plan.clay}/verification/email", checked, **key)
        except aiohttp.ClientResponseError:
            continue
        contact["email_status"] = verdict.get("status")
        if verdict.get("status") == "valid":
            return


async def deliver(tools: Tools, lead: Lead, send: Send) -> None:
    if not await tools.store(lead, event="lead.enriched"):
        return
    await send("lead.upload", _upload(lead))
    about = {"type": "lead.enriched", "timestamp": _now(), "data": lead}
    await tools.post(tools.plan.alerts, about, **{"webhook-id": f"alert-{lead['lead_id']}"})
    ids = {name: lead[name] for name in ("lead_id", "workspace_id", "revision")}
    await send("lead.delivered", {**ids, "status": "delivered", "delivered_at": _now()})


async def upload(tools: Tools, event: Lead, send: Send) -> None:
    body = {"type": "lead.upload", "timestamp": _now(), "data": event["lead"]}
    await tools.post(tools.plan.platform, body, **{"webhook-id": f"upload-{event['lead_id']}"})
    if await tools.store(event, event="lead.upload"):
        ids = {name: event[name] for name in ("lead_id", "workspace_id", "revision")}
        await send("lead.uploaded", {**ids, "outcome": "created", "uploaded_at": _now()})


async def project(tools: Tools, event: Lead, send: Send) -> None:
    """Discovery's read model."""
    await tools.store(event, event=_kind_of(event))


def _kind_of(event: Lead) -> str:
    return next(name for name in ("enrichment", "delivered_at", "uploaded_at") if name in event)


def _upload(lead: Lead) -> Lead:
    company, intent, enrichment = lead["company"], lead["intent"], lead["enrichment"]
    data = {name: company.get(name) for name in UPLOADED}
    data |= {
        "id": lead["lead_id"],
        "company_name": company["name"],
        "intent_score": intent["score"],
        "intent_signals": intent["signals"],
        "contacts": enrichment["contacts"],
        "primary_contact": next(iter(enrichment["contacts"]), None),
        "created_at": lead["discovered_at"],
        "enriched_at": enrichment["enriched_at"],
    }
    ids = {name: lead[name] for name in ("lead_id", "workspace_id", "revision")}
    return {**ids, "platform": None, "lead": data}


# By stage: what it does, and which topics it reads.
STAGES: dict[str, tuple[Callable[[Tools, Lead, Send], Awaitable[None]], tuple[str, ...]]] = {
    "enrichment": (enrich, ("lead.discovered",)),
    "delivery": (deliver, ("lead.enriched",)),
    "platform-upload": (upload, ("lead.upload",)),
    "discovery": (project, ("lead.enriched", "lead.delivered", "lead.uploaded")),
}


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()

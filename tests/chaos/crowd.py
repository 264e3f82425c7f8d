"""Leads to send through, with what must become of each: one workspace, known from one end to the other."""

import asyncio
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
from aiokafka.errors import KafkaError

from chaos.waiting import Patience
from chaos.world import World
from leadstream.ids import derived_id, workspace_id
from leadstream.kafka.client import abandon, make_producer
from leadstream_dev.services import Replica

SCHEDULE = "daily-lead-generation"
RUN_SIZE = 50
# Strong signals, which make the score, by score.
STRENGTHS = {"hot": ("high", "high", "high"), "warm": ("high",), "cold": ("low",)}
# As they mostly come: some hot, more warm, most cold.
SCORES = ("hot", "cold", "warm", "cold", "warm")
INDUSTRIES = {
    "Technology": "tech-platform",
    "Finance": "finance-platform",
    "Retail": "retail-platform",
}
# A broker is away for seconds, and is asked again and again meanwhile.
TRY_SECONDS = 20.0
TAKEN_SECONDS = 90.0
DETECTED_AT = "2026-01-20T08:00:00Z"


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    domain: str
    score: str
    industry: str

    @property
    def is_uploaded(self) -> bool:
        return self.score != "cold"

    @property
    def platform(self) -> str:
        return INDUSTRIES[self.industry]

    def as_found(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "domain": self.domain,
            "industry": self.industry,
            "employee_count": 120,
            "location": {"country": "United States"},
            "intent_signals": self._signals(),
        }

    def as_event(self, lead_id: UUID, workspace: UUID) -> bytes:
        return orjson.dumps(
            {
                "lead_id": lead_id,
                "workspace_id": workspace,
                "company": {
                    "name": self.name,
                    "domain": self.domain,
                    "industry": self.industry,
                },
                "intent": {"score": self.score, "signals": self._signals()},
                "discovered_at": datetime.now(UTC),
            }
        )

    def _signals(self) -> list[dict[str, str]]:
        return [
            {
                "signal_type": f"Signal {number}",
                "signal_strength": strength,
                "detected_at": DETECTED_AT,
                "source": "DataShopper",
            }
            for number, strength in enumerate(STRENGTHS[self.score])
        ]


@dataclass(frozen=True, slots=True)
class Recipient:
    email: str
    scores: frozenset[str]


@dataclass(slots=True)
class Crowd:
    """`slug` names the workspace and everything in it, so that crowds never meet."""

    slug: str
    size: int
    # Queries; None: as many as it takes to find everybody, of whom one finds RUN_SIZE in a day.
    queries: int | None = None
    companies: dict[str, Company] = field(init=False)
    _found: list[Company] = field(init=False)

    def __post_init__(self) -> None:
        self.companies = {}
        self._found = self.grow(self.size)
        self.queries = self.queries or math.ceil(self.size / RUN_SIZE)

    def grow(self, count: int) -> list[Company]:
        """Add companies; return the new ones."""
        industries = list(INDUSTRIES)
        first = len(self.companies)
        grown = [
            Company(
                name=f"Company {number}",
                domain=f"{self.slug}-{number}.com",
                score=SCORES[number % len(SCORES)],
                industry=industries[number % len(industries)],
            )
            for number in range(first, first + count)
        ]
        self.companies |= {company.domain: company for company in grown}
        return grown

    @property
    def workspace(self) -> UUID:
        return workspace_id(self.slug)

    @property
    def recipients(self) -> list[Recipient]:
        return [
            Recipient(f"all@{self.slug}.example", frozenset({"hot", "warm", "cold"})),
            Recipient(f"hot@{self.slug}.example", frozenset({"hot"})),
        ]

    @property
    def slack_path(self) -> str:
        return f"T100/B100/{self.slug.replace('-', '')}"

    @property
    def alerts_hook(self) -> str:
        return f"{self.slug}-alerts"

    @property
    def retail_hook(self) -> str:
        return f"{self.slug}-retail"

    async def prepare(self, world: World) -> None:
        """Apply the workspace, and tell the sandbox what its searches find."""
        await world.sandbox.control.hook_secrets(self.alerts_hook, world.secret)
        await world.sandbox.control.hook_secrets(self.retail_hook, world.secret)
        for topic, companies in self._runs():
            await world.sandbox.control.catalogue(topic, [c.as_found() for c in companies])
        file = world.folder / f"{self.slug}.json"
        # JSON is YAML, too.
        file.write_bytes(orjson.dumps({"workspaces": [self._manifest(world)]}))
        await world.leadstream("apply", str(file))

    async def let_find(self, world: World, count: int) -> UUID | None:
        """Make the next night find new companies; return the query that does, or None if no query finds more today."""
        number = len(self._found) // RUN_SIZE
        if number == self.queries:
            return None
        self._found += self.grow(min(count, RUN_SIZE - len(self._found) % RUN_SIZE))
        topic, companies = list(self._runs())[number]
        await world.sandbox.control.catalogue(topic, [c.as_found() for c in companies])
        return derived_id("query", self.workspace, topic)

    async def send_by_night(self, scheduler: Replica, query: UUID | None = None) -> None:
        """Ask for a night: every query of the workspace runs, or this one."""
        params = {"query_id": str(query)} if query else {"workspace_id": str(self.workspace)}
        path = f"/api/admin/schedules/{SCHEDULE}/trigger"
        url = scheduler.url
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
            answer = await client.post(path, json={"params": params})
        answer.raise_for_status()

    async def send_by_records(self, world: World, *, per_second: float) -> None:
        """Produce `lead.discovered` at a steady pace, whatever becomes of the broker meanwhile."""
        started = time.monotonic()
        pending = list(self.companies.values())
        sent = 0
        while sent < len(pending):
            due = min(len(pending), int((time.monotonic() - started) * per_second) + 1)
            await self.send(world, pending[sent:due])
            sent = due
            await asyncio.sleep(0.1)

    async def send(self, world: World, companies: list[Company]) -> None:
        """Produce their records, until the broker has them."""
        patience = Patience(TAKEN_SECONDS)
        while not await self._is_produced(world, companies):
            if patience.is_over():
                raise AssertionError(f"the broker took no leads for {TAKEN_SECONDS:g} s")
            # Nobody knows which of them arrived: the same leads again are the same leads.
            await asyncio.sleep(0.2)

    def lead_id(self, company: Company) -> UUID:
        """Of leads that did not come through discovery."""
        return derived_id("chaos-lead", company.domain)

    async def _is_produced(self, world: World, companies: list[Company]) -> bool:
        producer = make_producer(world.kafka_config)
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await producer.start()
                acks = [
                    await producer.send(
                        "lead.discovered",
                        key=str(self.lead_id(company)).encode(),
                        value=company.as_event(self.lead_id(company), self.workspace),
                    )
                    for company in companies
                ]
                await asyncio.gather(*acks)
        except (KafkaError, TimeoutError):
            return False
        finally:
            # It has nothing left to send, or waits for a broker that is away and would go on doing so.
            await abandon(producer)
        return True

    def _runs(self) -> Iterator[tuple[str, list[Company]]]:
        for number in range(self.queries or 0):
            first = number * RUN_SIZE
            yield f"{self.slug} topic {number}", self._found[first : first + RUN_SIZE]

    def _manifest(self, world: World) -> dict[str, Any]:
        sandbox = world.sandbox
        webhook = {"secret": world.secret}
        return {
            "slug": self.slug,
            "queries": [
                {"name": topic, "topic": {"name": topic, "category": "chaos"}}
                for topic, _ in self._runs()
            ],
            "recipients": [
                {"email": self.recipients[0].email, "min_score": "cold"},
                {"email": self.recipients[1].email, "min_score": "hot"},
            ],
            "channels": [
                {
                    "type": "slack",
                    "name": "alerts",
                    "url": sandbox.slack_url(self.slack_path),
                    "min_score": "warm",
                },
                {
                    "type": "webhook",
                    "name": "alerts",
                    "url": sandbox.hook_url(self.alerts_hook),
                    **webhook,
                },
            ],
            "connections": [
                {
                    "platform": "tech-platform",
                    "adapter": "hubspot",
                    "credentials": {"access_token": "sandbox-hubspot"},
                },
                {
                    "platform": "finance-platform",
                    "adapter": "salesforce",
                    "settings": {"login_url": sandbox.salesforce_url},
                    "credentials": {
                        "client_id": "sandbox-client",
                        "client_secret": "sandbox-secret",
                    },
                },
                {
                    "platform": "retail-platform",
                    "adapter": "webhook",
                    "settings": {"url": sandbox.hook_url(self.retail_hook)},
                    "credentials": webhook,
                },
            ],
        }

"""Leads at a steady pace, whatever becomes of them: an open loop, so that a slow chain cannot slow its own load."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import orjson
from aiokafka import AIOKafkaProducer

from bench.topics import Load
from leadstream.clock import SystemClock
from leadstream.contracts.envelope import headers_of
from leadstream.contracts.registry import default_root
from leadstream.ids import new_id

SOURCE = "lead.discovered"


@dataclass(slots=True)
class Pace:
    """Sends leads of one workspace and remembers when each was due."""

    bootstrap: str
    topic: str
    workspace: UUID
    per_second: float
    # Unix times by lead id: when the lead was due to be sent, which is when its time starts to count.
    due: dict[str, float] = field(default_factory=dict)

    async def run(self, seconds: float) -> None:
        # Made before the first is due: the load must not take the processor from what it is a load for.
        leads = [self._lead() for _ in range(round(seconds * self.per_second))]
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            acks = await self._send_all(producer, leads)
            await asyncio.gather(*acks)
        finally:
            await producer.stop()

    async def _send_all(
        self, producer: AIOKafkaProducer, leads: Sequence[Load]
    ) -> list["asyncio.Future[object]"]:
        acks = []
        start = time.time()
        for n, lead in enumerate(leads):
            due = start + n / self.per_second
            await asyncio.sleep(max(0.0, due - time.time()))
            self.due[lead.key.decode()] = due
            acks.append(
                await producer.send(
                    self.topic, key=lead.key, value=lead.value, headers=list(lead.headers)
                )
            )
        return acks

    def _lead(self) -> Load:
        lead_id = str(new_id())
        headers = headers_of(
            event_id=new_id(),
            event_type=f"{SOURCE}.v1",
            source="/leadstream/discovery",
            time=SystemClock().now(),
            subject=lead_id,
        )
        lead = orjson.loads(_example())
        lead |= {"lead_id": lead_id, "workspace_id": str(self.workspace)}
        # A domain of its own: an answer from the cache would spare the call.
        lead["company"]["domain"] = f"bench-{lead_id}.com"
        return Load(lead_id.encode(), orjson.dumps(lead), headers)


def _example() -> bytes:
    return (default_root() / f"examples/{SOURCE}/v1/full.json").read_bytes()

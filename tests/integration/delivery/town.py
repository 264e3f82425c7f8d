"""A machine whose clock a test moves on: what is put off goes out when the test says that it is so late."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from delivery.bootstrap import SERVICE
from delivery.entrypoints.collecting import GRACE, Collecting
from delivery.entrypoints.loops import Holding
from delivery.settings import Settings
from integration.delivery.leads import announce
from integration.delivery.machine import Machine, running
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock

# A Thursday noon in Berlin, and long after today: what is due after it is still to come for Postgres, too.
NOON = datetime(2032, 1, 22, 11, tzinfo=UTC)
BERLIN = {"zone": "Europe/Berlin"}
DAILY = BERLIN | {"rhythm": dict.fromkeys(("hot", "warm", "cold"), "daily")}
NIGHT = BERLIN | {"quiet_hours": {"start": "22:00", "end": "07:00"}}


class Town:
    """A machine in a place where time passes when the test says so."""

    def __init__(self, machine: Machine, sandbox: Sandbox, clock: FakeClock) -> None:
        self.machine = machine
        self.sandbox = sandbox
        self.clock = clock
        wake = machine.worker.wake
        self._collecting = Collecting(machine.database, clock, wake=wake)
        self._holding = Holding(machine.database, clock)

    async def at(self, moment: datetime) -> None:
        """Let it be so late, and all be done that is due then."""
        self.clock.advance(moment - self.clock.now())
        await self._settle()

    async def tell(self, *leads: dict[str, Any]) -> None:
        await announce(self.machine, *leads)
        await self._settle()

    async def change(self, recipient: Any, **body: Any) -> Any:
        answer = await self.machine.http.patch(
            f"/api/admin/recipients/{recipient['id']}", json=body
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def deliveries(self) -> Counter[str]:
        rows = await self.machine.database.pool.fetch("SELECT status FROM deliveries")
        return Counter(row["status"] for row in rows)

    async def waits_until(self) -> list[datetime]:
        rows = await self.machine.database.pool.fetch(
            "SELECT DISTINCT due_at FROM deliveries WHERE due_at IS NOT NULL ORDER BY due_at"
        )
        return [row["due_at"] for row in rows]

    def mails(self) -> list[Any]:
        return [
            entry.body if effect["item"] is None else entry.body[effect["item"]]
            for entry, effect in self.sandbox.ledger.effects("email")
        ]

    def told(self) -> Counter[str]:
        """How many e-mails each lead was in."""
        return Counter(lead for mail in self.mails() for lead in leads_in(mail))

    async def _settle(self) -> None:
        await self.machine.settle()
        while await self._collecting.take():
            await self.machine.settle()
        await self._holding.take()


def leads_in(mail: Any) -> set[str]:
    return set(re.findall(r"/leads/([0-9a-f-]{36})", mail["html"]))


def is_digest(mail: Any) -> bool:
    return any(tag["name"] == "digest_id" for tag in mail["tags"])


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """In January, an hour from UTC; a little later, when what is due is seen to be."""
    return datetime(2032, 1, day, hour - 1, minute, tzinfo=UTC) + GRACE


@asynccontextmanager
async def living(
    settings: Settings, database: Database, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Town]:
    async def run(self: object, stop: asyncio.Event) -> None:
        await stop.wait()

    monkeypatch.setattr(Holding, "run", run)
    monkeypatch.setattr(Collecting, "run", run)
    clock = FakeClock(NOON)
    async with running(SERVICE, settings, database, clock=clock) as machine:
        yield Town(machine, sandbox, clock)

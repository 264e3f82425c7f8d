"""One platform's turn: leads by Kafka into the service, and what the platform has seen of it."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson

from bench.platforms.plans import HOOK, Plan
from bench.platforms.service import TIMES
from bench.processes import Company, running
from bench.servers import Servers
from bench.topics import Load, fill
from leadstream.contracts import registry
from leadstream.contracts.registry import default_root
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.postgres import migrate
from leadstream_dev.ports import choose_port
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.sandbox.entry import Entry
from leadstream_dev.waiting import until
from platform_upload.bootstrap import SERVICE

TOPIC = "lead.upload"
LOOK_SECONDS = 0.1
# Nobody here needs as long for the next lead, unless it is lost.
STALL_SECONDS = 90.0


class LeadsLostError(Exception):
    """Not all leads were uploaded: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Result:
    plan: Plan
    leads: int
    calls: int
    by_operation: Counter[str]
    # From the first call to the last.
    seconds: float
    # Attempts at leads that a platform had to send away.
    refused: int
    # Shares of the allowance: of what it would have been over the whole time (of points, with those saved up before),
    # and of the fullest period of its length.
    used: float | None
    busiest: float | None
    # Cores that were busy with something else.
    others: float


@dataclass(frozen=True, slots=True)
class Stage:
    servers: Servers
    sandbox: Sandbox
    database: "asyncpg.Pool[Any]"
    url: str
    times: float

    async def measure(self, plan: Plan, count: int) -> Result:
        await plan.set_up(self.sandbox.control, times=self.times)
        workspace = uuid4()
        # All there when the connection is made: what is measured is the way out, not the way in.
        await fill(self.servers.bootstrap, TOPIC, [_lead(plan, workspace) for _ in range(count)])
        await self._until(workspace, count, "pending")
        company = Company()
        await self._connect(plan, workspace)
        await self._until(workspace, count, "uploaded")
        others = company.cores()
        entries = [each for each in self._entries(plan) if each.operation != "unknown"]
        refused = await self._refused(workspace)
        return _result(plan, count, entries, refused=refused, others=others, times=self.times)

    async def _connect(self, plan: Plan, workspace: UUID) -> None:
        body = {
            "workspace_id": str(workspace),
            "platform": plan.platform,
            "adapter": plan.adapter,
            **plan.way(self.sandbox),
        }
        async with httpx.AsyncClient(verify=WITHOUT_AUTHORITIES, trust_env=False) as http:
            answer = await http.post(f"{self.url}/api/admin/connections", json=body)
        answer.raise_for_status()

    async def _until(self, workspace: UUID, count: int, status: str) -> None:
        """Wait until all leads are so; raise LeadsLostError when there are no more of them after a while."""
        query = "SELECT count(*) FROM uploads WHERE workspace_id = $1 AND status = $2"
        most, since = -1, time.monotonic()
        while most < count:
            found = await self.database.fetchval(query, workspace, status)
            if found > most:
                most, since = found, time.monotonic()
            elif time.monotonic() - since > STALL_SECONDS:
                raise LeadsLostError(f"{most} of {count} leads are {status}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _refused(self, workspace: UUID) -> int:
        query = """
        SELECT count(*) FROM job_attempts JOIN jobs ON jobs.id = job_attempts.job_id
         WHERE jobs.workspace_id = $1 AND job_attempts.outcome <> 'succeeded'
        """
        return int(await self.database.fetchval(query, workspace))

    def _entries(self, plan: Plan) -> list[Entry]:
        found = self.sandbox.ledger.entries(provider=plan.provider)
        return [each for each in found if plan.provider != "hooks" or each["hook"] == HOOK]


@asynccontextmanager
async def staged(servers: Servers, sandbox: Sandbox, *, times: float) -> AsyncIterator[Stage]:
    database_url = await servers.new_database()
    await migrate(database_url, schema=SERVICE.package, packages=SERVICE.packages)
    await topics.apply(KafkaConfig(bootstrap_servers=servers.bootstrap), registry.load())
    port = choose_port()
    environment = {
        **sandbox.env(),
        "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap,
        "DATABASE_URL": database_url,
        "ENCRYPTION_KEYS": "bench:" + "A" * 43 + "=",
        "HTTP_PORT": str(port),
        TIMES: str(times),
    }
    url = f"http://127.0.0.1:{port}"
    async with (
        running(
            "bench.platforms.service",
            "worker",
            environment=environment,
            log=servers.logs / "platform-upload.log",
            home=servers.home,
        ),
        asyncpg.create_pool(
            database_url, min_size=1, max_size=2, server_settings={"search_path": SERVICE.package}
        ) as database,
    ):
        if not await until(lambda: _is_ready(url), within=60):
            raise LeadsLostError("the service does not start")
        yield Stage(servers, sandbox, database, url, times)


def _is_ready(url: str) -> bool:
    try:
        answer = httpx.get(f"{url}/readyz", verify=WITHOUT_AUTHORITIES, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.is_success


def _lead(plan: Plan, workspace: UUID) -> Load:
    lead_id = str(uuid4())
    event = orjson.loads((default_root() / f"examples/{TOPIC}/v1/full.json").read_bytes())
    person = {
        "full_name": "John Smith",
        "email": f"john@{lead_id[:13]}.com",
        "title": "CEO",
    }
    event |= {"lead_id": lead_id, "workspace_id": str(workspace), "platform": plan.platform}
    event["lead"] |= {
        "id": lead_id,
        "company_name": f"Acme {lead_id[:8]}",
        "domain": f"{lead_id[:13]}.com",
        "intent_score": "hot",
        "contacts": [person],
        "primary_contact": person,
    }
    return Load(lead_id.encode(), orjson.dumps(event), [])


def _result(
    plan: Plan, count: int, entries: list[Entry], *, refused: int, others: float, times: float
) -> Result:
    at = sorted(each.time.timestamp() for each in entries)
    seconds = at[-1] - at[0]
    used = busiest = None
    if plan.allowed is not None and plan.allowed.points:
        spent = sum(each["points"] or 0 for each in entries)
        saved = (plan.options or {}).get("bucket", 0)
        used = spent / (saved + plan.allowed.count * seconds / plan.allowed.seconds)
    elif plan.allowed is not None:
        length = plan.allowed.seconds / (times if plan.is_scaled else 1)
        used = len(at) / (plan.allowed.count * max(seconds, length) / length)
        busiest = _most_within(at, length) / plan.allowed.count
    return Result(
        plan=plan,
        leads=count,
        calls=len(entries),
        by_operation=Counter(each.operation for each in entries),
        seconds=seconds,
        refused=refused,
        used=used,
        busiest=busiest,
        others=others,
    )


def _most_within(at: list[float], length: float) -> int:
    most = first = 0
    for last, moment in enumerate(at):
        while moment - at[first] >= length:
            first += 1
        most = max(most, last - first + 1)
    return most

"""B12: what alerts by e-mail cost in calls and in time, at the pace that Resend allows, in batches and one by one."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
from rich.console import Console
from rich.table import Table

from bench import machine
from bench.emails.service import IN_A_CALL
from bench.processes import Company, running, warn_of_company
from bench.servers import Servers, servers
from bench.topics import Load, fill
from delivery.bootstrap import EMAILS_IN_A_CALL, SERVICE
from leadstream.contracts import registry
from leadstream.contracts.registry import default_root
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.postgres import migrate
from leadstream_dev.ports import choose_port
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.waiting import until

TOPIC = "lead.enriched"
EMAILS = 20_000
# Calls a second: what Resend gives a team unless it asks for more.
ALLOWED = 5
LATENCY = {"seconds": 0.15, "jitter": 0.05}
LOOK_SECONDS = 0.2
# Nobody here waits as long for the next e-mail, unless it is lost.
STALL_SECONDS = 120.0


class EmailsLostError(Exception):
    """Not all were sent: there is nothing to compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    workspaces: int
    in_a_call: int = EMAILS_IN_A_CALL
    # Of what the others send: one by one, all of them take longer than anybody would watch.
    share: float = 1.0


CASES = (
    Case(name="batches, one workspace", workspaces=1),
    Case(name="batches, 1,000 workspaces", workspaces=1_000),
    Case(name="one by one", workspaces=1, in_a_call=1, share=0.02),
)


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    emails: int
    calls: int
    # Calls that were refused for being too many.
    refused: int
    # From the first call to the last answer.
    seconds: float
    twice: int
    others: float

    @property
    def of_all(self) -> float:
        """Seconds that 20,000 take at this pace."""
        return self.seconds * EMAILS / self.emails


async def run(console: Console, *, count: int = EMAILS) -> list[Result]:
    results = []
    async with servers() as around, Sandbox(around.folder / "ledger.jsonl") as sandbox:
        console.print(str(await machine.describe(around.home, around.postgres.url)))
        for case in CASES:
            await sandbox.control.reset()
            await sandbox.control.behave(
                "resend", rate_limit={"limit": ALLOWED, "window": 1}, latency=LATENCY
            )
            async with staged(around, sandbox, case) as stage:
                results.append(await stage.measure(max(10, round(count * case.share))))
    console.print(_table(results))
    warn_of_company(console, (result.others for result in results))
    return [result for result in results if result.twice]


@dataclass(frozen=True, slots=True)
class Stage:
    servers: Servers
    sandbox: Sandbox
    database: "asyncpg.Pool[Any]"
    url: str
    case: Case
    pid: int

    async def measure(self, count: int) -> Result:
        workspaces = [uuid4() for _ in range(min(self.case.workspaces, count))]
        await self.add_recipients(workspaces)
        async with httpx.AsyncClient(
            base_url=f"{self.url}/api/admin/", verify=WITHOUT_AUTHORITIES, trust_env=False
        ) as http:
            # All due when the first goes out: what is measured is the way out, not the way in.
            held = await http.post(
                "pauses", json={"scope": "kind:deliver-email", "reason": "the bench fills up"}
            )
            held.raise_for_status()
            leads = [lead_of(workspaces[at % len(workspaces)]) for at in range(count)]
            await fill(self.servers.bootstrap, TOPIC, leads)
            await self.until("pending", count)
            company = Company()
            (await http.delete(f"pauses/{held.json()['id']}")).raise_for_status()
            await self.until("delivered", count)
        return self._result(count, company.cores())

    async def add_recipients(self, workspaces: Sequence[UUID]) -> None:
        await self.database.executemany(
            """
            INSERT INTO recipients (id, workspace_id, email, min_score, enabled, unsubscribe_token)
            VALUES ($1, $2, $3, 'cold', true, $4)
            """,
            [
                (uuid4(), workspace, f"sales@{workspace}.example", uuid4().hex)
                for workspace in workspaces
            ],
        )

    async def until(self, status: str, count: int) -> None:
        most, since = -1, time.monotonic()
        while most < count:
            found = await self.database.fetchval(
                "SELECT count(*) FROM deliveries WHERE status = $1", status
            )
            if found > most:
                most, since = found, time.monotonic()
            elif time.monotonic() - since > STALL_SECONDS:
                raise EmailsLostError(f"{most} of {count} e-mails are {status}")
            await asyncio.sleep(LOOK_SECONDS)

    def _result(self, count: int, others: float) -> Result:
        entries = self.sandbox.ledger.entries(provider="resend")
        sent = [len(found) for found in self.sandbox.ledger.emails().values()]
        began = min(entry.time.timestamp() for entry in entries)
        ended = max(entry.time.timestamp() + entry["took_ms"] / 1000 for entry in entries)
        return Result(
            case=self.case,
            emails=count,
            calls=len(entries),
            refused=sum(entry["status"] == 429 for entry in entries),
            seconds=ended - began,
            twice=sum(sent) - len(sent),
            others=others,
        )


@asynccontextmanager
async def staged(servers: Servers, sandbox: Sandbox, case: Case) -> AsyncIterator[Stage]:
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
        IN_A_CALL: str(case.in_a_call),
    }
    url = f"http://127.0.0.1:{port}"
    async with (
        running(
            "bench.emails.service",
            "worker",
            environment=environment,
            log=servers.logs / "delivery.log",
            home=servers.home,
        ) as process,
        asyncpg.create_pool(
            database_url, min_size=1, max_size=2, server_settings={"search_path": SERVICE.package}
        ) as database,
    ):
        if not await until(lambda: _is_ready(url), within=60):
            raise EmailsLostError("the service does not start")
        yield Stage(servers, sandbox, database, url, case, process.pid)


def _is_ready(url: str) -> bool:
    try:
        answer = httpx.get(f"{url}/readyz", verify=WITHOUT_AUTHORITIES, trust_env=False)
    except httpx.TransportError:
        return False
    return answer.is_success


def lead_of(workspace: UUID) -> Load:
    lead_id = str(uuid4())
    event = orjson.loads((default_root() / f"examples/{TOPIC}/v1/full.json").read_bytes())
    event |= {"lead_id": lead_id, "workspace_id": str(workspace)}
    return Load(lead_id.encode(), orjson.dumps(event), [])


def _table(results: Sequence[Result]) -> Table:
    table = Table(title=f"B12: alerts by e-mail, at {ALLOWED} calls a second")
    table.add_column("how")
    for name in (
        "e-mails",
        "calls",
        "refused",
        "seconds",
        f"{EMAILS:,} take",
        "twice",
        "others (cores)",
    ):
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(
            result.case.name,
            f"{result.emails:,}",
            f"{result.calls:,}",
            f"{result.refused:,}",
            f"{result.seconds:,.1f}",
            f"{result.of_all / 60:,.1f} min",
            f"{result.twice:,}",
            f"{result.others:.2f}",
        )
    return table

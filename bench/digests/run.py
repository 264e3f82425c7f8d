"""B13: what digests cost in calls, time and memory, when all windows end at once."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from uuid import uuid4

import orjson
from rich.console import Console
from rich.table import Table

from bench import machine
from bench.emails.run import ALLOWED, LATENCY, Case, Stage, lead_of, staged
from bench.processes import MIB, Company, resident, warn_of_company
from bench.servers import servers
from bench.topics import fill
from leadstream_dev.sandbox import Sandbox

RECIPIENTS = 1_000
LEADS_EACH = 20
LOOK_SECONDS = 0.25
# Of the week there that began long before it did elsewhere: no window ends of itself while the bench fills up.
WEEKLY = {
    "rhythm": dict.fromkeys(("hot", "warm", "cold"), "weekly"),
    "zone": "Pacific/Kiritimati",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    recipients: int
    leads: int
    calls: int
    # Calls that were refused for being too many.
    refused: int
    # From the windows' end to the last digest.
    seconds: float
    # Digests of more than one for a recipient.
    twice: int
    # Bytes: before the windows end, and the most that was seen until the last digest.
    idle: int
    most: int
    others: float


async def run(console: Console, *, recipients: int = RECIPIENTS) -> list[Result]:
    """Return the result if any digest went out twice."""
    async with servers() as around, Sandbox(around.folder / "ledger.jsonl") as sandbox:
        console.print(str(await machine.describe(around.home, around.postgres.url)))
        await sandbox.control.behave(
            "resend", rate_limit={"limit": ALLOWED, "window": 1}, latency=LATENCY
        )
        case = Case(name="digests", workspaces=recipients)
        async with staged(around, sandbox, case) as stage:
            result = await _measure(stage, recipients)
    console.print(_table(result))
    warn_of_company(console, [result.others])
    return [result] if result.twice else []


async def _measure(stage: Stage, recipients: int) -> Result:
    workspaces = [uuid4() for _ in range(recipients)]
    await stage.add_recipients(workspaces)
    await stage.database.execute(
        "UPDATE recipients SET preferences = $1", orjson.dumps(WEEKLY).decode()
    )
    leads = [lead_of(workspace) for workspace in workspaces for _ in range(LEADS_EACH)]
    await fill(stage.servers.bootstrap, "lead.enriched", leads)
    await stage.until("pending", len(leads))
    idle = resident(stage.pid)
    company, began = Company(), time.monotonic()
    await stage.database.execute("UPDATE deliveries SET due_at = now() - interval '1 minute'")
    delivered = asyncio.create_task(stage.until("delivered", len(leads)))
    most = idle
    while not delivered.done():
        most = max(most, resident(stage.pid))
        await asyncio.sleep(LOOK_SECONDS)
    await delivered
    seconds, others = time.monotonic() - began, company.cores()
    entries = stage.sandbox.ledger.entries(provider="resend")
    sent = Counter(
        recipient
        for _, effect in stage.sandbox.ledger.effects("email")
        for recipient in effect["recipients"]
    )
    return Result(
        recipients=len(sent),
        leads=len(leads),
        calls=len(entries),
        refused=sum(entry.status == 429 for entry in entries),
        seconds=seconds,
        twice=sent.total() - len(sent),
        idle=idle,
        most=most,
        others=others,
    )


def _table(result: Result) -> Table:
    table = Table(title=f"B13: digests, at {ALLOWED} calls a second")
    cells = {
        "recipients": f"{result.recipients:,}",
        "leads": f"{result.leads:,}",
        "calls": f"{result.calls:,}",
        "refused": f"{result.refused:,}",
        "seconds": f"{result.seconds:,.1f}",
        "twice": f"{result.twice:,}",
        "MiB before": f"{result.idle / MIB:,.0f}",
        "MiB at most": f"{result.most / MIB:,.0f}",
        "others (cores)": f"{result.others:.2f}",
    }
    for name in cells:
        table.add_column(name, justify="right")
    table.add_row(*cells.values())
    return table

"""Leadstream's worker with one kind of job, whose attempt is one call of a provider with a limit."""

import asyncio
import logging
import signal
import sys
from datetime import timedelta

import httpx
import uvloop

from bench.bound.plan import KIND, SCHEMA, Plan
from leadstream.http import AmbiguousError, HttpClient, NotSentError, provider_client
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, Outcome, Problem, Retry, Succeeded
from leadstream.jobs.worker import Worker
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from leadstream.ratelimit import RateLimit

LEASE = timedelta(seconds=60)
DRAIN = timedelta(seconds=5)
# As enrichment keeps it back for Clay: calls may arrive closer together than they were let go.
PART_OF_BURST = 0.9


class Call:
    def __init__(self, http: HttpClient, url: str) -> None:
        self._http = http
        self._url = url

    async def __call__(self, job: Job) -> Outcome:
        body = {"type": KIND, "data": {"lead_id": str(job.id)}}
        headers = {"webhook-id": str(job.id)}
        try:
            answer = await self._http.send(
                httpx.Request("POST", self._url, json=body, headers=headers)
            )
        except (NotSentError, AmbiguousError) as exc:
            return _retry(str(exc))
        if answer.is_success:
            return Succeeded(status_code=answer.status_code)
        return _retry(f"the provider answered {answer.status_code}")


def _retry(message: str) -> Retry:
    # Our own, so that refusals which the benchmark has ordered open no circuit.
    return Retry(problem=Problem(error_class="refused", message=message), own=True)


async def main(plan: Plan) -> None:
    database = await Database.connect(plan.database, schema=SCHEMA)
    http = provider_client(max_connections=plan.concurrency)
    kind = JobKind(
        name=KIND,
        handler=Call(http, plan.url),
        concurrency=plan.concurrency,
        rate=RateLimit(
            name=KIND, per_second=plan.limit, burst=max(1, int(plan.limit * PART_OF_BURST))
        ),
    )
    board = PauseBoard(database)
    worker = Worker(
        database,
        Ledger(database, lease=LEASE),
        board,
        [kind],
        lease=LEASE,
        drain_timeout=DRAIN,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with asyncio.TaskGroup() as loops:
        for each in (board, worker):
            loops.create_task(each.run(stop))
        print("working", flush=True)
    await http.aclose()
    await database.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(main(Plan.of_argument(sys.argv[1])))

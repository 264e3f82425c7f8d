"""The peer: httpx and a semaphore as wide as the limit lets it be, with leads from nowhere and nothing written down."""

import asyncio
import logging
import signal
import sys
from contextlib import suppress

import httpx
import uvloop

from bench.bound.plan import KIND, Plan
from leadstream.ids import new_id
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES


async def main(plan: Plan) -> None:
    calling = asyncio.current_task()
    assert calling is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, calling.cancel)
    limits = httpx.Limits(max_connections=plan.concurrency)
    async with httpx.AsyncClient(
        verify=WITHOUT_AUTHORITIES, trust_env=False, limits=limits
    ) as http:
        print("working", flush=True)
        with suppress(asyncio.CancelledError):
            await _call_on(http, plan)


async def _call_on(http: httpx.AsyncClient, plan: Plan) -> None:
    semaphore = asyncio.Semaphore(plan.concurrency)

    async def call() -> None:
        lead_id = str(new_id())
        body = {"type": KIND, "data": {"lead_id": lead_id}}
        try:
            await http.post(plan.url, json=body, headers={"webhook-id": lead_id})
        finally:
            semaphore.release()

    async with asyncio.TaskGroup() as calls:
        while True:
            await semaphore.acquire()
            calls.create_task(call())


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(main(Plan.of_argument(sys.argv[1])))

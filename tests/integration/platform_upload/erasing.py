"""Erasing somebody at platforms, and what is there and in the receipt afterwards."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import orjson

from integration.platform_upload.bench import WORKSPACE, Bench
from integration.platform_upload.machine import Replica, work
from leadstream.jobs.model import Job, Outcome
from support.waiting import eventually

ADA = "ada@acme.com"
ADAS = {
    "full_name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "Ada@acme.com",
    "title": "Countess",
    "phone": "+44 20 7946 0018",
}
BOBS = {"full_name": "Bob Babbage", "email": "bob@acme.com", "title": "CTO"}
PEOPLE: dict[str, Any] = {"contacts": [ADAS, BOBS], "primary_contact": ADAS}


async def erase(
    bench: Bench, email: str = ADA, *, status: int = 200, **more: Any
) -> dict[str, Any]:
    asked = {"email": email, "reason": "asked", "receipt_id": str(uuid4()), **more}
    return await bench.post("/erasures", asked, status=status)


async def receipt(bench: Bench, erased: dict[str, Any]) -> dict[str, Any]:
    async with bench.replica.http() as http:
        answer = await http.get(f"/erasure-receipts/{erased['receipt_id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def entries(found: dict[str, Any], kind: str = "platform") -> list[dict[str, Any]]:
    documents = [orjson.loads(each["content"]) for each in found["entries"]]
    return [document for document in documents if document["entry"] == kind]


async def companies(bench: Bench) -> list[dict[str, Any]]:
    return await _records(bench, "companies")


async def contacts(bench: Bench) -> list[dict[str, Any]]:
    return await _records(bench, "contacts")


async def _records(bench: Bench, kind: str) -> list[dict[str, Any]]:
    portals = (await bench.sandbox.control.state("hubspot")).values()
    return [record["properties"] for portal in portals for record in portal["records"][kind]]


async def leads(bench: Bench) -> list[dict[str, Any]]:
    orgs = (await bench.sandbox.control.state("salesforce")).values()
    return [lead for org in orgs for lead in org]


async def edit(bench: Bench, lead: dict[str, Any], fields: dict[str, Any]) -> None:
    """As somebody at the customer's would."""
    base = f"{bench.sandbox.url}/salesforce/services"
    async with httpx.AsyncClient() as http:
        form = {
            "grant_type": "client_credentials",
            "client_id": f"sandbox-{WORKSPACE}",
            "client_secret": "sandbox-secret",
        }
        token = (await http.post(f"{base}/oauth2/token", data=form)).json()["access_token"]
        answer = await http.patch(
            f"{base}/data/v67.0/sobjects/Lead/LeadStream_Lead_Id__c/{lead['LeadStream_Lead_Id__c']}",
            json=fields,
            headers={"authorization": f"Bearer {token}"},
        )
    assert answer.status_code == 200, answer.text


async def lose_an_erasure(replica: Replica) -> None:
    """Let the platform erase, and the replica die before it can write that down."""
    answered = _never_tell(replica)
    async with replica.working():
        await asyncio.wait_for(answered.wait(), 30)


async def take_back(replica: Replica) -> None:
    """What another replica has begun and will not end."""
    query = "UPDATE jobs SET leased_until = leased_until - $1::interval"
    await replica.database.pool.execute(query, replica.settings.job_lease)
    await replica.janitor().reclaim()
    await work(replica)


def _never_tell(replica: Replica) -> asyncio.Event:
    """Let the replica's attempts reach the platform and never come back; the event says that one has."""
    (kind,) = [kind for kind in replica.parts.kinds if kind.name == "erase-person"]
    attempt, answered = kind.handler, asyncio.Event()
    assert attempt

    async def and_vanish(job: Job) -> Outcome:
        await attempt(job)
        answered.set()
        await asyncio.Event().wait()
        raise AssertionError

    replica.parts = replace(replica.parts, kinds=[replace(kind, handler=and_vanish)])
    return answered


async def going_on(replica: Replica) -> None:
    """Let the service's loops finish what was begun."""
    stop = asyncio.Event()
    loops = [asyncio.ensure_future(loop(stop)) for loop in replica.parts.loops]

    async def done() -> bool:
        query = "SELECT count(*) FROM erasures WHERE finished_at IS NULL"
        return not await replica.database.pool.fetchval(query)

    await eventually(done, "an erasure is not finished", within=20)
    stop.set()
    await asyncio.gather(*loops)

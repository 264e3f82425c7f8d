"""I14: what was set aside or has failed is run again, twice."""

import asyncio

from chaos.crowd import Crowd
from chaos.outcome import SQL, Report, report_of, settle
from chaos.waiting import until
from chaos.world import World
from leadstream.kafka.client import make_producer

DEAD_LETTERS = "lead.discovered.enrichment.dlq"
TOPIC = "lead.discovered"


async def replay_twice(world: World, *, leads: int) -> Report:
    """A good part of the leads lies in the dead-letter topic, and every webhook is refused at first."""
    crowd = Crowd(world.slug("replays"), leads)
    world.fleet.forget()
    await crowd.prepare(world)
    # What earlier scenarios left there stays bad.
    await world.leadstream("dlq", "replay", DEAD_LETTERS)
    await _refuse_webhooks(world, crowd)
    await _set_aside(world, crowd)
    said = [await world.leadstream("dlq", "replay", DEAD_LETTERS)]
    await _until_refused(world, crowd)
    await world.sandbox.control.clear("hooks", "receive")
    said.append(await _retry(world))
    report = await report_of("I14 replays", world, crowd)
    calls = len(world.ledger.entries())
    again = await _retry(world)
    await _set_aside(world, crowd)
    said.append(await world.leadstream("dlq", "replay", DEAD_LETTERS))
    await asyncio.sleep(3)
    await settle(world, crowd)
    report.figures["said"] = [line.strip() for line in [*said, again]]
    extra = len(world.ledger.entries()) - calls
    if extra:
        report.faults.append(f"the second replay made {extra} calls")
    if " 0 jobs" not in again:
        report.faults.append(f"the second retry found something: {again}")
    return report


async def _retry(world: World) -> str:
    return await world.leadstream("jobs", "retry", "--service", "delivery")


async def _refuse_webhooks(world: World, crowd: Crowd) -> None:
    match = {"hook": crowd.alerts_hook}
    await world.sandbox.control.behave(
        "hooks", "receive", match=match, errors={"rate": 1.0, "status": 400}
    )


async def _until_refused(world: World, crowd: Crowd) -> None:
    """Wait until every lead's webhook was tried, and nothing is under way."""

    async def all_tried() -> bool:
        tried = world.ledger.entries(provider="hooks", hook=crowd.alerts_hook)
        leads = {entry["lead_id"] for entry in tried}
        return len(leads) == len(crowd.companies) and not await world.value(SQL.unfinished)

    if not await until(all_tried, within=60):
        raise AssertionError("not every webhook was tried")


async def _set_aside(world: World, crowd: Crowd) -> None:
    """As a consumer would have that could not read these records, before it was mended."""
    producer = make_producer(world.kafka_config)
    await producer.start()
    try:
        for company in crowd.companies.values():
            lead = crowd.lead_id(company)
            await producer.send_and_wait(
                DEAD_LETTERS,
                key=str(lead).encode(),
                value=company.as_event(lead, crowd.workspace),
                headers=[("dlq_topic", TOPIC.encode()), ("dlq_reason", b"schema_violation")],
            )
    finally:
        await producer.stop()

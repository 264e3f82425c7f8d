"""Leadstream's own stage: Intake → jobs → Worker → outbox → Relay, as a service's process runs them.

The handler calls nobody; the recorder writes one row a lead and announces the next event. Nothing is left out that
the runtime does: validation, the binding of leads to workspaces, metrics, attempt history.
"""

import asyncio
import logging
import signal
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import uvloop

from bench.hop.plan import Plan, enriched
from bench.hop.sql import SQL
from leadstream.contracts import Decoded, LeadDiscovered, LeadEnriched
from leadstream.ids import derived_id
from leadstream.jobs.kinds import Grouping, JobKind
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, NewJob, Outcome, Priority, Settled, Succeeded
from leadstream.jobs.worker import Worker
from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.handlers import Work
from leadstream.kafka.intake import Intake
from leadstream.outbox import OutboxEvent
from leadstream.outbox.announce import announce
from leadstream.outbox.relay import Relay
from leadstream.pauses import PauseBoard
from leadstream.postgres import SHARED, Database, Tx, migrate
from leadstream.runtime.garbage import leave_out_what_is_loaded
from leadstream.runtime.observed import observe_settled

SCHEMA = "public"
GROUP = 500
LEASE = timedelta(seconds=60)


async def on_lead_discovered(tx: Tx, events: Sequence[Decoded[LeadDiscovered]]) -> Work:
    return Work(jobs=[_job(decoded) for decoded in events])


def _job(decoded: Decoded[LeadDiscovered]) -> NewJob:
    lead = decoded.event
    return NewJob(
        id=derived_id("hop", lead.lead_id, lead.revision),
        kind="hop",
        priority=Priority.of_score(lead.intent.score),
        lane=f"workspace:{lead.workspace_id}",
        payload={"lead": orjson.Fragment(lead.as_json())},
        workspace_id=lead.workspace_id,
        lead_id=lead.lead_id,
        traceparent=decoded.traceparent,
    )


async def attempt(jobs: Sequence[Job]) -> Sequence[Outcome]:
    return [Succeeded(result=_announced(job)) for job in jobs]


def _announced(job: Job) -> OutboxEvent:
    lead = enriched(job.payload["lead"])
    event = LeadEnriched.of(lead, lead["enrichment"])
    event_id = derived_id(LeadEnriched.topic_name, job.id)
    return announce(event, event_id=event_id, traceparent=job.traceparent)


async def record(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
    leads = [each.job.payload["lead"] for each in settled]
    await tx.execute(
        SQL.save_states,
        [lead["lead_id"] for lead in leads],
        [lead["workspace_id"] for lead in leads],
        [lead["revision"] for lead in leads],
        [orjson.dumps(lead).decode() for lead in leads],
    )
    return [each.outcome.result for each in settled if isinstance(each.outcome, Succeeded)]


async def _size(lane: str) -> int:
    return GROUP


async def main(plan: Plan) -> None:
    leave_out_what_is_loaded()
    await migrate(plan.database, schema=SCHEMA, packages=[SHARED])
    database = await Database.connect(plan.database, schema=SCHEMA, min_size=4)
    kafka = KafkaConfig(bootstrap_servers=plan.bootstrap)
    board = PauseBoard(database)
    relay = Relay(database, kafka, source="/leadstream/bench")
    kind = JobKind(
        name="hop",
        group_handler=attempt,
        grouping=Grouping(size=_size, linger=timedelta(0), largest=GROUP),
        recorder=record,
        concurrency=4,
    )
    worker = Worker(
        database,
        Ledger(database, lease=LEASE),
        board,
        [kind],
        lease=LEASE,
        drain_timeout=timedelta(seconds=5),
        on_outbox=relay.hand_over,
        on_settled=observe_settled,
    )
    handlers: dict[str, Any] = {plan.source: on_lead_discovered}
    intake = Intake(
        database,
        board,
        kafka,
        handlers,
        service="bench",
        group=plan.group,
        adding=worker.adding,
        on_outbox=relay.hand_over,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await asyncio.gather(*(each.run(stop) for each in (board, relay, worker, intake)))
    await database.close()


if __name__ == "__main__":
    # As all stages here: what each writes per event at INFO is not compared.
    logging.basicConfig(level=logging.WARNING)
    uvloop.run(main(Plan.of_environment()))

"""When a process may take work."""

import asyncio
from typing import Any

from leadstream.kafka.client import KafkaConfig
from leadstream.kafka.intake import Intake
from leadstream.kafka.reach import is_reachable
from leadstream.observability.health import Health
from leadstream.postgres import Database, at_head
from leadstream.runtime.service import Service


def add_checks(
    health: Health,
    service: Service[Any],
    database: Database,
    kafka: KafkaConfig,
    intake: Intake | None,
) -> None:
    async def event_loop() -> str | None:
        # Answering at all is the proof; the probe's own time-out is the measure.
        await asyncio.sleep(0)
        return None

    async def postgres() -> str | None:
        await database.pool.fetchval("SELECT 1")
        return None

    async def migrations() -> str | None:
        head = await at_head(database, service.packages)
        return None if head else f"behind: run `python -m {service.package} migrate`"

    async def broker() -> str | None:
        return None if await is_reachable(kafka) else "no broker can be reached"

    health.add_liveness("event_loop", event_loop)
    health.add_readiness("postgres", postgres)
    health.add_readiness("migrations", migrations)
    health.add_readiness("kafka", broker)
    if intake:
        _add_intake_checks(health, intake)


def _add_intake_checks(health: Health, intake: Intake) -> None:
    async def assignment() -> str | None:
        return None if intake.joined else "the consumer group has not assigned partitions yet"

    async def consumption() -> str | None:
        stopped = intake.stopped_topics
        return f"consumption is stopped: {', '.join(stopped)}" if stopped else None

    health.add_readiness("assignment", assignment)
    health.add_readiness("consumption", consumption)

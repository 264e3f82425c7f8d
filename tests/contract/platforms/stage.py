"""The platform-upload service as it runs in production: a process of its own, on a real Kafka and Postgres."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import orjson
from aiokafka import AIOKafkaProducer

from leadstream.contracts import registry
from leadstream.kafka import topics
from leadstream.kafka.client import KafkaConfig
from leadstream.postgres import Database, migrate
from leadstream_dev.home import Home
from leadstream_dev.kafka import KafkaBroker
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES
from leadstream_dev.services import SERVICES, Services
from platform_upload.bootstrap import SERVICE
from support.kafka import UNKILLED
from support.postgres import Databases
from support.uploads import KEY, UploadApi, an_upload
from support.waiting import eventually

# The last record of those that a test produces: cold, so that it is a row and nothing else.
MARKERS: Final = UUID(int=0xC01D)
ONE_PARTITION: Final = 0
PACE: Final = {
    "UPLOAD_LINGER": "0.1",
    "RETRY_BASE": "0.05",
    # Not shorter where no test wants it to: a busy machine takes its time, too.
    "WEBHOOK_TIMEOUT": "30",
    # Calls that hang are given up with the service.
    "DRAIN_TIMEOUT": "0.2",
    "ADMIN_CHANGES_PER_MINUTE": "100000",
}

# Work of a workspace that a worker would do now, or in a moment: due, and held by no pause.
_LEFT: Final = """
SELECT count(*) FROM jobs
 WHERE workspace_id = $1
   AND (state = 'running'
        OR (state = 'ready' AND run_at <= now() + interval '2 seconds'
            AND NOT EXISTS (SELECT 1 FROM pauses
                             WHERE (until IS NULL OR until > now())
                               AND scope IN ('all', 'kind:' || jobs.kind, jobs.lane,
                                             'workspace:' || jobs.workspace_id::text))))
"""
_IS_TAKEN: Final = "SELECT count(*) FROM uploads WHERE lead_id = $1"


@dataclass(slots=True)
class Stage(UploadApi):
    """One for all tests: each has a workspace and accounts of its own."""

    sandbox: Sandbox
    database: Database
    url: str
    log: Path
    producer: AIOKafkaProducer

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/admin",
            verify=WITHOUT_AUTHORITIES,
            trust_env=False,
            timeout=60,
        )

    async def take(self, *events: Any) -> None:
        """Produce `lead.upload` records and wait until the service has taken them in."""
        marker = an_upload(id=str(uuid4()), workspace=MARKERS, intent_score="cold")
        for event in (*events, marker):
            await self.producer.send(
                "lead.upload",
                orjson.dumps(event),
                key=event["lead_id"].encode(),
                partition=ONE_PARTITION,
            )
        await self.producer.flush()

        async def is_taken() -> bool:
            return bool(await self.database.pool.fetchval(_IS_TAKEN, UUID(marker["lead_id"])))

        await eventually(is_taken, "the service takes no records in", within=60)

    async def dead_letters(self) -> list[str]:
        """Why records were set aside: none of the suite's is to be."""
        rows = await self.database.pool.fetch("SELECT reason, error FROM dead_letters")
        return [f"{row['reason']}: {row['error']}" for row in rows]

    async def settle(self, workspace: UUID, *, within: float = 60.0) -> None:
        """Wait until the service has done what it can do now for a workspace."""

        async def is_done() -> bool:
            return not await self.database.pool.fetchval(_LEFT, workspace)

        await eventually(is_done, f"there is work left for {workspace}", within=within)


async def _prepare(url: str) -> None:
    await migrate(url, schema=SERVICE.package, packages=SERVICE.packages)


@asynccontextmanager
async def staged(databases: Databases, sandbox: Sandbox, folder: Path) -> AsyncIterator[Stage]:
    """Start the service and what it needs. Not on the session's broker: others leave their records in its topics."""
    async with AsyncExitStack() as running:
        kafka = await running.enter_async_context(KafkaBroker.temporary(config=UNKILLED))
        template = await databases.template(SERVICE.package, _prepare)
        database_url = await databases.create(template)
        running.push_async_callback(databases.drop, database_url)
        await topics.apply(KafkaConfig(bootstrap_servers=kafka.bootstrap_servers), registry.load())
        environment = {
            **sandbox.env(),
            **PACE,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "DATABASE_URL": database_url,
            "ENCRYPTION_KEYS": KEY,
        }
        specs = [spec for spec in SERVICES if spec.name == SERVICE.name]
        services = Services(env=environment, specs=specs, home=Home(folder))
        await running.enter_async_context(services)
        database = await Database.connect(database_url, schema=SERVICE.package)
        running.push_async_callback(database.close)
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
        await producer.start()
        running.push_async_callback(producer.stop)
        (replica,) = services[SERVICE.name]
        yield Stage(sandbox, database, replica.url, replica.log, producer)

"""A whole process of a service: how it starts, what it says, how it ends."""

import asyncio
import re
import time

import asyncpg
import httpx

from integration.runtime.processes import PUBLISHED, running, settings
from leadstream.outbox.relay import DRAIN_SECONDS
from leadstream.postgres import Database
from leadstream_dev.postgres import PostgresServer
from support.kafka import KafkaAdmin
from support.ledger import until

# design: SIGTERM to exit.
GRACE = 10.0
NOBODY = "127.0.0.1:1"


async def test_the_operations_answer(migrated_url: str, kafka: str) -> None:
    async with (
        running("worker", settings(migrated_url, kafka)) as service,
        await service.client() as client,
    ):
        await until(lambda: _answers(client, "/readyz", 200))
        alive = await client.get("/healthz")
        ready = (await client.get("/readyz")).json()
        metrics = (await client.get("/metrics")).text
        docs = await client.get("/docs")
        paths = (await client.get("/openapi.json")).json()["paths"]

    assert alive.json() == {"status": "ok", "failing": {}, "passing": ["event_loop"]}
    assert {"postgres", "migrations", "kafka"} <= set(ready["passing"])
    assert "leadstream_build_info{" in metrics
    assert 'service="scheduler"' in metrics
    assert "leadstream_outbox_rows 0.0" in metrics
    assert (docs.status_code, docs.headers["content-type"][:9]) == (200, "text/html")
    assert {"/api/admin/schedules", "/api/admin/jobs", "/api/admin/pauses"} <= set(paths)


async def test_migrate_brings_the_schema_up_and_exits_0(database_url: str) -> None:
    given = settings(database_url, NOBODY)

    for _ in range(2):
        async with running("migrate", given) as service:
            assert await service.ended(within=60) == 0

    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM scheduler.schedules") == 0
    finally:
        await connection.close()


async def test_i13_sigterm_under_load_drains_and_exits_0_within_the_grace(
    migrated_url: str,
    database: Database,
    kafka: str,
    kafka_admin: KafkaAdmin,
    tick_topic: str,
) -> None:
    before = await kafka_admin.ends(tick_topic)
    accepted: list[str] = []

    async def trigger(client: httpx.AsyncClient) -> None:
        """As fast as it goes, until nobody answers any more."""
        while True:
            try:
                answer = await client.post("/api/admin/schedules/credit-reset/trigger")
            except httpx.HTTPError:
                return
            if answer.status_code == 202:
                accepted.append(answer.json()["tick_id"])

    async with (
        running("worker", settings(migrated_url, kafka)) as service,
        await service.client() as client,
    ):
        callers = [asyncio.create_task(trigger(client)) for _ in range(8)]
        await until(lambda: len(accepted) > 200)
        told_at = time.monotonic()
        service.terminate()
        assert await service.ended(within=GRACE) == 0
        await asyncio.gather(*callers)

    took = time.monotonic() - told_at
    assert took < GRACE
    rows = await database.pool.fetch("SELECT id FROM ticks")
    assert {str(row["id"]) for row in rows} >= set(accepted)
    # What was accepted went out before the end, or is kept if this machine left the relay no time for that.
    left = await database.pool.fetchval("SELECT count(*) FROM outbox")
    assert left == 0 or took > DRAIN_SECONDS
    sent = len(await kafka_admin.records(tick_topic, since=before))
    assert sent == len(rows) or (left and sent >= len(rows) - left)


async def test_missing_settings_are_named_in_one_line_and_exit_2() -> None:
    async with running("worker", {"HTTP_PORT": "99999"}) as service:
        assert await service.ended(within=60) == 2
        errors = service.errors()

    assert errors.count("\n") == 1
    assert errors.startswith("scheduler: cannot start: ")
    assert "SCHEDULER_DATABASE_URL or DATABASE_URL is missing" in errors
    assert "KAFKA_BOOTSTRAP_SERVERS is missing" in errors
    assert "HTTP_PORT" in errors


async def test_kafka_that_does_not_come_is_waited_for_then_given_up_with_69(
    migrated_url: str,
) -> None:
    given = settings(migrated_url, NOBODY, STARTUP_TIMEOUT="3")
    async with running("worker", given) as service:
        started = time.monotonic()
        await until(lambda: service.logged("runtime.waiting"))
        assert await service.ended(within=60) == 69
        [waited] = service.logged("runtime.waiting")
        errors = service.errors()

    assert waited["what"] == "Kafka"
    assert time.monotonic() - started > 2
    assert re.fullmatch(
        r"scheduler: Kafka was not there within 3 s \(\w+\): check KAFKA_BOOTSTRAP_SERVERS\n",
        errors,
    )


async def test_postgres_that_refuses_us_is_named_without_the_password(
    migrated_url: str, kafka: str
) -> None:
    url = re.sub(r"/[^/]*$", "/no_such_database", migrated_url)
    async with running("worker", settings(url, kafka, STARTUP_TIMEOUT="2")) as service:
        assert await service.ended(within=60) == 69
        errors = service.errors()

    assert errors == (
        "scheduler: Postgres was not there within 2 s (InvalidCatalogNameError):"
        " check the database URL\n"
    )


async def test_missing_migrations_are_named_and_waited_for(database_url: str, kafka: str) -> None:
    given = settings(database_url, kafka)
    async with running("worker", given) as service:
        await until(lambda: service.logged("runtime.waiting"))
        [waiting] = service.logged("runtime.waiting")
        async with running("migrate", given) as migration:
            assert await migration.ended(within=60) == 0
        async with await service.client() as client:
            await until(lambda: _answers(client, "/readyz", 200))
    assert waiting["what"] == "a migrated schema"

    connection = await asyncpg.connect(database_url)
    await connection.execute("DROP SCHEMA scheduler CASCADE")
    await connection.close()
    async with running("worker", given | {"STARTUP_TIMEOUT": "1"}) as service:
        assert await service.ended(within=60) == 69
        assert "run `python -m scheduler migrate`" in service.errors()


async def test_sigterm_while_waiting_exits_0_at_once(migrated_url: str) -> None:
    async with running("worker", settings(migrated_url, NOBODY)) as service:
        await until(lambda: service.logged("runtime.waiting"))
        service.terminate()

        assert await service.ended(within=15) == 0
        assert service.errors() == ""


async def test_a_port_that_is_taken_ends_the_process(migrated_url: str, kafka: str) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = str(taken.sockets[0].getsockname()[1])

    async with running("worker", settings(migrated_url, kafka, HTTP_PORT=port)) as service:
        assert await service.ended(within=60) == 70
        [failed] = service.logged("runtime.component_failed")
        assert failed["component"] == "http"
    taken.close()


async def test_postgres_going_away_shows_in_readyz_and_mends_by_itself(
    own_postgres: PostgresServer, kafka: str, tick_topic: str
) -> None:
    given = settings(own_postgres.url, kafka)
    async with running("migrate", given) as migration:
        assert await migration.ended(within=60) == 0

    async with running("worker", given) as service, await service.client() as client:
        await until(lambda: _answers(client, "/readyz", 200))
        await own_postgres.kill()
        await until(lambda: _answers(client, "/readyz", 503))
        failing = (await client.get("/readyz")).json()["failing"]
        alive = await client.get("/healthz")
        call = await client.post("/api/admin/schedules/credit-reset/trigger")
        await own_postgres.start()
        await until(lambda: _answers(client, "/readyz", 200))
        again = await client.post("/api/admin/schedules/credit-reset/trigger")
        await until(lambda: _published(client))
        service.terminate()
        ended = await service.ended(within=GRACE)

    assert "postgres" in failing
    assert "leadstream:" not in str(failing)
    assert (alive.status_code, call.status_code, again.status_code) == (200, 503, 202)
    assert ended == 0


async def test_sigterm_while_postgres_is_away_still_ends_in_time(
    own_postgres: PostgresServer, kafka: str
) -> None:
    given = settings(own_postgres.url, kafka)
    async with running("migrate", given) as migration:
        assert await migration.ended(within=60) == 0

    async with running("worker", given) as service, await service.client() as client:
        await until(lambda: _answers(client, "/readyz", 200))
        await own_postgres.kill()
        await until(lambda: _answers(client, "/readyz", 503))
        service.terminate()

        assert await service.ended(within=GRACE) == 0


async def _answers(client: httpx.AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status


async def _published(client: httpx.AsyncClient) -> bool:
    metrics = (await client.get("/metrics")).text
    return re.search(PUBLISHED, metrics) is not None

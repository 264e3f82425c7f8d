"""One process of a service: waits for what it needs, runs its parts, and ends cleanly on SIGTERM."""

import asyncio
import importlib.metadata
import logging
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Generic

from leadstream.api import ApiServer
from leadstream.clock import SystemClock
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.worker import Worker
from leadstream.kafka.intake import Intake
from leadstream.kafka.storage import IntakeObserver
from leadstream.observability import tracing
from leadstream.observability.health import Health
from leadstream.observability.metrics import (
    CONSUMER_LAG_RECORDS,
    DEAD_LETTERS_TOTAL,
    EVENTS_CONSUMED_TOTAL,
    EVENTS_PUBLISHED_TOTAL,
    EVENTS_REFUSED_TOTAL,
    JOB_LEASES_EXPIRED_TOTAL,
    OUTBOX_LANES,
    RECORDS_MISSING_TOTAL,
    set_build_info,
)
from leadstream.outbox.relay import Relay
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database
from leadstream.removal import Remover
from leadstream.retention import Keeper, shared_rules
from leadstream.runtime.app import service_app
from leadstream.runtime.component import Component
from leadstream.runtime.garbage import leave_out_what_is_loaded
from leadstream.runtime.gauges import Gauges
from leadstream.runtime.grace import Grace
from leadstream.runtime.host import make_host
from leadstream.runtime.observed import observe_settled
from leadstream.runtime.readiness import add_checks
from leadstream.runtime.series import show_series
from leadstream.runtime.service import Loop, Parts, Resources, S, Service
from leadstream.runtime.waiting import (
    connect_postgres,
    unless_stopped,
    wait_for,
    wait_for_kafka,
    wait_for_migrations,
)
from leadstream.runtime.wiring import kafka_config, make_tracer

log = logging.getLogger(__name__)

# What spans have to go out when draining took all the time there was.
LEAST_FLUSH = timedelta(seconds=0.2)
# Connections that are still in use by then are cut.
CLOSE_SECONDS = 0.3


class Process(Generic[S]):
    """A worker process of one service, from start to drained."""

    def __init__(self, service: Service[S], settings: S) -> None:
        self._service = service
        self._settings = settings
        self._kafka = kafka_config(settings)
        self._health = Health()
        self._stop = asyncio.Event()
        self._grace = Grace(settings.drain_timeout)

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT. Raises GaveUpError if Kafka or Postgres are not there in time."""
        self._catch_signals()
        leave_out_what_is_loaded()
        set_build_info(self._service.name, importlib.metadata.version("leadstream-shared"))
        async with AsyncExitStack() as stack:
            self._start_tracing(stack)
            database = await unless_stopped(self._wait_for_what_it_needs(stack), self._stop)
            if database is not None:
                await self._run_with(database)

    def _start_tracing(self, stack: AsyncExitStack) -> None:
        tracer = make_tracer(self._settings, self._service.name)
        if tracer is None:
            return
        tracing.install(tracer)
        stack.callback(tracing.install, None)
        # The last to end: the others' last steps are spans as well.
        stack.callback(
            lambda: tracer.shutdown(max(LEAST_FLUSH, timedelta(seconds=self._grace.left())))
        )

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._told_to_stop)

    def _told_to_stop(self) -> None:
        self._grace.begin()
        self._stop.set()

    async def _wait_for_what_it_needs(self, stack: AsyncExitStack) -> Database:
        settings, service = self._settings, self._service
        patience = settings.startup_timeout
        database = await connect_postgres(
            settings.database_url.get_secret_value(), schema=service.package, patience=patience
        )
        stack.push_async_callback(_close, database)
        await wait_for_migrations(
            database, service.packages, package=service.package, patience=patience
        )
        await wait_for_kafka(self._kafka, patience=patience)
        return database

    async def _run_with(self, database: Database) -> None:
        board = PauseBoard(database)
        relay = self._make_relay(database)
        wakes: list[Callable[[], None]] = [relay.wake]

        def wake() -> None:
            for each in wakes:
                each()

        resources = Resources(
            settings=self._settings,
            database=database,
            board=board,
            clock=SystemClock(),
            kafka=self._kafka,
            wake=wake,
        )
        parts = await unless_stopped(self._build(resources), self._stop)
        if parts is None:
            return
        show_series(self._service.name, parts)
        ledger = Ledger(database, lease=self._settings.job_lease)
        worker = self._make_worker(database, ledger, board, parts, relay)
        wakes.append(worker.wake)
        intake = self._make_intake(database, board, parts, worker, relay)
        add_checks(self._health, self._service, database, self._kafka, intake)
        loops = self._loops(database, ledger, board, parts, worker, relay, intake, wake)
        try:
            await self._run_tree(loops, bool(intake))
        finally:
            for close in parts.close:
                await close()

    async def _build(self, resources: Resources[S]) -> Parts:
        async def attempt() -> Parts:
            await resources.board.refresh()
            return await self._service.build(resources)

        # It was there a moment ago, and may be gone again.
        return await wait_for(
            "Postgres",
            attempt,
            patience=self._settings.startup_timeout,
            hint="check the database URL",
        )

    @property
    def _leaves_events(self) -> bool:
        """Whether Debezium publishes the events, and the relay only what Debezium can't."""
        return self._settings.relay == "dead-letters"

    def _make_relay(self, database: Database) -> Relay:
        return Relay(
            database,
            self._kafka,
            source=f"/leadstream/{self._service.name}",
            only_dead_letters=self._leaves_events,
            on_published=lambda topic, count: EVENTS_PUBLISHED_TOTAL.labels(topic).inc(count),
            on_refused=lambda topic: EVENTS_REFUSED_TOTAL.labels(topic).inc(),
            on_lanes=_show_lanes,
        )

    def _make_worker(
        self, database: Database, ledger: Ledger, board: PauseBoard, parts: Parts, relay: Relay
    ) -> Worker:
        return Worker(
            database,
            ledger,
            board,
            parts.kinds,
            lease=self._settings.job_lease,
            drain_timeout=self._settings.drain_timeout,
            on_outbox=relay.hand_over,
            on_settled=observe_settled,
        )

    def _make_intake(
        self, database: Database, board: PauseBoard, parts: Parts, worker: Worker, relay: Relay
    ) -> Intake | None:
        if not parts.handlers:
            return None
        return Intake(
            database,
            board,
            self._kafka,
            parts.handlers,
            service=self._service.name,
            instance_id=self._settings.kafka_instance_id,
            session_timeout_ms=int(self._settings.kafka_session_timeout.total_seconds() * 1000),
            linger=parts.linger,
            adding=worker.adding,
            on_outbox=relay.hand_over,
            observer=IntakeObserver(
                consumed=lambda t, outcome, n: EVENTS_CONSUMED_TOTAL.labels(t, outcome).inc(n),
                dead_letter=lambda t, reason: DEAD_LETTERS_TOTAL.labels(t, reason).inc(),
                lag=lambda t, records: CONSUMER_LAG_RECORDS.labels(t).set(records),
                missing=lambda t, records: RECORDS_MISSING_TOTAL.labels(t).inc(records),
            ),
        )

    def _loops(  # noqa: PLR0913 - the tree, in one place
        self,
        database: Database,
        ledger: Ledger,
        board: PauseBoard,
        parts: Parts,
        worker: Worker,
        relay: Relay,
        intake: Intake | None,
        wake: Callable[[], None],
    ) -> list[tuple[str, Loop]]:
        """In the order of their start."""
        settings = self._settings
        janitor = worker.janitor(
            on_expired=lambda kind: JOB_LEASES_EXPIRED_TOTAL.labels(kind).inc(),
        )
        gauges = Gauges(database, board, parts.kinds, only_dead_letters=self._leaves_events)
        keeper = Keeper(database, [*shared_rules(settings), *parts.retention])
        loops: list[tuple[str, Loop]] = [
            ("relay", relay.run),
            ("http", self._make_server(database, parts, wake)),
            ("pauses", board.run),
            ("gauges", gauges.run),
            ("janitor", janitor.run),
            ("retention", keeper.run),
            ("removals", Remover(database, parts.holdings).run),
            ("worker", worker.run),
        ]
        loops += [(f"loop-{n}", loop) for n, loop in enumerate(parts.loops)]
        return [*loops, ("intake", intake.run)] if intake else loops

    def _make_server(self, database: Database, parts: Parts, wake: Callable[[], None]) -> Loop:
        settings = self._settings
        app = service_app(
            self._service.name, settings, database, parts, health=self._health, wake=wake
        )
        server = ApiServer(app, host=settings.http_host, port=settings.http_port)

        async def serve(stop: asyncio.Event) -> None:
            port = await server.start()
            log.info("http.listening", extra={"host": settings.http_host, "port": port})
            await stop.wait()
            await server.stop()

        return serve

    async def _run_tree(self, loops: Sequence[tuple[str, Loop]], consumes: bool) -> None:
        host = make_host(
            self._service.name, self._settings.kafka_bootstrap_servers, consumes=consumes
        )
        components = [Component(name, loop) for name, loop in loops]
        await host.start()
        for each in components:
            await host.add_runtime_dependency(each)
        log.info("runtime.started", extra={"service": self._service.name})
        await self._stop.wait()
        log.info("runtime.draining", extra={"service": self._service.name})
        await self._grace.drain(components)
        await host.stop()
        log.info("runtime.stopped", extra={"service": self._service.name})


def _show_lanes(counts: Mapping[str, int]) -> None:
    OUTBOX_LANES.clear()
    for topic, count in counts.items():
        OUTBOX_LANES.labels(topic).set(count)


async def _close(database: Database) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(database.close(), CLOSE_SECONDS)

"""`python -m <package> worker` of a process that only answers requests: no Postgres, no Kafka."""

import asyncio
import importlib.metadata
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

import click
import uvloop
from starlette.types import ASGIApp

from leadstream.api import ApiServer
from leadstream.observability.logs import configure_logging
from leadstream.observability.metrics import set_build_info
from leadstream.settings import ProcessSettings, load

log = logging.getLogger(__name__)

S = TypeVar("S", bound=ProcessSettings)


@dataclass(frozen=True, slots=True)
class Site:
    """What is served. `close` is called before requests that are under way are waited for."""

    app: ASGIApp
    close: Sequence[Callable[[], Awaitable[None]]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WebService(Generic[S]):
    name: str
    package: str
    settings: type[S]
    assemble: Callable[[S], Awaitable[Site]]


def main(service: WebService[Any], args: list[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 done, 2 wrong settings or usage."""

    @click.group(help=f"The {service.name}.")
    def group() -> None: ...

    @group.command("worker", help="Serve until SIGTERM.")
    def worker() -> None:
        settings = load(service.settings)
        configure_logging(
            service.name,
            level=settings.log_level,
            fmt=settings.log_format,
            secrets=settings.secret_values(),
        )
        uvloop.run(_serve(service, settings))

    group(args=args, prog_name=f"python -m {service.package}")
    sys.exit(0)


async def _serve(service: WebService[S], settings: S) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    set_build_info(service.name, importlib.metadata.version("leadstream-shared"))
    site = await service.assemble(settings)
    server = ApiServer(site.app, host=settings.http_host, port=settings.http_port)
    port = await server.start()
    log.info("http.listening", extra={"host": settings.http_host, "port": port})
    await stop.wait()
    log.info("runtime.draining", extra={"service": service.name})
    for close in site.close:
        await close()
    await server.stop(grace=settings.drain_timeout)
    log.info("runtime.stopped", extra={"service": service.name})

"""`python -m <package> migrate` and `python -m <package> worker`."""

import logging
import os
import signal
import sys
from typing import Any, NoReturn

import click
import uvloop

from leadstream.errors import LeadstreamError
from leadstream.observability.logs import configure_logging
from leadstream.postgres import migrate
from leadstream.runtime.process import Process
from leadstream.runtime.service import Service
from leadstream.runtime.waiting import GaveUpError, wait_for
from leadstream.settings import ServiceSettings, load

log = logging.getLogger(__name__)
EXIT_UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h
EXIT_FAILED = 1
EXIT_DONE = 0
EXIT_TERMINATED = 128 + signal.SIGTERM


def main(service: Service[Any], args: list[str] | None = None) -> NoReturn:
    """Run a command of the service and exit: 0 done, 1 refused, 2 wrong settings or usage, 69 gave up waiting."""
    command = _commands(service)
    command(args=args, prog_name=f"python -m {service.package}")
    sys.exit(0)


def _commands(service: Service[Any]) -> click.Group:
    @click.group(help=f"The {service.name} service.")
    def group() -> None: ...

    @group.command("migrate", help="Bring the service's schema to the newest version.")
    def migrate_command() -> None:
        signal.signal(signal.SIGTERM, _end_at_once)
        _run(service, _migrate(service, _settings(service)))

    @group.command("worker", help="Consume, work and serve until SIGTERM.")
    def worker_command() -> None:
        settings = _settings(service)
        _run(service, _work(service, settings))

    return group


def _settings(service: Service[Any]) -> ServiceSettings:
    settings: ServiceSettings = load(service.settings)
    configure_logging(
        service.name,
        level=settings.log_level,
        fmt=settings.log_format,
        secrets=settings.secret_values(),
    )
    return settings


def _run(service: Service[Any], work: Any) -> None:
    try:
        uvloop.run(work)
    except GaveUpError as exc:
        _say(service, str(exc))
        sys.exit(EXIT_UNAVAILABLE)
    except LeadstreamError as exc:
        _say(service, str(exc))
        sys.exit(EXIT_FAILED)


async def _work(service: Service[Any], settings: ServiceSettings) -> None:
    await Process(service, settings).run()
    logging.shutdown()
    sys.stdout.flush()
    # All that was to end has ended, and what is left was given up. To wait for it, or for the interpreter to take
    # itself apart, took seconds on a busy machine.
    os._exit(EXIT_DONE)


def _end_at_once(*_: object) -> None:
    """Each migration is a transaction, so nothing is half done. Handled, because process 1 ignores what it does not."""
    os._exit(EXIT_TERMINATED)


def _say(service: Service[Any], text: str) -> None:
    sys.stderr.write(f"{service.name}: {text}\n")


async def _migrate(service: Service[Any], settings: ServiceSettings) -> None:
    async def attempt() -> list[str]:
        return await migrate(
            settings.database_url.get_secret_value(),
            schema=service.package,
            packages=service.packages,
        )

    applied = await wait_for(
        "Postgres", attempt, patience=settings.startup_timeout, hint="check the database URL"
    )
    log.info("migrations.done", extra={"applied": applied})

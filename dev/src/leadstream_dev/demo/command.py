"""`leadstream demo`: the nightly job on this machine, from nothing."""

import asyncio
import os
import signal
import sys

import click
from rich.console import Console

from leadstream.cli.errors import CliError
from leadstream_dev.demo.night import Night
from leadstream_dev.errors import StackError

EXIT_DISAGREED = 1
# What a shell says of a command that Ctrl-C ended: here, before there was a result.
EXIT_INTERRUPTED = 130


@click.command("demo")
@click.option("--once", is_flag=True, help="Stop when every lead has reached its end.")
@click.option("--within", default=300.0, show_default=True, help="Seconds that the job may take.")
def demo(*, once: bool, within: float) -> None:
    """Start Kafka, Postgres, the provider sandbox, all five services and the console, and run the nightly job.

    Exits with 0 only if every lead reached its end and the figures agree with the sandbox's ledger.
    KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL, when set, are used instead of starting one. Data stays in .leadstream/: a
    second run the same day finds the same companies and does nothing twice.
    """
    console = Console(highlight=False)
    night = Night(console, once=once, within=within)
    try:
        asyncio.run(_until_stopped(night))
    except (StackError, CliError) as exc:
        console.print(str(exc), style="red", markup=False, soft_wrap=True)
        sys.exit(EXIT_DISAGREED)
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print("Stopped.")
    if night.agreed is None:
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(os.EX_OK if night.agreed else EXIT_DISAGREED)


async def _until_stopped(night: Night) -> None:
    """Ctrl-C, `kill` and a closed terminal all stop the servers in order."""
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else sys.exit)
    await night.run()

"""`python -m leadstream_dev up` runs the local stack in the foreground; `clean` deletes its data."""

import asyncio
import shlex
import signal
import sys
from collections.abc import Coroutine

import click

from leadstream_dev.errors import StackError
from leadstream_dev.foreground import Foreground
from leadstream_dev.home import Home
from leadstream_dev.kafka import ensure_jars
from leadstream_dev.stack import Stack, clean


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Kafka, Postgres and the provider sandbox, without Docker."""


@cli.command()
@click.option("--sandbox/--no-sandbox", default=True, show_default=True)
def up(*, sandbox: bool) -> None:
    """Start the stack, print the settings that lead to it, and stop it on Ctrl-C."""
    click.echo("Starting Kafka and Postgres …", err=True)
    if not Home.default().kafka_jars.exists():
        click.echo("The first time, Maven fetches Kafka's jars: about 45 MB.", err=True)
    _run(_up(sandbox=sandbox))


@cli.command()
def fetch() -> None:
    """Fetch what `up` would fetch the first time."""
    _run(_fetch(Home.default()))


@cli.command("clean")
def clean_command() -> None:
    """Delete the data and the logs; what was downloaded stays."""
    home = Home.default()
    _run(clean(home))
    click.echo(f"{home.path}: data and logs deleted", err=True)


async def _fetch(home: Home) -> None:
    jars = await ensure_jars(home)
    click.echo(f"Kafka's jars are in {jars}", err=True)


async def _up(*, sandbox: bool) -> None:
    task = asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else sys.exit)
    try:
        async with Foreground(Stack(), sandbox=sandbox) as foreground:
            for name, value in foreground.environment().items():
                click.echo(f"{name}={shlex.quote(value)}")
            click.echo(f"Logs: {foreground.logs}. Ctrl-C stops it.", err=True)
            await foreground.watch()
    except asyncio.CancelledError:
        click.echo("Stopped.", err=True)


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(work)
    except StackError as exc:
        click.echo(f"leadstream_dev: {exc}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    cli()

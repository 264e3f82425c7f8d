from datetime import UTC, datetime

import click

from leadstream.admin.answers import ListedPause, PauseAnswer
from leadstream.admin.pauses import hold, lift, list_pauses
from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import add_row, at, make_console, make_table
from leadstream.cli.services import SERVICES, ServiceClients

SERVICE = click.Choice(SERVICES)


@click.group("pauses")
def pauses_group() -> None:
    """What is held back, until when and why; holding and letting go."""


@pauses_group.command("list")
@click.argument("service", type=SERVICE, required=False)
def list_command(service: str | None) -> None:
    """The pauses in force, of one service or all."""
    columns = ("service", "pause", "scope", "until", "by", "reason")
    table = make_table(*columns, whole=columns[:4])
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            for pause in clients.ask(list_pauses(name))["items"]:
                add_row(table, name, *_summary(pause))
    if not table.rows:
        click.echo("nothing is held back")
        return
    make_console().print(table)


@pauses_group.command("hold")
@click.argument("service", type=SERVICE)
@click.argument("scope")
@click.option("--reason", required=True, help="For whoever wonders why nothing goes on.")
@click.option("--until", type=click.DateTime(), help="UTC; left out: until somebody lifts it.")
def hold_command(service: str, scope: str, reason: str, until: datetime | None) -> None:
    """Hold SCOPE back: `all`, `kind:<job kind>`, `workspace:<id>`, `provider:<name>`, `connection:<id>`,
    `destination:<id>` or `topic:<name>`.
    """  # noqa: D205 - what a scope may be is the summary
    end = until.replace(tzinfo=UTC) if until else None
    with ServiceClients() as clients:
        pause = clients.ask(hold(service, scope, reason=reason, until=end))
    click.echo(f"{service}: {pause['scope']} is held; lift it: {_lifting(service, pause)}")


@pauses_group.command("lift")
@click.argument("service", type=SERVICE)
@click.argument("scope")
@reason_option
def lift_command(service: str, scope: str) -> None:
    """Let SCOPE go on: all pauses of it, or the one whose id is given."""
    with ServiceClients() as clients:
        pauses = [
            pause
            for pause in clients.ask(list_pauses(service))["items"]
            if scope in (pause["scope"], pause["id"])
        ]
        if not pauses:
            raise CliError(f"{service}: {scope} is not held", hint="See `leadstream pauses list`.")
        for pause in pauses:
            clients.ask(lift(service, pause["id"]))
            click.echo(f"{service}: {pause['scope']} goes on (it was held: {pause['reason']})")


def _summary(pause: ListedPause) -> tuple[object, ...]:
    until = at(pause["until"]) if pause["until"] else "it is lifted"
    return pause["id"], pause["scope"], until, pause["actor"], why_held(pause)


def why_held(pause: PauseAnswer | ListedPause) -> str:
    """Our reason, and what the provider or the receiver said."""
    return ": ".join(filter(None, (pause["reason"], pause["detail"])))


def _lifting(service: str, pause: PauseAnswer) -> str:
    return f"leadstream pauses lift {service} {pause['scope']}"

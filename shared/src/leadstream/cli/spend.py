"""`leadstream spend`: what providers cost, in money."""

from datetime import datetime

import click
from rich.table import Table

from leadstream.admin.answers import By, Spend
from leadstream.admin.spending import sum_up_spend
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClient

DAY = click.DateTime(["%Y-%m-%d"])
WORKSPACES = ("workspace", "calls", "cost", "today", "cap", "month", "cap", "forecast")
ROWS = ("workspace", "day", "provider", "asked for", "calls", "units", "cost")


@click.command("spend")
@click.option("--workspace", type=click.UUID)
@click.option("--since", type=DAY, help="The first day, UTC; left out: the first of the month.")
@click.option("--until", type=DAY, help="Not included; left out: tomorrow.")
@click.option("--by", type=click.Choice(["provider", "day"]), default="provider", show_default=True)
def spend_command(
    workspace: object, since: datetime | None, until: datetime | None, by: By
) -> None:
    """What providers cost, by workspace, with caps and the month's forecast.

    Amounts of today and of the month are what is spent; calls under way have reserved more.
    """
    call = sum_up_spend(_day(since), _day(until), str(workspace) if workspace else None, by=by)
    found = ServiceClient("enrichment").ask(call)
    if not found["workspaces"]:
        click.echo("nothing was spent")
        return
    console = make_console()
    click.echo(f"{found['since']} up to {found['until']}, in {found['currency']}")
    console.print(_workspaces(found))
    click.echo()
    console.print(_rows(found))
    if found["more"]:
        click.echo("there is more than is shown: choose a --workspace")


def _workspaces(found: Spend) -> Table:
    table = make_table(*WORKSPACES, whole=WORKSPACES)
    for each in found["workspaces"]:
        day, month = each["day"], each["month"]
        caps = (day["spent"], _cap(day["cap"]), month["spent"], _cap(month["cap"]))
        add_row(table, each["workspace_id"], each["calls"], each["cost"], *caps, month["forecast"])
    return table


def _rows(found: Spend) -> Table:
    table = make_table(*ROWS, whole=ROWS)
    for row in found["rows"]:
        asked = f"{row['operation']} (training)" if row["training"] else row["operation"]
        cost = (row["calls"], row["units"], row["cost"])
        add_row(table, row["workspace_id"], row["day"], row["provider"], asked, *cost)
    return table


def _cap(amount: str | None) -> str:
    return "none" if amount is None else amount


def _day(given: datetime | None) -> str | None:
    return given.date().isoformat() if given else None

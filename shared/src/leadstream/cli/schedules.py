"""What is due when, and the nights that were missed."""

from datetime import UTC, datetime

import click

from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClient

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


@click.group("schedules")
def schedules_group() -> None:
    """When what runs, and making up for times that were missed."""


@schedules_group.command("list")
def list_schedules() -> None:
    """The schedules, their next time and why one stands still."""
    columns = ("schedule", "cron", "time zone", "catch up", "next", "paused")
    table = make_table(*columns, whole=columns[:-1])
    for each in ServiceClient("scheduler").items("schedules"):
        upcoming = each["next_times"][:1]
        next_at = upcoming[0] if upcoming else ("off" if not each["enabled"] else "")
        shown = (each["name"], each["cron"], each["timezone"], each["catch_up"], next_at)
        add_row(table, *shown, each["pause_reason"])
    make_console().print(table)


@schedules_group.command("ticks")
@click.argument("schedule")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 500))
def list_ticks(schedule: str, limit: int) -> None:
    """The last ticks of SCHEDULE: for which time, and when they came."""
    columns = ("for", "emitted", "by hand")
    table = make_table(*columns, whole=columns)
    ticks = ServiceClient("scheduler").get(f"schedules/{schedule}/ticks", limit=limit)["items"]
    for tick in ticks:
        add_row(table, tick["scheduled_for"], tick["emitted_at"], "yes" if tick["manual"] else None)
    make_console().print(table if ticks else "no tick yet")


@schedules_group.command("backfill")
@click.argument("schedule")
@click.option("--from", "since", type=MOMENT, required=True, help="UTC, included.")
@click.option("--to", "until", type=MOMENT, required=True, help="UTC, included.")
@click.option("--dry-run", is_flag=True, help="Say which ticks would be emitted.")
@reason_option
def backfill(schedule: str, since: datetime, until: datetime, *, dry_run: bool) -> None:
    """Emit the ticks of SCHEDULE that a range of time is missing; what is there stays as it is."""
    if until < since:
        raise CliError("--to is before --from")
    body = {
        "from": since.replace(tzinfo=UTC).isoformat(),
        "to": until.replace(tzinfo=UTC).isoformat(),
        "dry_run": dry_run,
    }
    answer = ServiceClient("scheduler").post(f"schedules/{schedule}/backfill", body)
    verb = "would be emitted" if dry_run else "emitted"
    click.echo(f"{schedule}: {len(answer['ticks'])} ticks {verb}")
    for tick in answer["ticks"]:
        click.echo(f"  {tick}")

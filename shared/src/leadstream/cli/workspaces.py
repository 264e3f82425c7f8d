"""`leadstream workspaces delete`: a customer leaves."""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import click

from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import RefusedError, ServiceClients
from leadstream.ids import workspace_id

# As work flows: what a service has sent on before it is done is taken in, and goes, further down.
HOLDERS: Final = ("scheduler", "discovery", "enrichment", "delivery", "platform-upload")


@click.group("workspaces")
def workspaces_group() -> None:
    """Workspaces; they are made by `leadstream apply`."""


@workspaces_group.command("delete")
@click.argument("slug")
@click.option("--dry-run", is_flag=True, help="Say what it has, and delete nothing.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@reason_option
def delete_workspace(slug: str, *, dry_run: bool, yes: bool) -> None:
    """Delete the workspace SLUG with everything it has, in every service: leads, contacts, credentials, bills, all.

    It can be run again, and is when one of the services was away. What is in other hands - CRMs, mailboxes, Kafka's
    topics until their retention ends, backups - is named in docs/runbooks/delete-a-workspace.md.
    """
    workspace = workspace_id(slug)
    with ServiceClients() as clients:
        there = {name: _rows(_ask(clients, name, workspace, dry_run="true")) for name in HOLDERS}
        table = make_table("service", "what", "rows")
        for name, rows in there.items():
            for what, count in rows.items():
                add_row(table, name, what, count)
        if not table.rows:
            click.echo(f"no service has anything of {slug} ({workspace})")
            return
        make_console().print(table)
        if dry_run:
            click.echo("dry run: nothing was deleted")
            return
        if not yes:
            click.confirm(f"Delete all of {slug} for good?", abort=True)
        for name in HOLDERS:
            for line in _delete(clients, name, workspace):
                click.echo(line)
    click.echo(f"{slug} is deleted")


def _delete(clients: ServiceClients, service: str, workspace: UUID) -> Iterator[str]:
    """Ask until it is done; say how it goes on."""
    while (answer := _ask(clients, service, workspace)) is not None:
        count = sum(answer["rows"].values())
        if answer["done"]:
            yield f"{service}: {count} rows deleted"
            return
        jobs = answer["running_jobs"]
        yield f"{service}: {jobs} jobs end first …" if jobs else f"{service}: {count} rows …"


def _ask(
    clients: ServiceClients, service: str, workspace: UUID, **params: str
) -> dict[str, Any] | None:
    """None: the service has nothing of it."""
    try:
        answer: dict[str, Any] = clients[service].delete(f"workspaces/{workspace}", **params)
    except RefusedError as exc:
        if exc.status == 404:
            return None
        raise
    return answer


def _rows(answer: dict[str, Any] | None) -> dict[str, int]:
    return {what: rows for what, rows in answer["rows"].items() if rows} if answer else {}

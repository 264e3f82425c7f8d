"""`leadstream audit`: who changed what, in all services."""

from datetime import UTC, datetime

import click

from leadstream.admin.answers import AuditEntry
from leadstream.admin.audit import list_changes
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import SERVICES, ServiceClients


@click.command("audit")
@click.argument("service", type=click.Choice(SERVICES), required=False)
@click.option("--actor", help="The name of a token, or the part of a service.")
@click.option("--action", help="Such as `pause.created`.")
@click.option("--target", help="Such as `channel:<id>`.")
@click.option("--workspace", type=click.UUID)
@click.option("--since", type=click.DateTime(), help="At or after, UTC.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
def audit_command(  # noqa: PLR0913 - one argument a filter
    service: str | None,
    actor: str | None,
    action: str | None,
    target: str | None,
    workspace: object,
    since: datetime | None,
    limit: int,
) -> None:
    """Who changed what and why, the newest first; of one service, or of all."""
    found: list[tuple[str, AuditEntry]] = []
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            call = list_changes(
                name,
                actor=actor,
                action=action,
                target=target,
                workspace_id=workspace,
                since=since.replace(tzinfo=UTC) if since else None,
                limit=limit,
            )
            found += [(name, entry) for entry in clients.ask(call)["items"]]
    found.sort(key=lambda each: each[1]["at"], reverse=True)
    columns = ("at", "service", "who", "what", "to", "why")
    table = make_table(*columns, whole=columns[:-1])
    for name, entry in found[:limit]:
        shown = (entry["actor"], entry["action"], entry["target"], entry["reason"])
        add_row(table, entry["at"].isoformat(timespec="seconds"), name, *shown)
    make_console().print(table if found else "nothing was changed")

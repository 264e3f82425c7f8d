"""`leadstream audit`: who changed what, in all services."""

from datetime import UTC, datetime
from typing import Any

import click

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
    filters = {
        "actor": actor,
        "action": action,
        "target": target,
        "workspace_id": workspace,
        "since": since.replace(tzinfo=UTC).isoformat() if since else None,
    }
    given = {name: str(value) for name, value in filters.items() if value is not None}
    found: list[tuple[datetime, str, dict[str, Any]]] = []
    with ServiceClients() as clients:
        for name in [service] if service else SERVICES:
            items = clients[name].get("audit", limit=limit, **given)["items"]
            found += [(datetime.fromisoformat(item["at"]), name, item) for item in items]
    found.sort(key=lambda each: each[0], reverse=True)
    columns = ("at", "service", "who", "what", "to", "why")
    table = make_table(*columns, whole=columns[:-1])
    for at, name, item in found[:limit]:
        shown = (item["actor"], item["action"], item["target"], item["reason"])
        add_row(table, at.isoformat(timespec="seconds"), name, *shown)
    make_console().print(table if found else "nothing was changed")

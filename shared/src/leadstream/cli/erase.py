"""`leadstream erase`: a person asks to be forgotten."""

import time
from typing import Any, Final
from uuid import UUID

import click

from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClient, ServiceClients

# The scheduler knows nobody. In the order in which people come: who is erased upstream is not sent downstream any more.
HOLDERS: Final = ("enrichment", "discovery", "delivery", "platform-upload")
# Where there are millions of leads, looking through them takes minutes.
LOOK_SECONDS: Final = 1.0


@click.command("erase")
@click.argument("email")
@click.option("--reason", required=True, help="For the audit: who asked, and when.")
@click.option("--workspace", type=click.UUID, help="In this workspace only.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
def erase_command(email: str, reason: str, workspace: UUID | None, *, dry_run: bool) -> None:
    """Erase the person with this address in every service, and keep them from coming back.

    It waits until nothing is left; interrupted, the services go on by themselves. Leads stay. It can be run again, and
    is when one of the services was away. What is in other hands - CRMs, mailboxes, Slack, Kafka's topics until their
    retention ends, backups - is named in docs/runbooks/erase-a-person.md.
    """
    body: dict[str, Any] = {"email": email, "reason": reason, "dry_run": dry_run}
    if workspace:
        body["workspace_id"] = str(workspace)
    table = make_table("service", "what", "rows")
    with ServiceClients() as clients:
        for service in HOLDERS:
            answer = _finished(clients[service], clients[service].post("erasures", body))
            for what, rows in answer["removed"].items():
                if rows:
                    add_row(table, service, what, rows)
    make_console().print(table if table.rows else "nothing of this person is here")
    if dry_run:
        click.echo("dry run: nothing was removed")
        return
    click.echo("erased, and remembered as a hash so that the person does not come back")


def _finished(client: ServiceClient, erasure: dict[str, Any]) -> dict[str, Any]:
    while erasure["finished_at"] is None:
        time.sleep(LOOK_SECONDS)
        erasure = client.get(f"erasures/{erasure['id']}")
    return erasure

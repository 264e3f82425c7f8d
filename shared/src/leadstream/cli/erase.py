"""`leadstream erase`: a person asks to be forgotten."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import click

from leadstream.admin.answers import Erased, Erasure
from leadstream.admin.erasures import erase_person, get_erasure
from leadstream.admin.receipts import HOLDERS, Part
from leadstream.cli.erased import export_people, reapply
from leadstream.cli.receipts import join_parts, parts_of, show_receipt, verify
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import ServiceClient, ServiceClients

# Where there are millions of leads, looking through them takes minutes.
LOOK_SECONDS: Final = 1.0
# A platform that can be reached has mostly answered by then; the others are waited for without us.
PLATFORM_SECONDS: Final = 20.0
# What says more about each.
_TAKEN: Final[Mapping[str, frozenset[str]]] = {
    "email": frozenset({"--dry-run", "--workspace", "--receipt"}),
    "verify": frozenset(),
    "export": frozenset(),
    "reapply": frozenset({"--receipt", "--from"}),
}


@click.command("erase")
@click.argument("email", required=False)
@click.option("--reason", help="For the audit: who asked, and when.")
@click.option("--workspace", type=click.UUID, help="In this workspace only.")
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@click.option("--receipt", metavar="ID", help="Go on with this one, where a service was away.")
@click.option("--verify", "verified", metavar="ID", help="Show a receipt, and check it.")
@click.option(
    "--export",
    "exported",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write down who was erased, as hashes, for --reapply.",
)
@click.option("--reapply", "again", is_flag=True, help="After a restore: erase again.")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --reapply: what --export has written.",
)
@click.pass_context
def erase_command(  # noqa: PLR0913 - one parameter for each option
    context: click.Context,
    email: str | None,
    reason: str | None,
    workspace: UUID | None,
    *,
    dry_run: bool,
    receipt: str | None,
    verified: str | None,
    exported: Path | None,
    again: bool,
    source: Path | None,
) -> None:
    """Erase the person with this address in every service, and keep them from coming back.

    It waits until nothing is left here; interrupted, the services go on by themselves. Leads stay. Platforms that got
    the person are told, as soon as each can be reached. It can be run again, and is when one of the services was away.
    The receipt says what was done, what is open, and what somebody has to do by hand; --verify shows it at any time,
    and whether anybody has changed it. What is in other hands besides - mailboxes, Slack, Kafka's topics, backups - is
    named in docs/runbooks/erase-a-person.md.
    """
    email = (email or "").strip() or None
    what = _one_of(email=email, verify=verified, export=exported, reapply=again or None)
    more = {"--workspace": workspace, "--receipt": receipt, "--from": source}
    _take_all(what, {"--dry-run": dry_run or None, **more})
    if (email or again) and not reason:
        raise click.UsageError("Missing option '--reason'.")
    if dry_run and receipt is not None:
        raise click.UsageError("--receipt: a dry run has none.")
    with ServiceClients() as clients:
        if verified is not None:
            if not verify(clients, _id(verified)):
                context.exit(1)
        elif exported:
            export_people(clients, exported)
        elif again:
            receipt_id = _id(receipt)
            _end(clients, receipt_id, reapply(clients, receipt_id, str(reason), source))
        else:
            asked: Erasure = {"email": str(email), "reason": str(reason), "dry_run": dry_run}
            if workspace:
                asked["workspace_id"] = str(workspace)
            _erase(clients, asked, _id(receipt))


def _one_of(**given: object) -> str:
    names = [name for name, value in given.items() if value is not None]
    if len(names) != 1:
        raise click.UsageError("Give an address, --verify, --export or --reapply.")
    return names[0]


def _take_all(what: str, given: Mapping[str, object]) -> None:
    """Refuse what would be ignored: who asks for a dry run, or for one workspace, is not to be given more."""
    for option, value in given.items():
        if value is not None and option not in _TAKEN[what]:
            raise click.UsageError(f"{option} is not for this.")


def _id(given: str | None) -> UUID:
    """A receipt's id; a new one where none is given."""
    try:
        return uuid4() if given is None else UUID(given)
    except ValueError:
        raise click.BadParameter("is the id of a receipt, as erase prints it") from None


def _erase(clients: ServiceClients, asked: Erasure, receipt_id: UUID) -> None:
    dry_run = asked["dry_run"]
    if not dry_run:
        asked = {**asked, "receipt_id": str(receipt_id)}
        click.echo(f"receipt {receipt_id}")
    table = make_table("service", "what", "rows")
    for service in HOLDERS:
        answer = finished(clients[service], clients.ask(erase_person(service, asked)))
        for what, rows in answer["removed"].items():
            if rows:
                add_row(table, service, what, rows)
        for place, uploads in answer["elsewhere"].items():
            add_row(table, service, f"uploads to {place}", uploads)
    make_console().print(table if table.rows else "nothing of this person is here")
    if dry_run:
        click.echo("dry run: nothing was removed")
        return
    _end(clients, receipt_id, parts_of(clients, receipt_id))
    click.echo("erased, and remembered as a hash so that the person does not come back")


def _end(clients: ServiceClients, receipt_id: UUID, parts: Mapping[str, Part]) -> None:
    """Have each service take down the others' parts, and show what has become of all."""
    join_parts(clients, receipt_id, parts)
    until = time.monotonic() + PLATFORM_SECONDS
    parts = parts_of(clients, receipt_id)
    while any(part.is_moving for part in parts.values()) and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        parts = parts_of(clients, receipt_id)
    show_receipt(parts)


def finished(client: ServiceClient, erasure: Erased) -> Erased:
    """Wait until the service has looked through everything."""
    while erasure["finished_at"] is None:
        time.sleep(LOOK_SECONDS)
        erasure = client.ask(get_erasure(client.service, UUID(erasure["id"])))
    return erasure

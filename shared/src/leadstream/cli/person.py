"""`leadstream person`: what there is of somebody, and telling nobody of them any more."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import click
import orjson

from leadstream.admin.answers import ShowPerson, WithReason
from leadstream.admin.person import (
    Everything,
    lift_objection,
    line_of,
    object_person,
    said_of,
    said_of_end,
    standing,
)
from leadstream.admin.receipts import HOLDERS
from leadstream.cli.erase import finished
from leadstream.cli.errors import CliError
from leadstream.cli.private import write_private
from leadstream.cli.screen import add_row, at, make_console, make_table
from leadstream.cli.services import RefusedError, ServiceClient, ServiceClients
from leadstream.ids import workspace_id

_NOT_FOUND: Final = 404


@click.group("person")
def person_group() -> None:
    """One person, in all services: what is held of them, and who got it."""


_workspace_option = click.option(
    "--workspace", metavar="SLUG", help="In this workspace only: its slug, or its id."
)


@person_group.command("show")
@click.argument("email")
@_workspace_option
@click.option(
    "--json",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write all of it into this file, for its owner only.",
)
@click.option("--reason", help="For the audit: who asked, and when.")
@click.pass_context
def show_command(
    context: click.Context,
    email: str,
    workspace: str | None,
    target: Path | None,
    reason: str | None,
) -> None:
    """Show what is held of the person with this address, where it is from, and who got it.

    Every service is looked through where an erasure would look: with millions of leads that takes minutes. It ends
    with 1 where a service did not answer: then this is not all.
    """
    with ServiceClients() as clients:
        asked: ShowPerson = {"email": email, "workspace_id": _workspace(clients, workspace)}
        found = _look(clients, {**asked, "reason": reason} if reason else asked)
    _show(found)
    if target:
        now = datetime.now(UTC)
        document = found.document(email.strip().lower(), asked["workspace_id"], now)
        write_private(target, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z))
    _end(context, found.unanswered)


@person_group.command("object")
@click.argument("email")
@click.option("--reason", required=True, help="For the audit: who asked, and when.")
@_workspace_option
@click.option("--lift", is_flag=True, help="Take the objection back.")
@click.pass_context
def object_command(
    context: click.Context, email: str, reason: str, workspace: str | None, *, lift: bool
) -> None:
    """Tell nobody of the person with this address any more; what is held of them stays.

    They are in no e-mail, Slack message, webhook or upload from then on, and in no later answer. What waits to be told
    is told without them. Run it again where a service did not answer: twice is the same as once.
    """
    act = _lift if lift else _object
    table = make_table("service", "what", "")
    unanswered: dict[str, str] = {}
    with ServiceClients() as clients:
        workspace_id = _workspace(clients, workspace)
        asked: WithReason = {"email": email, "workspace_id": workspace_id, "reason": reason}
        for service in HOLDERS:
            with _noting(unanswered.__setitem__, service):
                for what, how in act(clients[service], asked).items():
                    add_row(table, service, what, how)
    make_console().print(table)
    _end(context, unanswered)


def _workspace(clients: ServiceClients, given: str | None) -> str | None:
    """A slug that is none would find nobody, and that would be taken for an answer."""
    if given is None:
        return None
    try:
        return str(UUID(given))
    except ValueError:
        found = workspace_id(given)
    try:
        clients["discovery"].get(f"workspaces/{found}")
    except RefusedError as exc:
        if exc.status != _NOT_FOUND:
            raise
        raise CliError(f"there is no workspace {given}") from None
    return str(found)


def _look(clients: ServiceClients, asked: ShowPerson) -> Everything:
    found = Everything()
    while calls := found.pages(asked):
        for call in calls:
            with _noting(found.miss, call.service):
                found.take(call.service, clients.ask(call))
    for question in found.questions(asked):
        with _noting(found.miss, question.service):
            found.delivered += clients.ask(question)["items"]
    return found


@contextmanager
def _noting(miss: Callable[[str, str], None], service: str) -> Iterator[None]:
    """Say why a service did not answer, if it did not; what all would refuse is raised."""
    try:
        yield
    except RefusedError as exc:
        if exc.status < 500:
            raise
        miss(service, exc.message)
    except CliError as exc:
        miss(service, exc.message)


def _object(client: ServiceClient, asked: WithReason) -> dict[str, str]:
    begun = client.ask(object_person(client.service, asked))
    return said_of(finished(client, begun))


def _lift(client: ServiceClient, asked: WithReason) -> dict[str, str]:
    return said_of_end(client.ask(lift_objection(client.service, asked)))


def _show(found: Everything) -> None:
    console = make_console()
    if found.is_empty:
        console.print("nothing of this person is here")
        return
    states = make_table("service", "the person has")
    for service, each in standing(found.remembered):
        where = f"workspace {each['workspace_id']}" if each["workspace_id"] else "all"
        add_row(states, service, f"{each['kind']} ({where}) {at(each['since'])}")
    held = make_table("service", "where", "lead", "from", "collected", "what", whole=["lead"])
    for service, items in found.held.items():
        for item in items:
            collected = item["collected_at"] and at(item["collected_at"])
            origin = (item["lead_id"], item["provider"], collected)
            add_row(held, service, item["store"], *origin, line_of(item))
    told = make_table("who got them", "to", "where", "lead", "status", "at", whole=["lead"])
    for got in found.disclosures():
        names = ("service", "to", "where", "lead_id", "status")
        add_row(told, *(got[name] for name in names), at(got["at"]))
    for table in (states, held, told):
        if table.rows:
            console.print(table)


def _end(context: click.Context, unanswered: Mapping[str, str]) -> None:
    for service, why in unanswered.items():
        click.echo(f"not all: {service} has not answered: {why}", err=True)
    if unanswered:
        context.exit(1)

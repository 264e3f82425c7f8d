"""`leadstream person`: what there is of somebody, and telling nobody of them any more."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click
import orjson

from leadstream.admin.person import Everything, line_of, standing
from leadstream.admin.receipts import HOLDERS
from leadstream.cli.erase import finished
from leadstream.cli.errors import CliError
from leadstream.cli.private import write_private
from leadstream.cli.screen import add_row, make_console, make_table
from leadstream.cli.services import RefusedError, ServiceClient, ServiceClients
from leadstream.ids import workspace_id

# As many as delivery takes at once.
LEADS_AT_ONCE: Final = 200
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
        asked = _asked(clients, email, workspace)
        found = _look(clients, asked | ({"reason": reason} if reason else {}))
    _show(found)
    if target:
        now = datetime.now(UTC).isoformat()
        document = found.document(email.strip().lower(), asked.get("workspace_id"), now)
        write_private(target, orjson.dumps(document, option=orjson.OPT_INDENT_2))
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
    with ServiceClients() as clients:
        asked = _asked(clients, email, workspace) | {"reason": reason}

        def say(client: ServiceClient) -> None:
            for what, how in act(client, asked).items():
                add_row(table, client.service, what, how)

        unanswered = _each(clients, say)
    make_console().print(table)
    _end(context, unanswered)


def _asked(clients: ServiceClients, email: str, workspace: str | None) -> dict[str, Any]:
    asked: dict[str, Any] = {"email": email}
    if workspace:
        asked["workspace_id"] = str(_workspace(clients, workspace))
    return asked


def _workspace(clients: ServiceClients, given: str) -> UUID:
    """A slug that is none would find nobody, and that would be taken for an answer."""
    try:
        return UUID(given)
    except ValueError:
        found = workspace_id(given)
    try:
        clients["discovery"].get(f"workspaces/{found}")
    except RefusedError as exc:
        if exc.status != _NOT_FOUND:
            raise
        raise CliError(f"there is no workspace {given}") from None
    return found


def _look(clients: ServiceClients, asked: Mapping[str, Any]) -> Everything:
    found = Everything()
    found.unanswered = _each(clients, lambda client: _pages(client, asked, found))
    if "delivery" not in found.unanswered:
        only = {name: asked[name] for name in ("workspace_id",) if name in asked}
        leads = found.leads()
        for start in range(0, len(leads), LEADS_AT_ONCE):
            some = {**only, "leads": leads[start : start + LEADS_AT_ONCE]}
            try:
                body = clients["delivery"].post("people/disclosures", some)
            except CliError as exc:
                found.unanswered["delivery"] = exc.message
                break
            found.delivered += body["items"]
    return found


def _pages(client: ServiceClient, asked: Mapping[str, Any], found: Everything) -> None:
    held = found.held.setdefault(client.service, [])
    page: dict[str, Any] = {}
    while True:
        body = client.post("people/show", {**asked, **page})
        found.remembered[client.service] = body["remembered"]
        held += body["items"]
        if body["next"] is None:
            return
        page = {"after": body["next"]}


def _each(clients: ServiceClients, ask: Callable[[ServiceClient], None]) -> dict[str, str]:
    """Ask every service, and say why those did not answer that did not; what all would refuse is raised."""
    unanswered = {}
    for service in HOLDERS:
        try:
            ask(clients[service])
        except RefusedError as exc:
            if exc.status < 500:
                raise
            unanswered[service] = exc.message
        except CliError as exc:
            unanswered[service] = exc.message
    return unanswered


def _object(client: ServiceClient, asked: Mapping[str, Any]) -> dict[str, Any]:
    done = finished(client, client.post("people/object", asked))
    taken_out = {f"taken out of {what}": rows for what, rows in done["removed"].items() if rows}
    return {"objected": "before already" if done["known"] else "from now on", **taken_out}


def _lift(client: ServiceClient, asked: Mapping[str, Any]) -> dict[str, Any]:
    lifted = client.post("people/lift", asked)["lifted"]
    return {"objection": "lifted" if lifted else "there was none"}


def _show(found: Everything) -> None:
    console = make_console()
    if found.is_empty:
        console.print("nothing of this person is here")
        return
    states = make_table("service", "the person has")
    for service, how in standing(found.remembered):
        add_row(states, service, how)
    held = make_table("service", "where", "lead", "from", "collected", "what", whole=["lead"])
    for service, items in found.held.items():
        for item in items:
            where = (item["store"], item["lead_id"], item["provider"], item["collected_at"])
            add_row(held, service, *where, line_of(item))
    told = make_table("who got them", "to", "where", "lead", "status", "at", whole=["lead"])
    for each in found.disclosures():
        names = ("service", "to", "where", "lead_id", "status", "at")
        add_row(told, *(each[name] for name in names))
    for table in (states, held, told):
        if table.rows:
            console.print(table)


def _end(context: click.Context, unanswered: Mapping[str, str]) -> None:
    for service, why in unanswered.items():
        click.echo(f"not all: {service} has not answered: {why}", err=True)
    if unanswered:
        context.exit(1)

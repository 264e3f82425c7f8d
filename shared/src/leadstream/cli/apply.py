"""`leadstream apply`: make the services hold what a file says."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from leadstream.admin.calls import path
from leadstream.cli.errors import CliError
from leadstream.cli.manifest import load_manifest
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import make_console, printable
from leadstream.cli.services import ServiceClients
from leadstream.ids import workspace_id
from leadstream.manifest.model import Workspace
from leadstream.manifest.things import wanted_of
from leadstream.manifest.wanted import (
    Wanted,
    differences,
    held_up,
    hidden,
    is_named,
    masked_in,
)


class Effect(StrEnum):
    CREATE = "create"
    CHANGE = "change"
    KEEP = "unchanged"


COLOURS = {Effect.CREATE: "green", Effect.CHANGE: "yellow", Effect.KEEP: "dim"}


@click.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show the difference, and change nothing.")
@reason_option
def apply_command(file: Path, *, dry_run: bool) -> None:
    """Make workspaces, their accounts and sources, queries, recipients, channels, connections and users as FILE says.

    Twice is the same as once. Keys left out have their defaults; what the file does not name is left alone. Values of
    the environment stand in the file as ${NAME}.
    """
    console = make_console()
    with ServiceClients() as clients:
        for workspace in load_manifest(file).workspaces:
            apply_workspace(workspace, clients, console=console, dry_run=dry_run)


def apply_workspace(
    workspace: Workspace, clients: ServiceClients, *, console: Console, dry_run: bool = False
) -> None:
    console.print(Text.assemble((workspace.slug, "bold"), f" {workspace_id(workspace.slug)}"))
    existing = _Existing(workspace, clients)
    for wanted in wanted_of(workspace):
        if masked := masked_in(wanted):
            # As the console and the APIs show it: sent, it would be taken for the value.
            raise CliError(f"{wanted.title}: {masked[0]} is hidden there: write it whole")
        row = existing.find(wanted)
        found = differences(wanted, row)
        effect = Effect.CREATE if row is None else Effect.CHANGE if found else Effect.KEEP
        # Secrets are sent every time: only the service can tell whether they are new.
        if not dry_run and (effect is not Effect.KEEP or wanted.has_secrets):
            after = _send(wanted, clients)
            found = [*found, *held_up(after)]
            if effect is Effect.KEEP and row and after["updated_at"] != row["updated_at"]:
                effect, found = Effect.CHANGE, [" or ".join(hidden(wanted, row))]
        if dry_run and row and wanted.has_secrets:
            found = [*found, f"({', '.join(hidden(wanted, row))} can't be compared)"]
        _show(console, effect, wanted.title, found)


def _show(console: Console, effect: Effect, title: str, found: list[str]) -> None:
    why = f"  {'; '.join(found)}" if found else ""
    line = Text.assemble(
        "  ", (f"{effect:<9}", COLOURS[effect]), f" {printable(title)}{printable(why)}"
    )
    console.print(line, soft_wrap=True)


def _send(wanted: Wanted, clients: ServiceClients) -> dict[str, Any]:
    try:
        after: dict[str, Any] = (
            clients[wanted.service].put(_place(wanted), wanted.body)
            if wanted.only_one_of
            else clients[wanted.service].post(wanted.path, wanted.body)
        )
    except CliError as exc:
        hint = "What is listed above is applied; mend this and apply the file again."
        raise CliError(f"{wanted.title}: {exc.message}", hint=hint) from exc
    return after


def _place(wanted: Wanted) -> str:
    return path(wanted.path, wanted.only_one_of)


class _Existing:
    """The rows of the workspace that are there already, looked up once for each kind."""

    def __init__(self, workspace: Workspace, clients: ServiceClients) -> None:
        self._workspace = workspace
        self._clients = clients
        self._rows: dict[tuple[str, str], list[dict[str, Any]]] = {}

    def find(self, wanted: Wanted) -> dict[str, Any] | None:
        if wanted.only_one_of:
            row: dict[str, Any] = self._clients[wanted.service].get(_place(wanted))
            return None if row["is_default"] else row
        place = (wanted.service, wanted.path)
        if place not in self._rows:
            self._rows[place] = list(self._list(wanted))
        return next((row for row in self._rows[place] if is_named(wanted, row)), None)

    def _list(self, wanted: Wanted) -> Iterator[dict[str, Any]]:
        client = self._clients[wanted.service]
        if wanted.path == "workspaces":
            return client.items(wanted.path, slug=self._workspace.slug)
        return client.items(wanted.path, workspace_id=str(workspace_id(self._workspace.slug)))

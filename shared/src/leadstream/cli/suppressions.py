"""`leadstream suppressions`: addresses that get nothing, in and out as CSV, and letting one get alerts again."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO
from uuid import UUID

import click

from leadstream.admin.answers import LiftedSuppression, SuppressionLine
from leadstream.admin.destinations import (
    import_suppressions,
    lift_suppression,
    list_suppressions,
)
from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import printable
from leadstream.cli.services import ServiceClient, ServiceClients
from leadstream.ids import workspace_id
from leadstream.reading import decode, word
from leadstream.sheet import delimiter_of, inert

ROWS_AT_ONCE: Final = 1_000
WORKSPACES_AT_ONCE: Final = 1_000
COLUMNS: Final = ("id", "workspace_id", "email", "reason", "everywhere", "created_at")
REASONS = click.Choice(["unsubscribed", "bounced", "complained", "manual"])
# What the column is called elsewhere; Resend's list has `origin`.
ADDRESSES: Final = ("email", "e_mail", "mail", "address", "email_address", "e_mail_address")
CAUSES: Final = ("reason", "origin")
# What is longer is neither, and the API would refuse all that is sent with it.
LONGEST_ADDRESS: Final = 400
LONGEST_REASON: Final = 100
SHOWN: Final = 20


@click.group("suppressions")
def suppressions_group() -> None:
    """Addresses that get nothing, whatever recipients say."""


@suppressions_group.command("export")
@click.option("--workspace", metavar="SLUG", help="Of one workspace; left out: of all.")
@click.option("--reason", "why", type=REASONS, help="Only those for one reason.")
@click.option("--output", type=click.File("w", encoding="utf-8", lazy=False), default="-")
def export_command(workspace: str | None, why: str | None, output: TextIO) -> None:
    """Write them as CSV, newest first: as many as there are, page by page."""
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(COLUMNS)
    given = {"reason": why, "workspace_id": str(workspace_id(workspace)) if workspace else None}
    params = {name: value for name, value in given.items() if value is not None}
    for row in ServiceClient("delivery").items(list_suppressions().path, limit=500, **params):
        writer.writerow([inert(str(row[name] or "")) for name in COLUMNS])


@suppressions_group.command("import")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--workspace", metavar="SLUG", help="Whose they are; left out: as the column workspace_id says."
)
@click.option(
    "--rejected",
    "rejected_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write down all lines that can't be taken, as CSV.",
)
@reason_option
def import_command(file: BinaryIO, workspace: str | None, rejected_file: Path | None) -> None:
    """Suppress the addresses of a CSV FILE (`-`: what is piped in).

    One line is one address: as `export` writes it, as Resend's list is exported, or nothing but addresses. Lines that
    can't be taken are named with their numbers, and all others are taken; the same file again changes nothing.
    """
    with ExitStack() as stack:
        listing = _listing(stack, rejected_file)
        clients = stack.enter_context(ServiceClients())
        counts = Counts(listing)
        for owner, batch in _batches(file, workspace, counts):
            answer = clients.ask(import_suppressions(owner, batch))
            counts.added += answer["added"]
            counts.known += answer["known"]
            for each in answer["rejected"]:
                counts.reject(each["line"], each["reason"])
    click.echo(f"{counts.added:,} added, {counts.known:,} were there, {counts.rejected:,} rejected")
    if counts.rejected:
        raise CliError(f"{counts.rejected:,} lines were not taken; all others were")


@suppressions_group.command("lift")
@click.argument("suppression_id", metavar="SUPPRESSION", type=click.UUID)
@reason_option
def lift_command(suppression_id: UUID) -> None:
    """Let an address get alerts again, here and at Resend."""
    with ServiceClients() as clients:
        lifted = clients.ask(lift_suppression(suppression_id, None))
    click.echo(_words_of(lifted))


def _words_of(lifted: LiftedSuppression) -> str:
    """Not that the address gets alerts again: of that, and of what is left to do, the note tells."""
    return f"Lifted for {printable(lifted['email'])}. {lifted['note']}".strip()


@dataclass(slots=True)
class Counts:
    listing: Any
    added: int = 0
    known: int = 0
    rejected: int = 0

    def reject(self, line: int, reason: str) -> None:
        self.rejected += 1
        if self.listing is not None:
            self.listing.writerow([line, inert(reason)])
        if self.rejected <= SHOWN:
            click.echo(f"  line {line}: {printable(reason)}", err=True)
        elif self.rejected == SHOWN + 1:
            click.echo("  … and more (--rejected FILE has them all)", err=True)


def _listing(stack: ExitStack, path: Path | None) -> Any:
    if path is None:
        return None
    file = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    writer = csv.writer(file)
    writer.writerow(["line", "reason"])
    return writer


def _batches(
    file: BinaryIO, workspace: str | None, counts: Counts
) -> Iterator[tuple[str, list[SuppressionLine]]]:
    """Lines as they are sent, of one workspace at a time; no more of the file is held than that."""
    ours = str(workspace_id(workspace)) if workspace else None
    batches: dict[str, list[SuppressionLine]] = {}
    for line, cells in _lines(file, counts):
        owner = ours or _owner(cells.get("workspace_id"))
        if owner is None:
            counts.reject(line, "whose it is, is not said: the column workspace_id, or --workspace")
            continue
        batch = batches.setdefault(owner, [])
        batch.append({"line": line, "email": cells["email"], "reason": cells.get("reason", "")})
        if len(batch) >= ROWS_AT_ONCE:
            yield owner, batches.pop(owner)
        elif len(batches) > WORKSPACES_AT_ONCE:
            # The fullest makes the most room: the newest would be sent line by line from here on.
            fullest = max(batches, key=lambda each: len(batches[each]))
            yield fullest, batches.pop(fullest)
    yield from batches.items()


def _owner(said: str | None) -> str | None:
    try:
        return str(UUID(said or ""))
    except ValueError:
        return None


def _lines(file: BinaryIO, counts: Counts) -> Iterator[tuple[int, Mapping[str, str]]]:
    places: Mapping[str, int] | None = None
    delimiter = ","
    for line, raw in enumerate(file, start=1):
        text = decode(raw)
        if places is None:
            delimiter = delimiter_of(text)
        try:
            cells = _cells(text, delimiter)
        except ValueError as exc:
            counts.reject(line, str(exc))
            continue
        if not any(cells):
            continue
        if places is None:
            places, is_header = _places(cells)
            if is_header:
                continue
        found = {name: cells[at] for name, at in places.items() if at < len(cells)}
        if (
            len(found.get("email", "")) > LONGEST_ADDRESS
            or len(found.get("reason", "")) > LONGEST_REASON
        ):
            counts.reject(line, "is longer than an address and a reason can be")
        elif not found.get("email"):
            counts.reject(line, "has no address")
        else:
            yield line, found


def _cells(text: str, delimiter: str) -> list[str]:
    """One line; none of ours, or of Resend's, has a line break within a cell. Raises ValueError with what is wrong."""
    if "\0" in text:
        raise ValueError("holds the character U+0000")
    try:
        lines = csv.reader([text.strip("\r\n")], delimiter=delimiter, strict=True)
        (cells,) = list(lines) or [[]]
    except (csv.Error, ValueError):
        raise ValueError("is not one line of CSV") from None
    return [cell.strip().removeprefix("'") for cell in cells]


def _places(first: list[str]) -> tuple[Mapping[str, int], bool]:
    """Which column is what, and whether the first line says so: a file of addresses alone has no header."""
    names = [word(cell) for cell in first]
    address = next((names.index(name) for name in ADDRESSES if name in names), None)
    if address is None:
        if "@" not in first[0]:
            raise CliError(
                f"no column is called email: the first line says {printable(', '.join(first))}",
                hint="Nothing was imported.",
            )
        return {"email": 0, "reason": 1}, False
    places = {"email": address}
    if (cause := next((names.index(name) for name in CAUSES if name in names), None)) is not None:
        places["reason"] = cause
    if "workspace_id" in names:
        places["workspace_id"] = names.index("workspace_id")
    return places, True

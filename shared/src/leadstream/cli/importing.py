"""`leadstream import`: companies of a CSV file become leads of a query."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import click
import orjson

from leadstream.cli.errors import CliError
from leadstream.cli.reasons import reason_option
from leadstream.cli.screen import printable
from leadstream.cli.services import RefusedError, ServiceClient
from leadstream.ids import workspace_id
from leadstream.sheet import (
    Columns,
    Rejected,
    SheetError,
    Table,
    asked_encoding,
    choose_columns,
    detect_encoding,
    inert,
    open_table,
    read_rows,
)

# Requests of the admin API are at most 1 MiB, and limited by the minute.
ROWS_AT_ONCE: Final = 1_000
BYTES_AT_ONCE: Final = 512 * 1024
SHOWN: Final = 20
# Of a file.
LONGEST_NAME: Final = 200
# More leads than this are made of a file only by who has said so: each may cost money to enrich.
UNASKED: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file, and how it is read."""

    path: Path
    encoding: str
    asked: Mapping[str, str]
    now: datetime

    @contextmanager
    def opened(self) -> Iterator[tuple[Table, Columns]]:
        with open_table(self.path, self.encoding) as table:
            yield table, choose_columns(table.header, self.asked, line=table.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What all of a file says."""

    rows: int
    rejected: int
    # Of the bytes, and of how they were read.
    digest: str


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--workspace", required=True, metavar="SLUG", help="Whose leads they will be.")
@click.option("--query", required=True, metavar="NAME", help="What they are found for.")
@click.option(
    "--map",
    "mappings",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column says, where its name does not; again for another.",
)
@click.option("--encoding", metavar="NAME", help="How it is written; left out: found.")
@click.option("--dry-run", is_flag=True, help="Count what would be new, known and rejected.")
@click.option("--skip-rejected", is_flag=True, help="Import the rest where rows can't be taken.")
@click.option(
    "--rejected",
    "rejected_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write down all rows that can't be taken, as CSV.",
)
@click.option("--yes", is_flag=True, help=f"Make more than {UNASKED:,} leads without asking.")
@reason_option
def import_command(  # noqa: PLR0913 - one argument an option
    *,
    file: Path,
    workspace: str,
    query: str,
    mappings: Sequence[str],
    encoding: str | None,
    dry_run: bool,
    skip_rejected: bool,
    rejected_file: Path | None,
    yes: bool,
) -> None:
    """Make leads of the companies in a CSV FILE.

    The whole file is checked before its first row is sent, and all rows are there before the first becomes a lead: an
    import happens wholly or not at all. Interrupted, it goes on where it was; the same file again changes nothing.
    Columns are found by their names. What a row may say: its company's name, domain, website, description, industry,
    employee_count, revenue, founded_year, technologies, city, state, country and address, and one signal by
    signal_type, signal_strength, detected_at, source and signal_id.
    """
    asked = _read_mappings(mappings)
    if not file.is_file():
        raise CliError(f"{printable(file)}: is no file that can be read twice, as a pipe can't")
    if rejected_file and rejected_file.exists() and rejected_file.samefile(file):
        raise CliError(
            f"--rejected {printable(rejected_file)}: the file itself would be written over"
        )
    try:
        found = asked_encoding(encoding) if encoding else detect_encoding(file)
        sheet = Sheet(path=file, encoding=found, asked=asked, now=datetime.now(UTC))
        checked = _check(sheet, rejected_file)
        _refuse_empty(checked, skip_rejected=skip_rejected or dry_run)
        begun = {"workspace_id": str(workspace_id(workspace)), "query": query, "file": _name(file)}
        client = ServiceClient("discovery")
        _import(client, sheet, checked, begun, dry_run=dry_run, yes=yes)
    except SheetError as exc:
        raise CliError(printable(f"{file}: {exc}"), hint="Nothing was imported.") from None
    except OSError as exc:
        raise CliError(f"{printable(exc.filename)}: {exc.strerror}: nothing was imported") from None


def _name(file: Path) -> str:
    """As text of a bearable length: what a system takes for a name is any bytes."""
    return file.name.encode(errors="replace").decode()[-LONGEST_NAME:].strip() or "-"


def _read_mappings(mappings: Sequence[str]) -> dict[str, str]:
    read: dict[str, str] = {}
    for mapping in mappings:
        column, equals, field = mapping.rpartition("=")
        if not equals or not column.strip() or not field.strip():
            raise CliError(f"--map {mapping}: write it as COLUMN=FIELD, such as 'Firm=name'")
        if column.strip() in read:
            raise CliError(f"--map says twice what {column.strip()} is")
        read[column.strip()] = field.strip()
    return read


def _check(sheet: Sheet, rejected_file: Path | None) -> Checked:
    """Read the whole file; tell what of it can't be taken."""
    rows = rejected = 0
    with ExitStack() as stack:
        table, columns = stack.enter_context(sheet.opened())
        listing = _listing(stack, rejected_file)
        _show_columns(sheet, table, columns)
        for read in read_rows(table, columns, now=sheet.now):
            if isinstance(read, Rejected):
                rejected += 1
                _reject(read, rejected, listing)
            else:
                rows += 1
        if rejected > SHOWN:
            where = (
                f": all are in {printable(rejected_file)}"
                if rejected_file
                else " (--rejected FILE)"
            )
            click.echo(f"  … and {rejected - SHOWN:,} more{where}", err=True)
        digest = _digest(sheet, table, columns, rows)
    return Checked(rows=rows, rejected=rejected, digest=digest)


def _listing(stack: ExitStack, path: Path | None) -> Any:
    if path is None:
        return None
    file: TextIO = stack.enter_context(path.open("w", encoding="utf-8", newline=""))
    writer = csv.writer(file)
    writer.writerow(["line", "column", "reason"])
    return writer


def _reject(read: Rejected, number: int, listing: Any) -> None:
    if listing is not None:
        listing.writerow([read.line, inert(read.column), inert(read.reason)])
    if number <= SHOWN:
        column = f", {printable(read.column)}" if read.column else ""
        click.echo(f"  line {read.line}{column}: {read.reason}", err=True)


def _show_columns(sheet: Sheet, table: Table, columns: Columns) -> None:
    shown = ", ".join(
        f"{printable(table.header[place])} → {field}" for field, place in columns.places.items()
    )
    click.echo(f"{printable(sheet.path.name)}: {sheet.encoding.removesuffix('-sig')}, {shown}")
    if columns.ignored:
        names = ", ".join(printable(name) for name in columns.ignored[:SHOWN])
        more = "…" if len(columns.ignored) > SHOWN else ""
        click.echo(
            f"  left out: {names}{more} ({len(columns.ignored)} of {len(table.header)} columns)"
        )


def _digest(sheet: Sheet, table: Table, columns: Columns, rows: int) -> str:
    read_as = [sheet.encoding, table.delimiter, sorted(columns.places.items()), rows]
    return hashlib.sha256(table.digest + orjson.dumps(read_as)).hexdigest()


def _refuse_empty(checked: Checked, *, skip_rejected: bool) -> None:
    if checked.rejected and not skip_rejected:
        raise CliError(
            f"{checked.rejected:,} of {checked.rows + checked.rejected:,} rows can't be taken:"
            " nothing was imported",
            hint="Mend them, or leave them out with --skip-rejected.",
        )
    if not checked.rows:
        raise CliError("there is no row that can be taken: nothing was imported")


def _import(
    client: ServiceClient,
    sheet: Sheet,
    checked: Checked,
    body: Mapping[str, str],
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    whole = {**body, "digest": checked.digest, "rows": checked.rows, "dry_run": dry_run}
    begun = client.post("imports", whole)
    try:
        if not begun["finished_at"]:
            _bring_in(client, sheet, checked, begun, dry_run=dry_run, yes=yes)
    except RefusedError as exc:
        if exc.status == 404 and dry_run:
            hint = "Begin it again."
            raise CliError("the same dry run has ended elsewhere meanwhile", hint=hint) from None
        if exc.status != 409:
            raise
        # Somebody else may have imported the same file meanwhile.
        begun = client.post("imports", whole)
        if not begun["finished_at"]:
            raise
    if begun["finished_at"]:
        click.echo(f"was imported on {begun['finished_at'][:16]}: nothing is changed")


def _bring_in(
    client: ServiceClient,
    sheet: Sheet,
    checked: Checked,
    begun: Mapping[str, Any],
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    place = f"imports/{begun['id']}"
    _send(client, place, sheet, checked, there=frozenset(begun["batches"]))
    counts = client.get(f"{place}/forecast")
    click.echo(
        f"{checked.rows + checked.rejected:,} rows: {counts['new']:,} new, {counts['known']:,} known,"
        f" {checked.rejected:,} rejected"
    )
    if dry_run:
        _forget(client, place)
        click.echo("a dry run: nothing was imported")
        return
    _ask(counts["new"], yes=yes)
    client.post(f"{place}/finish")
    click.echo(f"import {begun['id']}: its leads are being made, and go on when nothing else waits")


def _forget(client: ServiceClient, place: str) -> None:
    """Somebody else may have counted the same file at the same time, and ended first."""
    try:
        client.delete(place)
    except RefusedError as exc:
        if exc.status != 404:
            raise


def _ask(new: int, *, yes: bool) -> None:
    if new <= UNASKED or yes:
        return
    question = f"Make up to {new:,} leads? Each may cost money to enrich."
    try:
        said_yes = click.confirm(question, err=True)
    except click.Abort:
        said_yes = False
    if not said_yes:
        raise CliError(
            f"it would make up to {new:,} leads: nothing was imported",
            hint="Say --yes to make them.",
        )


def _send(
    client: ServiceClient, place: str, sheet: Sheet, checked: Checked, *, there: frozenset[int]
) -> None:
    """Send what is not there yet. The file must be what it was when it was checked."""
    sent = 0
    with sheet.opened() as (table, columns):
        items = (
            read.item
            for read in read_rows(table, columns, now=sheet.now)
            if not isinstance(read, Rejected)
        )
        for number, batch in enumerate(_batches(items)):
            if number not in there:
                client.post(f"{place}/rows", {"number": number, "rows": batch})
            tenths = sent * 10 // checked.rows
            sent += len(batch)
            if sent * 10 // checked.rows > tenths:
                click.echo(f"  {sent:,} of {checked.rows:,} rows are there", err=True)
        if _digest(sheet, table, columns, sent) != checked.digest:
            raise SheetError("was changed while it was read: begin again")


def _batches(items: Iterator[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    """The same for the same file, so that each is known by its number."""
    batch: list[Mapping[str, Any]] = []
    size = 0
    for item in items:
        length = len(orjson.dumps(item))
        if batch and (len(batch) >= ROWS_AT_ONCE or size + length > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch

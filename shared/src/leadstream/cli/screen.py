"""How the commands write: for a person in a terminal, whole lines for a pipe."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

# Wide enough that no cell of a table is folded on its way into grep.
_PIPE_WIDTH = 1000
_KEPT = "\n\t"


def make_console() -> Console:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal and "COLUMNS" not in console._environ:  # noqa: SLF001 - where rich itself looks
        console.width = _PIPE_WIDTH
    return console


def make_table(*columns: str, whole: Iterable[str] = (), header: bool = True) -> Table:
    """A table without lines. Columns in `whole`, such as ids, are never folded: they are there to be copied."""
    kept = set(whole)
    return Table(
        *(Column(name, no_wrap=name in kept, overflow="fold") for name in columns),
        box=None,
        pad_edge=False,
        header_style="bold",
        show_header=header,
    )


def add_row(table: Table, *cells: object, style: str | None = None) -> None:
    """Add cells as text: what comes from outside is neither markup nor an order to the terminal."""
    table.add_row(*(Text(printable(cell)) for cell in cells), style=style)


def at(moment: datetime) -> str:
    """A moment in a table: UTC, to the second."""
    return moment.astimezone(UTC).isoformat()[:19]


def printable(value: Any) -> str:
    """Text in which control characters, such as a terminal's escape, can be seen and do nothing."""
    if value is None:
        return ""
    return "".join(
        each if each in _KEPT or each.isprintable() else each.encode("unicode_escape").decode()
        for each in str(value)
    )

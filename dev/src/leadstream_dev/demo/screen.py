"""What the demo shows."""

from collections import Counter
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from leadstream_dev.demo.figures import Figures, Runs, Stages
from leadstream_dev.demo.judgement import SOURCES, Check

SCORES = ("hot", "warm", "cold")
ENDS = ("completed", "skipped", "failed")
CHANNELS = {"e-mails": "email", "Slack": "slack", "webhooks": "webhook"}


class Bars:
    """One bar a stage, as far as the leads have come."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            TextColumn("  {task.description:<10}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            # A log file gets the result, not a bar a second.
            disable=not console.is_terminal,
        )
        names = ("queries", "enriched", "delivered", "uploaded")
        self._bars = {name: self.progress.add_task(name, total=None) for name in names}

    def show(self, runs: Runs, queries: int, stages: Stages) -> None:
        ended = runs.succeeded + runs.failed
        # A stage's total grows while leads are still being found: it is full only when none can come.
        self._move("queries", ended, queries)
        self._move("enriched", stages.enriched, stages.leads)
        self._move("delivered", stages.delivered, stages.leads)
        self._move("uploaded", stages.uploaded, stages.to_upload)

    def _move(self, name: str, done: int, total: int) -> None:
        # None is a bar that moves without saying how far: better than 0 of 0, which looks finished.
        self.progress.update(self._bars[name], completed=done, total=total or None)


def print_result(console: Console, run: Runs, figures: Figures, checks: list[Check]) -> None:
    console.print()
    console.print(_funnel(run, figures))
    console.print()
    console.print(_checks(checks))


def _funnel(run: Runs, figures: Figures) -> Table:
    table = _table("The nightly job", "")
    found = {"found": run.found, "new": run.created, "known": run.known, "rejected": run.rejected}
    table.add_row("companies, this run", _pairs(found))
    table.add_section()
    table.add_row("leads so far", _pairs(_pick(figures.scores, SCORES)))
    table.add_row("enriched", _pairs(_pick(figures.enrichments, ENDS)))
    table.add_row(
        "paid for", _pairs({f"credits at {SOURCES[n]}": c for n, c in figures.credits.items()})
    )
    sent = {title: figures.deliveries.get(name, 0) for title, name in CHANNELS.items()}
    table.add_row("told", _pairs(sent | {"failed": figures.failed_deliveries}))
    table.add_row("what became of e-mails", _pairs(Counter(figures.fates.values())))
    uploaded = sum(figures.uploads.values())
    table.add_row("uploaded", _pairs({"in all": uploaded, "failed": figures.failed_uploads}))
    for place, count in sorted(figures.uploads.items()):
        table.add_row("", _pairs({f"to {place}": count}))
    table.add_row("billed", _pairs({"billing events": figures.billing_events}))
    return table


def _pick(figures: Mapping[str, int], names: tuple[str, ...]) -> dict[str, int]:
    return {name: figures.get(name, 0) for name in names}


def _pairs(figures: Mapping[str, int]) -> Text:
    """`367 e-mails   100 Slack messages`, the numbers in bold and one under the other in the first place."""
    text = Text()
    for place, (name, count) in enumerate(figures.items()):
        shown = f"{count:>5}" if place == 0 else f"   {count}"
        text.append(shown, style="bold")
        text.append(f" {name}")
    return text


def _checks(checks: list[Check]) -> Table:
    table = _table("Does it agree with what the providers saw?", "our tables", "their ledger", "")
    for column in table.columns[1:3]:
        column.justify = "right"
    for check in checks:
        verdict = "[green]agrees[/]" if check.agrees else "[bold red]DIFFERS[/]"
        table.add_row(check.what, str(check.ours), str(check.theirs), verdict)
    return table


def _table(title: str, *headers: str) -> Table:
    return Table(
        "",
        *headers,
        title=title,
        title_justify="left",
        title_style="bold",
        box=None,
        show_header=any(headers),
        header_style="dim",
    )

"""B10: what a thousand leads cost a platform: calls, and the pace they are made at."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench import machine
from bench.platforms.measure import Result, staged
from bench.platforms.plans import PLANS
from bench.processes import warn_of_company
from bench.servers import servers
from leadstream_dev.sandbox import Sandbox


async def run(
    console: Console, *, count: int, times: float, adapters: Sequence[str] = ()
) -> list[Result]:
    """Give each platform its turn; `times` as often as in reality the period passes that would take an hour."""
    results = []
    async with servers() as around, Sandbox(around.folder / "ledger.jsonl") as sandbox:
        console.print(str(await machine.describe(around.home, around.postgres.url)))
        async with staged(around, sandbox, times=times) as stage:
            for plan in PLANS:
                if adapters and plan.adapter not in adapters:
                    continue
                result = await stage.measure(plan, count)
                results.append(result)
                console.print(f"{plan.adapter}: {_operations(result)}")
    console.print(_table(results, times))
    warn_of_company(console, (result.others for result in results))
    return results


def _operations(result: Result) -> str:
    made = ", ".join(f"{count} {name}" for name, count in result.by_operation.most_common())
    return f"{result.calls} calls ({made})"


def _table(results: Sequence[Result], times: float) -> Table:
    title = f"B10: {results[0].leads if results else 0:,} leads on each platform"
    table = Table(title=title)
    table.add_column("platform")
    for name in (
        "calls",
        "fewest",
        "allowed",
        "used",
        "fullest period",
        "refusals",
        "seconds",
        "others (cores)",
    ):
        table.add_column(name, justify="right")
    for result in results:
        table.add_row(result.plan.adapter, *_cells(result, times))
    return table


def _cells(result: Result, times: float) -> list[str]:
    plan = result.plan
    scaled = f", {times:g} times as fast" if plan.is_scaled and times != 1 else ""
    return [
        f"{result.calls:,}",
        f"{plan.fewest(result.leads):,}",
        f"{plan.allowed}{scaled}" if plan.allowed else "",
        _share(result.used),
        _share(result.busiest),
        f"{result.refused}",
        f"{result.seconds:,.1f}",
        f"{result.others:.2f}",
    ]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"

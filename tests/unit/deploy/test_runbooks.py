"""The commands of the runbooks, and the pages of the console that they name, are ones that there are."""

import inspect
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import click
import pytest
from starlette.routing import Match, Route

from console.entrypoints.pages import ROUTERS
from support.documents import AN_ID, BLOCK, LINK, SPAN, commands, filled, parse
from unit.deploy.rules import RUNBOOKS, selectors
from unit.deploy.test_rules import EXPORTERS, declared, recorded


def runbooks() -> list[Path]:
    return sorted(RUNBOOKS.glob("*.md"))


def test_commands_are_found_wherever_they_stand_in_a_line() -> None:
    text = (
        "```sh\n.venv/bin/leadstream jobs show $JOB_ID | less  # all of it\n"
        "LEADSTREAM_TOKEN=x leadstream pauses hold $SERVICE all \\\n  --reason 'by hand' && date\n```\n"
        "```promql\nleadstream_jobs\n```\n"
    )

    assert [*commands(text)] == [
        ["jobs", "show", AN_ID],
        ["pauses", "hold", "delivery", "all", "--reason", "by hand"],
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        "leadstream jobs list --stat failed",
        "leadstream jobs show $SERVICE",
        "leadstream pauses hold delivery all",
        "leadstream undo",
    ],
)
def test_a_command_that_there_is_not_is_noticed(wrong: str) -> None:
    [words] = commands(f"```sh\n{wrong}\n```\n")

    with pytest.raises(click.UsageError):
        parse(words)


@pytest.mark.parametrize("path", runbooks(), ids=lambda path: path.stem)
def test_every_command_of_a_runbook_can_be_parsed(path: Path) -> None:
    for words in commands(path.read_text()):
        parse(words)


@pytest.mark.parametrize("path", runbooks(), ids=lambda path: path.stem)
def test_every_series_of_a_runbook_exists(path: Path) -> None:
    series = declared() | EXPORTERS
    for block in BLOCK.finditer(path.read_text()):
        if block["language"] != "promql":
            continue
        for each in selectors(block["text"]):
            assert each.metric in series or each.metric in recorded(), each.metric


@pytest.mark.parametrize("path", runbooks(), ids=lambda path: path.stem)
def test_every_link_of_a_runbook_leads_somewhere(path: Path) -> None:
    broken = [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()]

    assert not broken


IN_THE_CONSOLE = re.compile(r"^In the console: (.*)$", re.MULTILINE)


def pages_named(path: Path) -> list[str]:
    lines = IN_THE_CONSOLE.findall(path.read_text())
    return [filled(span) for line in lines for span in SPAN.findall(line) if span[0] == "/"]


def page_at(path: str) -> Route | None:
    scope = {"type": "http", "method": "GET", "path": path}
    routes = [each for router in ROUTERS for each in router.routes if isinstance(each, Route)]
    return next((each for each in routes if each.matches(scope)[0] is Match.FULL), None)


def filters_of(page: Route) -> set[str]:
    """The names that the page's module reads out of the query: there, or in lists from elsewhere."""
    module = inspect.getmodule(page.endpoint)
    source = inspect.getsource(module) if module else ""
    lists = [each for each in vars(module).values() if isinstance(each, tuple)]
    listed = {name for each in lists for name in each if isinstance(name, str)}
    # Query.services() reads the service.
    return {
        *re.findall(r'"(\w+)"', source),
        *listed,
        *({"service"} if ".services()" in source else ()),
    }


def test_a_page_that_there_is_not_is_noticed() -> None:
    assert page_at("/audits") is None
    audit = page_at("/audit")
    assert audit is not None
    assert {"service", "actor"} <= filters_of(audit)
    assert "colour" not in filters_of(audit)
    assert sum(bool(pages_named(path)) for path in runbooks()) > 20


@pytest.mark.parametrize("path", runbooks(), ids=lambda path: path.stem)
def test_every_page_that_a_runbook_names_is_one_of_the_console_and_knows_the_filter(
    path: Path,
) -> None:
    for named in pages_named(path):
        url = urlsplit(named)
        page = page_at(url.path)

        assert page is not None, f"the console has no page {url.path}"
        unknown = set(parse_qs(url.query)) - filters_of(page)
        assert not unknown, f"{url.path} knows no filter {sorted(unknown)}"

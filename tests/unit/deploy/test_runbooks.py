"""The commands of the runbooks are ones that there are."""

from pathlib import Path

import click
import pytest

from support.documents import AN_ID, BLOCK, LINK, commands, parse
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

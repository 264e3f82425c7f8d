"""The commands of the runbooks are ones that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from leadstream.cli.main import main
from unit.deploy.rules import RUNBOOKS, selectors
from unit.deploy.test_rules import EXPORTERS, declared, recorded

BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
# What stands for something that the reader knows, by its name.
PLACEHOLDERS = {
    "SERVICE": "delivery",
    "KIND": "deliver-email",
    "TOPIC": "lead.upload",
    "DLQ_TOPIC": "lead.upload.platform-upload.dlq",
    "PLACE": "0:17",
    "SCOPE": "provider:clay",
    "PROVIDER": "clay",
    "SCHEDULE": "daily-lead-generation",
    "NIGHT": "2026-01-05",
}
AN_ID = "0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"
PLACEHOLDER = re.compile(r"\$\{?([A-Z_]+)\}?")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


def runbooks() -> list[Path]:
    return sorted(RUNBOOKS.glob("*.md"))


def commands(text: str) -> Iterator[list[str]]:
    """The words of every `leadstream …` in the shell blocks, whatever stands before or after it."""
    for block in BLOCK.finditer(text):
        if block["language"] not in {"sh", "bash", "shell", "console"}:
            continue
        for line in block["text"].replace("\\\n", " ").splitlines():
            # Other lines may be part of a quotation that goes on over several.
            if "leadstream" in line:
                yield from _commands_of(line)


def _commands_of(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(PLACEHOLDER.sub(_fill, line), posix=True, punctuation_chars="|&;<>()")
    lexer.whitespace_split = True
    words = [*lexer, ";"]
    while words:
        end = next(n for n, word in enumerate(words) if set(word) <= set("|&;<>()"))
        part, words = words[:end], words[end + 1 :]
        names = [Path(word).name for word in part]
        if "leadstream" in names:
            yield part[names.index("leadstream") + 1 :]


def _fill(match: re.Match[str]) -> str:
    name = match[1]
    return AN_ID if name.endswith("_ID") or name == "ID" else PLACEHOLDERS.get(name, match[0])


def parse(words: list[str]) -> None:
    """As the command line would be read, without running anything."""
    command: click.Command = main
    context = click.Context(main, info_name="leadstream")
    while isinstance(command, click.Group):
        name, found, rest = command.resolve_command(context, words)
        assert found is not None, name
        command, words = found, rest
        context = click.Context(command, info_name=name, parent=context)
    # A file that the reader has is not here.
    for parameter in command.params:
        if isinstance(parameter.type, click.Path | click.File):
            parameter.type = click.STRING
    command.make_context(command.name or "", words, parent=context.parent)


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

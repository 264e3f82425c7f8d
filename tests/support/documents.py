"""The commands, the code and the paths that Markdown shows, as the tests read them."""

import re
import shlex
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import click

from leadstream.cli.main import main

ROOT = Path(__file__).parents[2]
FOLDERS = ("docs", "deploy", "tests", "dev", "shared", "services", "schemas", "bench")
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")
SHELL = frozenset({"sh", "bash", "shell", "console"})
# What stands for something that the reader knows, by its name.
PLACEHOLDERS = {
    "SERVICE": "delivery",
    "KIND": "deliver-email",
    "TOPIC": "lead.upload",
    "DLQ_TOPIC": "lead.upload.platform-upload.dlq",
    "PLACE": "0:17",
    "SCOPE": "provider:clay",
    "PROVIDER": "clay",
    "SLUG": "acme",
    "SCHEDULE": "daily-lead-generation",
    "NIGHT": "2026-01-05",
}
AN_ID = "0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"
PLACEHOLDER = re.compile(r"\$\{?([A-Z_]+)\}?")
_ENDS = "|&;<>()"


def documents() -> list[Path]:
    """All Markdown of the repository, and none of what is installed or made beside it."""
    found = [
        *ROOT.glob("*.md"),
        *(path for name in FOLDERS for path in (ROOT / name).rglob("*.md")),
    ]
    return sorted(path for path in found if "node_modules" not in path.parts)


def code(text: str, languages: frozenset[str]) -> Iterator[str]:
    for block in BLOCK.finditer(text):
        if block["language"] in languages:
            yield block["text"]


def spans(text: str) -> Iterator[str]:
    """Code in the middle of prose."""
    yield from SPAN.findall(BLOCK.sub("", text))


def shell_lines(text: str) -> Iterator[str]:
    for block in code(text, SHELL):
        yield from block.replace("\\\n", " ").splitlines()


def commands(text: str, program: str = "leadstream") -> Iterator[list[str]]:
    """The words after each `program` in the shell blocks, whatever stands before or after it."""
    for line in shell_lines(text):
        # Other lines may be part of a quotation that goes on over several.
        if program in line:
            yield from commands_of(line, program)


def commands_of(line: str, program: str = "leadstream") -> Iterator[list[str]]:
    lexer = shlex.shlex(filled(line), posix=True, punctuation_chars=_ENDS)
    lexer.whitespace_split = True
    words = [*lexer, ";"]
    while words:
        end = next(n for n, word in enumerate(words) if set(word) <= set(_ENDS))
        part, words = words[:end], words[end + 1 :]
        names = [Path(word).name for word in part]
        # The role and the database have that name, too.
        called = [
            n
            for n, name in enumerate(names)
            if name == program and not (n and part[n - 1].startswith("-"))
        ]
        if called:
            yield part[called[0] + 1 :]


def filled(text: str) -> str:
    """With something in the place of each placeholder."""
    return PLACEHOLDER.sub(_fill, text)


def _fill(match: re.Match[str]) -> str:
    name = match[1]
    return AN_ID if name.endswith("_ID") or name == "ID" else PLACEHOLDERS.get(name, match[0])


def parse(words: list[str], command: click.Command = main) -> None:
    """As the command line would be read, without running anything."""
    context = click.Context(command, info_name=command.name)
    while isinstance(command, click.Group) and words:
        name, found, rest = command.resolve_command(context, words)
        assert found is not None, name
        command, words = found, rest
        context = click.Context(command, info_name=name, parent=context)
    if isinstance(command, click.Group):
        return
    # A file that the reader has is not here. Of a copy: the command itself is run by other tests.
    reading = copy(command)
    reading.params = [copy(parameter) for parameter in command.params]
    for parameter in reading.params:
        if isinstance(parameter.type, click.Path | click.File):
            parameter.type = click.STRING
    reading.make_context(reading.name or "", list(words), parent=context.parent)

"""The commands of docs/runbooks, as the tests run them: what is tested is what the reader copies."""

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "runbooks"
# `<!-- test: name -->` stands above a block that a test runs, `<!-- by hand: 2026-11-25 -->` above one that
# a person ran.
_BLOCK = re.compile(
    r"(?:<!-- (?P<how>test|by hand): (?P<what>[^>]+?) -->\n)?^```sh\n(?P<commands>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Block:
    # `test` and its name, `by hand` and the date, or nothing where nobody said.
    how: str | None
    what: str | None
    commands: str


def blocks(runbook: str) -> list[Block]:
    text = (FOLDER / f"{runbook}.md").read_text(encoding="utf-8")
    return [Block(m["how"], m["what"], m["commands"]) for m in _BLOCK.finditer(text)]


def commands(runbook: str, *names: str) -> str:
    """The named blocks of a runbook, one after the other."""
    found = {block.what: block.commands for block in blocks(runbook) if block.how == "test"}
    return "\n".join(found[name] for name in names)

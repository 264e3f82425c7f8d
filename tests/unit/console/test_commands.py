"""The commands that pages offer to be copied are commands that there are."""

import re
import shlex
from contextlib import suppress
from pathlib import Path

import click
import pytest

import console
from leadstream.cli import main

TEMPLATES = Path(console.__file__).parent / "templates"
ID = "0190c0de-0000-7000-8000-000000000001"
# What a person fills in.
BLANKS = {"…": ID, "<topic>": "lead.discovered", "LEAD": ID}


def written() -> list[str]:
    """Those that are written out in templates."""
    texts = [path.read_text() for path in sorted(TEMPLATES.rglob("*.html"))]
    found = {each for text in texts for each in re.findall(r'"(leadstream [^"{]*)"', text)}
    # One that ends with a space goes on with a name.
    return sorted(f"{each}nightly" if each.endswith(" ") else each for each in found)


@pytest.mark.parametrize("text", written())
def test_a_command_of_a_page_is_one(text: str) -> None:
    _, *words = shlex.split(text)
    command: click.Command = main
    context = click.Context(main)

    words = [BLANKS.get(word, word) for word in words]
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no {name}"
        command = found
    # A file that is not there is no mistake of the page's.
    words = [word for word in words if not word.endswith(".yaml")]
    missing = (click.MissingParameter,) if ".yaml" in text else ()
    with suppress(*missing):
        command.make_context(command.name, words)

"""What Markdown shows is there: commands with their options, Python with its imports and arguments, paths, links."""

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from bench.__main__ import main as bench

from chaos.command import main as chaos
from compose.command import main as compose
from leadstream_dev.demo import demo
from leadstream_dev.services import SERVICES
from support.documents import (
    FOLDERS,
    LINK,
    ROOT,
    code,
    commands,
    commands_of,
    documents,
    parse,
    shell_lines,
    spans,
)

each_document = pytest.mark.parametrize(
    "path", documents(), ids=lambda path: str(path.relative_to(ROOT))
)
# What takes ARGS of its own, rather than pytest's.
ARGS_OF = {
    "bench": bench,
    "chaos": chaos,
    "compose-test": compose,
    "demo": demo,
}
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# A placeholder, a pattern or an abridgement: nothing to run.
ABRIDGED = re.compile(r"[…<>|*]|\.\.\.|\b[A-Z]{4,}\b")


def check_make(words: list[str]) -> None:
    """`make TARGET ARGS='…'`: the target, and what its command takes."""
    named = [word for word in words if "=" not in word and not word.startswith("-")]
    assert set(named) <= TARGETS, f"make {named}"
    arguments = [word.removeprefix("ARGS=") for word in words if word.startswith("ARGS=")]
    for target in named:
        if target in ARGS_OF and arguments:
            parse(arguments[0].split(), ARGS_OF[target])


def check_python(words: list[str]) -> None:
    """`python -m MODULE …`: the module, and what its command takes."""
    if words[:1] != ["-m"]:
        return
    # Square brackets stand around what may be left out.
    module, *arguments = (word.strip("[]") for word in words[1:])
    if module.startswith("$"):
        return
    assert importlib.util.find_spec(module), f"python -m {module}"
    if module in {spec.package for spec in SERVICES}:
        assert arguments[:1] in (["migrate"], ["worker"]), f"python -m {module} {arguments}"
    elif (command := command_of(module)) is not None:
        parse(arguments, command)


def command_of(module: str) -> click.Command | None:
    if module.startswith(("leadstream_dev", "bench")):
        found = importlib.import_module(module)
        if hasattr(found, "__path__"):
            found = importlib.import_module(f"{module}.__main__")
        main = getattr(found, "main", None)
        return main if isinstance(main, click.Command) else None
    return {"tests.chaos": chaos, "tests.compose": compose}.get(module)


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "make": check_make,
    "python": check_python,
    "leadstream": parse,
}


@each_document
@pytest.mark.parametrize("program", CHECKS)
def test_each_command_of_a_block_is_one_that_there_is(path: Path, program: str) -> None:
    for words in commands(path.read_text(encoding="utf-8"), program):
        CHECKS[program](words)


@each_document
def test_each_command_in_prose_is_one_that_there_is(path: Path) -> None:
    for span in spans(path.read_text(encoding="utf-8")):
        program = span.split(" ")[0]
        if program not in CHECKS or " " not in span or ABRIDGED.search(span):
            continue
        for words in commands_of(span, program):
            try:
                CHECKS[program](words)
            except click.BadParameter:
                # Prose leaves arguments out; a command or an option that isn't there is another error.
                continue


@each_document
def test_each_script_of_a_block_is_there(path: Path) -> None:
    for line in shell_lines(path.read_text(encoding="utf-8")):
        program = line.strip().split(" ")[0]
        if program.startswith((*(f"{name}/" for name in FOLDERS), ".ci/")):
            assert (ROOT / program).exists() or (path.parent / program).exists(), line


@each_document
def test_each_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [link for link in LINK.findall(text) if not (path.parent / link).exists()] == []


@each_document
def test_each_path_in_prose_is_there(path: Path) -> None:
    shape = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./*-]+")
    missing = [
        span
        for span in spans(path.read_text(encoding="utf-8"))
        if shape.fullmatch(span) and not _exists(span, path.parent)
    ]

    assert missing == []


def _exists(name: str, folder: Path) -> bool:
    if "*" in name:
        return any(fnmatch(str(each.relative_to(ROOT)), name) for each in ROOT.glob(name))
    return any((place / name).exists() for place in (ROOT, folder))


def python_blocks() -> Iterator[Any]:
    for path in documents():
        for number, text in enumerate(
            code(path.read_text(encoding="utf-8"), frozenset({"python"}))
        ):
            name = f"{path.relative_to(ROOT)}-{number}"
            yield pytest.param(textwrap.dedent(text), id=name)


@pytest.mark.parametrize("text", list(python_blocks()))
def test_python_is_python_and_what_it_imports_and_calls_is_there(text: str) -> None:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for each in node.names:
                importlib.import_module(each.name)
        elif isinstance(node, ast.ImportFrom) and node.module:
            module = importlib.import_module(node.module)
            assert all(hasattr(module, each.name) for each in node.names), ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            _check_call(node.func.id, {each.arg for each in node.keywords if each.arg})


def _check_call(name: str, keywords: set[str]) -> None:
    if (called := ours().get(name)) is None:
        return
    taken = inspect.signature(called).parameters
    assert keywords <= set(taken), f"{name}() takes no {sorted(keywords - set(taken))}"


@cache
def ours() -> dict[str, Any]:
    """What a service is made of, by the names that snippets call it by."""
    modules = (
        "leadstream.runtime",
        "leadstream.jobs.kinds",
        "leadstream.ratelimit",
        "leadstream.jobs.model",
    )
    return {
        name: value
        for module in modules
        for name, value in vars(importlib.import_module(module)).items()
        if inspect.isclass(value) and value.__module__.startswith("leadstream")
    }


@pytest.mark.parametrize(
    ("program", "wrong"),
    [
        ("make", "make benches"),
        ("make", "make bench ARGS='hop --stage x'"),
        ("python", "python -m leadstream.contracts.schemas --check"),
        ("python", "python -m leadstream_dev.contracts.schemas --chek"),
        ("python", "python -m discovery work"),
        ("leadstream", "leadstream topics applied"),
    ],
)
def test_what_is_not_there_is_noticed(program: str, wrong: str) -> None:
    (words,) = commands(f"```sh\n{wrong}\n```\n", program)

    with pytest.raises((AssertionError, click.UsageError)):
        CHECKS[program](words)


def test_an_argument_that_is_not_taken_is_noticed() -> None:
    with pytest.raises(AssertionError, match="build"):
        test_python_is_python_and_what_it_imports_and_calls_is_there(
            'Service(name="x", package="x", settings=Settings, build=build)'
        )

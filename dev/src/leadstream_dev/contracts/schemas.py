"""Write schemas/ from the models, or check that they agree and that no released schema is broken.

`python -m leadstream_dev.contracts.schemas --write` · `--check` · `--check --against main`
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from leadstream.contracts.events import VERSIONS
from leadstream.contracts.registry import default_root, load
from leadstream_dev.contracts import asyncapi
from leadstream_dev.contracts.compatibility import incompatibilities
from leadstream_dev.contracts.json_schema import Schema, file_name, json_schema, text_of

Texts = Mapping[str, str]


def documents(root: Path) -> Texts:
    """Everything below `root` that follows from the models and the registry, by path."""
    schemas = {
        f"events/{file_name(event)}": text_of(json_schema(event)) for event in VERSIONS.values()
    }
    return {**schemas, "asyncapi.yaml": asyncapi.document(load(root))}


def outdated(root: Path) -> list[str]:
    """The documents that are missing or say something else than they should."""
    return [path for path, text in documents(root).items() if _read(root / path) != text]


def broken(root: Path, revision: str | None = None) -> list[str]:
    """What the models have taken away from the schemas in `root`, or in a git revision of it."""
    current = {f"events/{file_name(event)}": json_schema(event) for event in VERSIONS.values()}
    found = []
    for path, released in _released(root, revision):
        if path not in current:
            found.append(f"{path}: no model reads this version any more")
            continue
        found += [f"{path} {change}" for change in incompatibilities(released, current[path])]
    return found


def _released(root: Path, revision: str | None) -> Iterator[tuple[str, Schema]]:
    if revision is None:
        for file in sorted(root.glob("events/*.schema.json")):
            yield f"events/{file.name}", json.loads(file.read_text(encoding="utf-8"))
        return
    listed = _git(root, "ls-tree", "--name-only", revision, "events/")
    for path in listed.splitlines():
        yield path, json.loads(_git(root, "show", f"{revision}:./{path}"))


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    # S603: the arguments are the caller's own, on his own machine, and no shell reads them.
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


@click.command(help=__doc__)
@click.option("--write", "action", flag_value="write", help="Bring schemas/ up to date.")
@click.option("--check", "action", flag_value="check", default=True, help="Only tell.")
@click.option("--against", metavar="REVISION", help="Compare with this git revision, too.")
@click.option("--root", type=click.Path(path_type=Path), default=default_root)
def main(action: str, against: str | None, root: Path) -> None:
    breaks = broken(root) + (broken(root, against) if against else [])
    if breaks:
        click.echo("\n".join(breaks), err=True)
        sys.exit("Incompatible: make it optional, or add a version (schemas/README.md).")
    stale = outdated(root)
    if action == "check" and stale:
        click.echo("\n".join(stale), err=True)
        sys.exit("Out of date: run `python -m leadstream_dev.contracts.schemas --write`.")
    for path in stale:
        (root / path).write_text(documents(root)[path], encoding="utf-8")
        click.echo(f"wrote {path}")


if __name__ == "__main__":
    main()

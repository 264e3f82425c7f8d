"""The committed schemas are what the models say, and people can read them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from leadstream.contracts.registry import default_root
from leadstream_dev.contracts import schemas

ROOT = default_root()
FILES = sorted(ROOT.glob("events/*.schema.json"))
every_schema = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT, tmp_path / "schemas")


def edit(root: Path, old: str, new: str) -> None:
    path = root / "events" / "lead.uploaded.v1.schema.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_schemas_are_up_to_date_and_nothing_is_broken() -> None:
    result = CliRunner().invoke(schemas.main, ["--check"])

    assert result.exit_code == 0, result.output


def test_drift_is_told_and_mended(copy: Path) -> None:
    edit(copy, "What the platform calls it.", "Something else.")

    told = CliRunner().invoke(schemas.main, ["--check", "--root", str(copy)])
    mended = CliRunner().invoke(schemas.main, ["--write", "--root", str(copy)])
    again = CliRunner().invoke(schemas.main, ["--check", "--root", str(copy)])

    assert told.exit_code == 1
    assert "events/lead.uploaded.v1.schema.json" in told.output
    assert mended.output == "wrote events/lead.uploaded.v1.schema.json\n"
    assert again.exit_code == 0


def test_a_model_that_takes_something_away_is_not_written(copy: Path) -> None:
    edit(copy, '"external_id": {', '"external_key": {"type": "string"},\n    "external_id": {')
    before = schemas_of(copy)

    refused = CliRunner().invoke(schemas.main, ["--write", "--root", str(copy)])

    assert refused.exit_code == 1
    assert "events/lead.uploaded.v1.schema.json .external_key: is gone" in refused.output
    assert schemas_of(copy) == before


def test_a_change_that_was_committed_is_found_against_an_older_revision(copy: Path) -> None:
    current = schemas_of(copy)
    edit(copy, '"external_id": {', '"external_key": {"type": "string"},\n    "external_id": {')
    git(copy, "init", "--quiet")
    git(copy, "add", ".")
    git(copy, "-c", "user.name=T", "-c", "user.email=t@t.example", "commit", "-qm", "released")
    for name, content in current.items():
        (copy / "events" / name).write_bytes(content)

    alone = CliRunner().invoke(schemas.main, ["--check", "--root", str(copy)])
    against = CliRunner().invoke(
        schemas.main, ["--check", "--root", str(copy), "--against", "HEAD"]
    )

    assert alone.exit_code == 0, alone.output
    assert against.exit_code == 1
    assert "events/lead.uploaded.v1.schema.json .external_key: is gone" in against.output


def test_a_version_that_is_not_read_any_more_is_told(copy: Path) -> None:
    (copy / "events" / "lead.lost.v1.schema.json").write_text("{}", encoding="utf-8")

    told = CliRunner().invoke(schemas.main, ["--check", "--root", str(copy)])

    assert told.exit_code == 1
    assert "lead.lost.v1.schema.json: no model reads this version any more" in told.output


@every_schema
def test_every_field_is_described(path: Path) -> None:
    schema = orjson.loads(path.read_bytes())
    bare = [name for name, field in fields(schema) if len(field.get("description", "")) < 5]

    assert bare == []
    assert all(part["description"] for part in schema.get("$defs", {}).values())


@every_schema
def test_unknown_fields_are_allowed(path: Path) -> None:
    schema = orjson.loads(path.read_bytes())

    assert "additionalProperties" not in schema
    assert all("additionalProperties" not in part for part in schema.get("$defs", {}).values())


def fields(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in (schema, *schema.get("$defs", {}).values()):
        yield from part["properties"].items()


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True)  # noqa: S603, S607 - as is


def schemas_of(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.glob("events/*")}

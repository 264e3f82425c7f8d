"""What `python -m tests.compose` says where it can't do its work: one line, and nothing is touched."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from compose.engine import base_image

ROOT = Path(__file__).parents[3]
STANDINS = ROOT / "tests" / "compose" / "standins"


def a_docker(folder: Path, script: str) -> Path:
    docker = folder / "docker"
    docker.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    docker.chmod(0o755)
    return folder


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tests.compose", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{path}:/usr/bin:/bin", "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 1", "No Docker engine can be reached"),
        ('[ "$1" = version ] && echo 27.3.1 || exit 1', "has no Compose plugin"),
    ],
)
def test_without_an_engine_or_compose_it_ends_with_one_line(
    tmp_path: Path, script: str, said: str
) -> None:
    ran = run(a_docker(tmp_path, script))

    assert ran.returncode == 75
    (line,) = ran.stdout.splitlines()
    assert said in line
    assert ran.stderr == ""


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    "folder", ["tests/compose/standins", "tests/compose", ".", "tests/compose/standins/x"]
)
def test_stand_ins_are_not_built_over_what_they_are_built_from(tmp_path: Path, folder: str) -> None:
    before = tree(STANDINS)
    path = a_docker(tmp_path, "exit 0")

    tried = run(path, "--standins", folder)
    built = subprocess.run(  # noqa: S603 - our own script
        [STANDINS / "build", folder],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (tried.returncode, built.returncode) == (2, 2)
    assert "outside the repository" in tried.stderr
    assert "outside the repository" in built.stderr
    assert tree(STANDINS) == before


def test_the_base_is_the_one_of_the_last_stage() -> None:
    assert base_image() == "python:3.13-slim"

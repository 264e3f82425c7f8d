"""The benchmark of size still fits the statements there are. How long they take is no test's business."""

import subprocess
import sys
from pathlib import Path

import pytest
from bench.size.looks import all_looks
from bench.size.looks.keyed import keyed
from bench.size.run import import_all
from bench.size.scale import SERVICES

from leadstream.postgres.queries import loaded

ROOT = Path(__file__).parents[3]
# They run at a start, or by hand, in tables of a few rows.
ELSEWHERE = ("leadstream.cli/", "leadstream.postgres/")
OURS = ("leadstream.", *(f"{service}." for service in SERVICES))


@pytest.mark.timeout(180)
def test_every_statement_that_is_looked_at_runs_in_tables_that_are_filled() -> None:
    command = [sys.executable, "-m", "bench", "size", "--quick"]

    ran = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert "timeout" not in ran.stdout
    for service in SERVICES:
        assert f"{service} is filled" in ran.stdout


def test_whoever_adds_a_statement_says_what_it_costs() -> None:
    for service in SERVICES:
        import_all(service)
    there = {
        f"{source}:{name}"
        for source, queries in loaded.items()
        if source.startswith(OURS) and not source.startswith(ELSEWHERE)
        for name, _ in queries.items()
    }

    measured = {look.name for look in all_looks() if not look.own_text}
    by_key = set(keyed())

    assert there - measured - by_key == set(), "neither a look nor keyed: see bench/size/looks"
    assert (measured | by_key) - there == set(), "gone, or named otherwise by now"
    assert measured & by_key == set()

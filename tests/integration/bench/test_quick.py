"""The benchmarks still run and nobody loses leads in them. How fast they are is no test's business."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(180)
def test_every_stage_of_the_hop_brings_its_leads_home() -> None:
    assert rows_of("hop") == {"Leadstream", "Faust agent", "FastStream", "PgQueuer stage"}


@pytest.mark.timeout(180)
def test_jobs_of_destinations_that_answer_end_beside_those_that_hang() -> None:
    assert rows_of("hanging") == {"all answer", "hang", "hang / all answer"}


def rows_of(benchmark: str) -> set[str]:
    """The names of the rows that a quick run prints."""
    ran = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "bench", benchmark, "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    rows = [line for line in ran.stdout.splitlines() if line.startswith("│")]
    return {row.strip("│").split("│")[0].strip() for row in rows}

"""The benchmarks still run and nobody loses leads in them. How fast they are is no test's business."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(180)
def test_every_stage_of_the_hop_brings_its_leads_home() -> None:
    command = [sys.executable, "-m", "bench", "hop", "--quick"]

    ran = subprocess.run(  # noqa: S603 - our own module
        command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False
    )

    assert ran.returncode == 0, ran.stderr
    rows = [line for line in ran.stdout.splitlines() if line.startswith("│")]
    stages = {row.strip("│").split("│")[0].strip(): row for row in rows}
    assert set(stages) == {"Leadstream", "Faust agent", "FastStream", "PgQueuer stage"}

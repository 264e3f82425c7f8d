"""Prometheus' and Alertmanager's own tools on our files."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from unit.deploy.rules import PROMETHEUS, RULE_FILES, TEST_FILES


def run(tool: str, *arguments: str | Path) -> None:
    found = shutil.which(tool)
    if found is None:
        missing = f"{tool} is not installed (Debian: prometheus, prometheus-alertmanager)"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - found above
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_valid() -> None:
    run("promtool", "check", "rules", *RULE_FILES)


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.stem)
def test_the_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    run("promtool", "test", "rules", path)


def test_prometheus_takes_its_configuration() -> None:
    run("promtool", "check", "config", PROMETHEUS / "prometheus.yml")


def test_alertmanager_takes_its_configuration() -> None:
    run("amtool", "check-config", PROMETHEUS / "alertmanager.yml")

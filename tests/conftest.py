"""The fixtures of tests/support, for every test."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from support import made_once

# As Hypothesis has it where it sees a CI: the same examples each time, and no deadline, which a busy machine misses.
# Others are looked for by `--hypothesis-profile=default`.
settings.load_profile("ci")

made_once.install()

# readline, which pytest's processes side by side load, tells every child that it writes to a terminal of 80 columns.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)

pytest_plugins = [
    "support.hanging",
    "support.kafka",
    "support.pipeline",
    "support.postgres",
    "support.sandbox",
    "support.spreading",
]

# The quick ones first, and last those that share the running pipeline: it would idle beside the others.
ORDER = ("unit", "contract", "integration", "chaos", "integration/cli", "e2e", "console")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).as_posix()
    return max((n for n, name in enumerate(ORDER) if folder.startswith(f"{name}/")), default=0)

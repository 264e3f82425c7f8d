"""Which tests run in one process: those of a file and, of those that need a running stack, all that share one."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

# A stack takes half a minute to start, and would idle beside the tests that come after.
STACKS = {
    "the world": ("tests/chaos/",),
    "the pipeline": ("tests/console/", "tests/e2e/", "tests/integration/cli/"),
}
# Starts what it needs itself.
ALONE = ("tests/e2e/test_demo.py",)


class ByStack(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist publishes no types
    def _split_scope(self, nodeid: str) -> str:
        return place_of(nodeid)


def place_of(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    if file in ALONE:
        return file
    return next((stack for stack, where in STACKS.items() if file.startswith(where)), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    """For `--dist loadfile`."""
    return ByStack(config, log) if config.getoption("dist") == "loadfile" else None

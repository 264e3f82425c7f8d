"""What becomes of a test that does not end, by running pytest on some that don't."""

import asyncio
import os
import sys
from pathlib import Path

import psutil
import pytest

from support.waiting import eventually

TESTS = Path(__file__).parents[1]
# Not what else there is: it takes seconds to load.
PLUGINS = [
    *("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "xdist.plugin"),
    *("-p", "support.hanging", "-p", "no:cacheprovider"),
]
# A test has a second, and one more until its process ends.
CONFIG = """
[pytest]
addopts = --import-mode=importlib
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
timeout = 1
timeout_grace = 1
"""
HEAD = """
import asyncio, subprocess, sys, threading, time
import pytest
"""
OUT_OF_TIME = """
async def somewhere():
    await asyncio.Event().wait()

async def test_waits():
    await somewhere()
async def test_swallows():
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        pass
def test_sleeps():
    time.sleep(60)
@pytest.fixture
async def server():
    yield
    await asyncio.Event().wait()

async def test_torn_down(server):
    pass

async def test_fails_and_is_torn_down(server):
    raise AssertionError("this first")

async def test_after():
    pass
"""
WITH_SERVERS = """
from pathlib import Path
from leadstream_dev.process import ChildProcess, Command
from leadstream_dev.records import RunRecords

async def deaf():
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def test_deaf_with_servers():
    here = Path(__file__).parent
    sleeping = [sys.executable, "-c", "import time; time.sleep(60)"]
    command = Command(name="own", argv=sleeping, log=here / "log")
    own = ChildProcess.spawn(command, RunRecords(here / "run"))
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & echo $! > grandchild; wait"], cwd=here)
    while not (here / "grandchild").exists() or not (here / "grandchild").read_text():
        await asyncio.sleep(0.01)
    (here / "pids").write_text(" ".join([str(own.pid), str(shell.pid), (here / "grandchild").read_text()]))
    await deaf()
"""
BEYOND_HELP = f"""{WITH_SERVERS}
def busy():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

async def test_busy():
    async def work():
        busy()
    await asyncio.create_task(work())

async def test_leaves_a_task():
    asyncio.create_task(deaf())
    await asyncio.sleep(0)

def test_after():
    pass
"""
NEVER_EXITS = """
def test_leaves_a_thread():
    threading.Thread(target=time.sleep, args=(60,)).start()
"""


class Run:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def of(self, tests: str, *arguments: str) -> tuple[int, str]:
        """The exit code and all that pytest says."""
        (self._folder / "pytest.ini").write_text(CONFIG)
        (self._folder / "test_it.py").write_text(HEAD + tests)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", *PLUGINS, *arguments),
            cwd=self._folder,
            env={**_inherited(), "PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
        assert process.returncode is not None
        return process.returncode, said.decode()


def _inherited() -> dict[str, str]:
    """Without what pytest-xdist tells its processes, of which this may be one."""
    return {name: value for name, value in os.environ.items() if "PYTEST" not in name}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


async def test_a_test_out_of_time_fails_and_the_run_goes_on(run: Run) -> None:
    code, said = await run.of(OUT_OF_TIME)

    assert code == 1, said
    for name, where in {
        "test_waits": "in somewhere",
        "test_swallows": "in test_swallows",
        "test_sleeps": "in test_sleeps",
        "test_torn_down": "in server",
        "test_fails_and_is_torn_down": "in server",
    }.items():
        about = said.partition(f"test_it.py::{name} has not ended in 1 s")[2]
        assert where in about.partition("has not ended")[0], said
    assert "this first" in said
    # The last one is run. Teardowns are errors beside their tests.
    assert "4 failed, 2 passed, 2 errors" in said


async def test_a_process_that_cannot_be_helped_ends_and_another_goes_on(
    run: Run, tmp_path: Path
) -> None:
    code, said = await run.of(BEYOND_HELP, "-n", "1")

    assert code == 1, said
    for name, where in {
        "test_deaf_with_servers": "in deaf",
        "test_busy": "in busy",
        "test_leaves_a_task": "in deaf",
    }.items():
        assert f"crashed while running 'test_it.py::{name}'" in said
        about = said.partition(f"test_it.py::{name} has not ended")[2]
        assert where in about.partition("has not ended")[0], said
    # The third one has ended well before its loop did not.
    assert "3 failed, 2 passed" in said
    await _have_ended(tmp_path)


async def test_a_process_on_its_own_says_where_it_was_and_takes_its_servers_along(
    run: Run, tmp_path: Path
) -> None:
    code, said = await run.of(WITH_SERVERS)

    assert code == 1, said
    assert "test_it.py::test_deaf_with_servers has not ended" in said
    assert "This process ends" in said
    assert "in deaf" in said
    await _have_ended(tmp_path)


async def test_a_run_that_is_over_but_does_not_exit_ends(run: Run) -> None:
    code, said = await run.of(NEVER_EXITS)

    assert code == 1, said
    assert "the end of the run has not ended" in said
    assert "in _shutdown" in said


async def _have_ended(folder: Path) -> None:
    """Wait until nothing runs of what the test has started."""
    pids = [int(pid) for pid in (folder / "pids").read_text().split()]
    assert len(pids) == 3

    async def gone() -> bool:
        return not any(map(_runs, pids))

    await eventually(gone, f"of {pids} some are running")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

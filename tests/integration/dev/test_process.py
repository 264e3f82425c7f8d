import os
import sys
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL, SIGTERM

import psutil
import pytest

from integration.dev.owners import an_owner
from leadstream_dev.errors import StackError
from leadstream_dev.home import Home
from leadstream_dev.process import ChildProcess, Command, run
from leadstream_dev.records import RunRecords
from leadstream_dev.waiting import until

HAS_AUTOGROUPS = Path("/proc/self/autogroup").exists()
_DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
_PARENT = (
    "import subprocess; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); p.wait()"
)


def a_command(home: Home, *argv: str) -> Command:
    return Command(name="child", argv=argv, log=home.logs / "child.log")


def a_child(home: Home, *argv: str) -> ChildProcess:
    return ChildProcess.spawn(a_command(home, *argv), RunRecords(home.run))


def python(code: str) -> tuple[str, str, str]:
    return (sys.executable, "-c", code)


async def test_children_end_with_an_owner_that_was_killed(home: Home) -> None:
    with an_owner(str(SIGKILL.value), home) as owner:
        assert not owner.left_nothing()

        owner.kill()

        assert await until(owner.left_nothing, within=30)


async def test_stop_insists_when_a_process_is_deaf(home: Home) -> None:
    child = a_child(home, *python(_DEAF))
    assert await until(lambda: "up" in child.log_tail(), within=30)

    code = await child.stop(SIGTERM, grace=0.2)

    assert code == -SIGKILL


async def test_kill_takes_the_descendants_along(home: Home) -> None:
    child = a_child(home, *python(_PARENT))
    assert await until(lambda: child.log_tail().isdigit(), within=30)
    grandchild = int(child.log_tail())

    await child.kill()

    assert await until(lambda: not psutil.pid_exists(grandchild), within=30)


async def test_a_pipe_that_breaks_ends_a_child_as_it_would_from_a_shell(home: Home) -> None:
    # Python ignores SIGPIPE, and the launcher is Python.
    child = a_child(home, "sh", "-c", "kill -PIPE $$; echo survived")

    await child.wait(within=30)

    assert child.log_tail() == ""


async def test_others_go_before_a_child_that_is_nice(home: Home) -> None:
    tell = "import os, pathlib as p; print(os.nice(0), p.Path('/proc/self/autogroup').read_text())"
    argv = python(tell) if HAS_AUTOGROUPS else python("import os; print(os.nice(0))")
    command = replace(a_command(home, *argv), niceness=7)
    child = ChildProcess.spawn(command, RunRecords(home.run))

    await child.wait(within=30)

    # Beside others of its session, and its session beside others.
    niceness, *session = child.log_tail().split()
    assert niceness == "7"
    assert session[1:] == (["nice", "7"] if session else [])


async def test_a_failed_command_shows_its_last_lines(home: Home) -> None:
    command = a_command(home, *python("print('before'); raise SystemExit('no space left')"))

    with pytest.raises(StackError, match=r"child failed with exit code 1 .*\n(?s:.*)no space left"):
        await run(command, RunRecords(home.run), within=10)


async def test_a_command_that_hangs_is_ended(home: Home) -> None:
    with pytest.raises(StackError, match=r"child has not finished in 0\.2 s"):
        await run(a_command(home, "sleep", "600"), RunRecords(home.run), within=0.2)

    assert not list(home.run.glob("*.json"))


async def test_the_tail_leaves_out_earlier_runs(home: Home) -> None:
    await run(a_command(home, "echo", "first"), RunRecords(home.run), within=30)
    child = a_child(home, "echo", "second")

    await child.wait(within=30)

    assert child.log_tail() == "second"


async def test_ctrl_c_reaches_the_owner_alone(home: Home) -> None:
    child = a_child(home, "sleep", "600")

    assert os.getpgid(child.pid) != os.getpgid(0)

    await child.kill()

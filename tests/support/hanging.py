"""A test that does not end is ended: first the task that pytest waits for and then, if that is of no use, the process.

pytest-timeout raises an exception wherever the main thread is at that moment. In a task or a callback asyncio keeps it
for itself, and there is no second one; and a test that has failed is torn down without any limit.
"""

import asyncio
import faulthandler
import gc
import linecache
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import suppress
from types import AsyncGeneratorType, FrameType
from typing import Any

import psutil
import pytest
from _pytest.faulthandler import fault_handler_stderr_fd_key

GRACE = "timeout_grace"
# What is cancelled may be in a library that overlooks it, and is cancelled again; or it cleans up, which takes time.
CANCELLATIONS = 6
LOOK_SECONDS = 0.2
# Where the process does not run any Python, for a regular expression, say, only the interpreter's own watch is left.
STUCK_SECONDS = 15.0


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "Seconds that a test which has run out of time has for its teardown, before the process ends"
    parser.addini(GRACE, text, default="60")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # pytest's own, which nothing captures, is closed at the end.
    stderr = os.dup(config.stash[fault_handler_stderr_fd_key])
    watch = Watch(stderr, grace=float(config.getini(GRACE)))
    config.pluginmanager.register(watch, "hanging")


class Watch:
    def __init__(self, stderr: int, *, grace: float) -> None:
        self._stderr = stderr
        self._grace = grace
        self._name = ""
        self._seconds = 0.0
        # When the process ends; None while nothing is watched.
        self._ends: float | None = None
        # What the test was doing when its time was over.
        self._stacks = ""
        threading.Thread(target=self._look, daemon=True, name="hanging").start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: Any) -> bool:
        if not item.config.getoption("usepdb") and not item.config.getoption("trace"):
            self._watch(item.nodeid, settings.timeout)
            signal.signal(signal.SIGALRM, self._interrupt)
            signal.setitimer(signal.ITIMER_REAL, settings.timeout, self._grace / CANCELLATIONS)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_timeout_cancel_timer(self, item: pytest.Item) -> bool:
        """Not here: this is called when a test has failed, too, whose teardown is yet to come."""
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Generator[None, Any, Any]:
        try:
            return (yield)
        finally:
            self._forget()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None, Any, Any]:
        return (yield from self._judged())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        return (yield from self._judged())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        return (yield from self._judged())

    @pytest.hookimpl(trylast=True)
    def pytest_exception_interact(self) -> None:
        # pytest has just put its own watch off, which is this one, too.
        if self._ends is not None:
            self._watch_the_interpreter(self._ends - time.monotonic())

    def pytest_enter_pdb(self) -> None:
        self._forget()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A run that is over must end; processes side by side are ended by the one that has started them."""
        if not hasattr(session.config, "workerinput"):
            self._watch("the end of the run", self._grace)

    def _watch(self, name: str, seconds: float) -> None:
        self._name, self._seconds, self._stacks = name, seconds, ""
        self._ends = time.monotonic() + seconds + self._grace
        self._watch_the_interpreter(seconds + self._grace)

    def _forget(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._ends, self._stacks = None, ""
        faulthandler.cancel_dump_traceback_later()

    def _watch_the_interpreter(self, seconds: float) -> None:
        faulthandler.dump_traceback_later(
            max(seconds, 0) + STUCK_SECONDS, exit=True, file=self._stderr
        )

    def _interrupt(self, _: int, frame: FrameType | None) -> None:
        """Cancel what pytest waits for; where no loop runs, raise."""
        first, self._stacks = not self._stacks, self._stacks or stacks()
        with suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            for task in _waited_for(loop):
                loop.call_soon_threadsafe(task.cancel, f"{self._name} has run out of time")
            return
        if first:
            pytest.fail(self._verdict(), pytrace=False)

    def _judged(self) -> Generator[None, Any, Any]:
        """A phase that ran out of time has failed, whatever it has made of its cancellation."""
        try:
            result = yield
        except (Exception, asyncio.CancelledError, pytest.fail.Exception):
            self._fail_if_late()
            raise
        self._fail_if_late()
        return result

    def _fail_if_late(self) -> None:
        if self._stacks:
            verdict, self._stacks = self._verdict(), ""
            # It has been said; the rest of the test has the time of grace.
            signal.setitimer(signal.ITIMER_REAL, 0)
            pytest.fail(verdict, pytrace=False)

    def _verdict(self) -> str:
        return f"{self._name} has not ended in {self._seconds:g} s:\n{self._stacks}"

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            if self._ends is not None and time.monotonic() > self._ends:
                self._end_process()

    def _end_process(self) -> None:
        late = f"{self._name} has not ended {self._seconds:g} s and {self._grace:g} s of grace"
        try:
            self._say(f"\n+++ {late} after it began. This process ends. +++\n{stacks()}\n")
            for child in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    self._say(f"killed with it: {child.pid} {' '.join(child.cmdline())[:200]}\n")
                    child.kill()
        finally:
            os._exit(1)

    def _say(self, text: str) -> None:
        os.write(self._stderr, text.encode(errors="replace"))


def stacks() -> str:
    """Where every thread and every asyncio task is."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():
        if names.get(ident) != "hanging":
            stack = "".join(traceback.format_stack(frame))
            parts.append(f"Thread {names.get(ident, ident)}:\n{stack}")
    parts += (
        f"Task {task.get_name()}:\n" + "\n".join(_awaited(task.get_coro())) for task in _tasks()
    )
    return "\n".join(parts)


def _tasks() -> list["asyncio.Task[Any]"]:
    """Those of all loops, running or not, that are not done."""
    # Not isinstance(), which asks objects that only stand for another one.
    found = [each for each in gc.get_objects() if issubclass(type(each), asyncio.Task)]
    return [task for task in found if not task.done()]


def _awaited(awaiting: Any) -> Iterator[str]:
    """Where a coroutine waits, what it waits for waits, and so on."""
    while awaiting is not None:
        awaiting = _generator_of(awaiting)
        frame = _first(awaiting, "cr_frame", "gi_frame", "ag_frame")
        if frame is None:
            yield f"  for {awaiting!r:.200}"
            return
        code, number = frame.f_code, frame.f_lineno
        yield f'  File "{code.co_filename}", line {number}, in {code.co_qualname}'
        yield f"    {linecache.getline(code.co_filename, number).strip()}"
        awaiting = _first(awaiting, "cr_await", "gi_yieldfrom", "ag_await")


def _first(whose: Any, *names: str) -> Any:
    return next((found for name in names if (found := getattr(whose, name, None))), None)


def _generator_of(awaiting: Any) -> Any:
    """What `anext()` of an asynchronous generator waits in, which it does not tell; anything else as it is."""
    if not type(awaiting).__name__.startswith("async_generator_"):
        return awaiting
    known = gc.get_referents(awaiting)
    return next((each for each in known if isinstance(each, AsyncGeneratorType)), awaiting)


def _waited_for(loop: asyncio.AbstractEventLoop) -> list["asyncio.Task[Any]"]:
    """The task that the loop runs for; all, where that cannot be told."""
    tasks = list(asyncio.all_tasks(loop))
    main = [task for task in tasks if _is_main(task)]
    return main or tasks


def _is_main(task: "asyncio.Task[Any]") -> bool:
    # There is no public way: `run_until_complete` asks to be called by the task it runs.
    callbacks: Any = getattr(task, "_callbacks", None) or ()
    return any(callback is _UNTIL_COMPLETE for callback, _ in callbacks)


_UNTIL_COMPLETE = asyncio.base_events._run_until_complete_cb  # type: ignore[attr-defined]

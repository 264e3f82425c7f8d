"""One part of a running process, started by the tree it hangs in."""

import asyncio
import logging
import os
from typing import Any

from mode import Service as ModeService

from leadstream.runtime.service import Loop

log = logging.getLogger(__name__)

# EX_SOFTWARE of sysexits.h: the orchestrator starts the process again, and nothing was acknowledged.
EXIT_SOFTWARE = 70


class Component(ModeService):
    """Runs a loop as a task. A loop that fails takes the process down: half a service is worse than none."""

    abstract = False

    def __init__(self, name: str, loop: Loop, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name
        self._run_loop = loop
        self._stop_event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def on_start(self) -> None:
        self._task = asyncio.create_task(self._guard(), name=self.name)

    def tell(self) -> "asyncio.Task[None]":
        """Say that it is to stop; return what ends when it has."""
        assert self._task is not None  # noqa: S101 - only what was started is stopped
        self._stop_event.set()
        return self._task

    async def _guard(self) -> None:
        try:
            await self._run_loop(self._stop_event)
        except Exception as exc:
            if self._is_given_up():
                log.warning("runtime.given_up", extra={"component": self.name, "error": repr(exc)})
                return
            log.exception("runtime.component_failed", extra={"component": self.name})
            logging.shutdown()
            # Not sys.exit: nothing may run that could acknowledge or commit on the way out.
            os._exit(EXIT_SOFTWARE)

    def _is_given_up(self) -> bool:
        """Whether it was cancelled because the time to stop is over: what it stumbles over on its way out is no bug."""
        return self._stop_event.is_set() and self._task is not None and self._task.cancelling() > 0

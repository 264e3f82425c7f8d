"""One part of a running process, started and stopped by the tree it hangs in."""

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
        self._name = name
        self._run_loop = loop
        self._stop_event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def on_start(self) -> None:
        self._task = asyncio.create_task(self._guard(), name=self._name)

    async def on_stop(self) -> None:
        self._stop_event.set()
        if self._task:
            await self._task

    async def _guard(self) -> None:
        try:
            await self._run_loop(self._stop_event)
        except Exception:
            log.exception("runtime.component_failed", extra={"component": self._name})
            logging.shutdown()
            # Not sys.exit: nothing may run that could acknowledge or commit on the way out.
            os._exit(EXIT_SOFTWARE)

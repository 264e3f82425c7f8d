"""Says to open pages that something has changed; what it is, each fetches itself with its own visitor's rights."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from console.entrypoints.visitors import Looking, Visitor
from leadstream.admin.client import AdminApis
from leadstream.admin.errors import AdminError
from leadstream.admin.jobs import sum_up_jobs

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
KEEP_ALIVE_SECONDS: Final = 15.0
# What a page has not taken by then it takes as one: "refresh".
QUEUE: Final = 8


@dataclass(eq=False, slots=True)
class _Page:
    """An open page that is told."""

    queue: "asyncio.Queue[str]" = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def tell(self, service: str) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            service = "all"
        self.queue.put_nowait(service)


@dataclass(slots=True)
class _Watch:
    """One service as one workspace (None: all) may see it: looked at once, however many pages are open."""

    pages: set[_Page] = field(default_factory=set)
    tokens: dict[_Page, str | None] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None


class Hub:
    """Looks at the services' summaries while a page is open, and tells the pages of changes."""

    def __init__(self, apis: AdminApis, *, every: float = LOOK_SECONDS) -> None:
        self._apis = apis
        self._every = every
        self._watches: dict[tuple[str, UUID | None], _Watch] = {}
        self._closed = asyncio.Event()

    async def follow(self, visitor: Visitor) -> AsyncIterator[str]:
        """Names of services in which something has changed; empty where nothing has for a while."""
        page = _Page()
        for service in self._apis.urls:
            watch = self._watches.setdefault((service, visitor.workspace_id), _Watch())
            watch.pages.add(page)
            watch.tokens[page] = visitor.token
            if watch.task is None or watch.task.done():
                watch.task = asyncio.create_task(self._look(service, watch), name=f"live-{service}")
        closed = asyncio.create_task(self._closed.wait())
        try:
            while not self._closed.is_set():
                told = asyncio.create_task(page.queue.get())
                await asyncio.wait(
                    [told, closed], timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if told.done():
                    yield told.result()
                else:
                    told.cancel()
                    yield ""
        finally:
            closed.cancel()
            self._leave(page)

    def _leave(self, page: _Page) -> None:
        for key, watch in list(self._watches.items()):
            watch.pages.discard(page)
            watch.tokens.pop(page, None)
            if not watch.pages:
                if watch.task:
                    watch.task.cancel()
                del self._watches[key]

    async def _look(self, service: str, watch: _Watch) -> None:
        seen: bytes | None = None
        while True:
            token = next(iter(watch.tokens.values()), None)
            try:
                summary = await self._apis.as_(token).ask(sum_up_jobs(service))
                found = hashlib.sha256(orjson.dumps(summary)).digest()
            except AdminError as exc:
                # That it is away is a change as well.
                found = type(exc).__name__.encode()
            if seen is not None and found != seen:
                for page in watch.pages:
                    page.tell(service)
            seen = found
            await asyncio.sleep(self._every)

    async def close(self) -> None:
        """End all streams: a process that drains does not wait for pages."""
        self._closed.set()


def live_router(hub: Hub) -> APIRouter:
    router = APIRouter()

    @router.get("/live")
    async def live(request: Request, visitor: Looking) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "retry: 5000\n\n"
            async for service in hub.follow(visitor):
                yield f"event: changed\ndata: {service}\n\n" if service else ": still here\n\n"

        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(events(), media_type="text/event-stream", headers=headers)

    return router

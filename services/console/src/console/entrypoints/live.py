"""Says to open pages that something has changed; what it is, each fetches itself with its own visitor's rights."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import orjson
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from console.entrypoints.visitors import Looking, Visitor
from leadstream.admin.client import AdminApis
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.jobs import sum_up_jobs

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 2.0
# A page that has heard nothing for twice as long asks by itself: console.js.
KEEP_ALIVE_SECONDS: Final = 15.0
# What a page has not taken by then it takes as one.
QUEUE: Final = 8
ALL: Final = "all"
STILL_HERE: Final = ""
_END: Final = None


@dataclass(eq=False, slots=True)
class Page:
    """An open page that is told."""

    token: str | None = field(repr=False)
    queue: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def tell(self, service: str) -> None:
        if self.queue.full():
            self._empty()
            service = ALL
        self.queue.put_nowait(service)

    def end(self) -> None:
        self._empty()
        self.queue.put_nowait(_END)

    async def told(self, within: float) -> str | None:
        """The service in which something has changed, STILL_HERE if nothing has for so long, None at the end."""
        try:
            async with asyncio.timeout(within):
                return await self.queue.get()
        except TimeoutError:
            return STILL_HERE

    def _empty(self) -> None:
        with suppress(asyncio.QueueEmpty):
            while True:
                self.queue.get_nowait()


@dataclass(eq=False, slots=True)
class _Watch:
    """One service as one workspace (None: all) may see it: looked at once, however many pages are open."""

    # In the order in which they came: the first one's token is used.
    pages: dict[Page, None] = field(default_factory=dict)
    task: "asyncio.Task[None] | None" = None

    def skip(self, page: Page) -> None:
        """Use somebody else's token from now on, if there is anybody else."""
        if page in self.pages:
            del self.pages[page]
            self.pages[page] = None


class Hub:
    """Looks at the services' summaries while a page is open, and tells the pages of changes."""

    def __init__(
        self,
        apis: AdminApis,
        *,
        every: float = LOOK_SECONDS,
        keep_alive: float = KEEP_ALIVE_SECONDS,
    ) -> None:
        self._apis = apis
        self._every = every
        self._keep_alive = keep_alive
        self._watches: dict[tuple[str, UUID | None], _Watch] = {}
        self._is_closed = False

    async def follow(self, visitor: Visitor) -> AsyncGenerator[str, None]:
        """Names of services in which something has changed; STILL_HERE where nothing has for a while."""
        with self._opened(visitor) as page:
            while (told := await page.told(self._keep_alive)) is not None:
                yield told

    @contextmanager
    def _opened(self, visitor: Visitor) -> Iterator[Page]:
        page = Page(visitor.token)
        if self._is_closed:
            page.end()
            yield page
            return
        for service in self._apis.urls:
            watch = self._watches.setdefault((service, visitor.workspace_id), _Watch())
            watch.pages[page] = None
            if watch.task is None:
                watch.task = asyncio.create_task(self._look(service, watch), name=f"live-{service}")
        try:
            yield page
        finally:
            self._leave(page)

    def _leave(self, page: Page) -> None:
        for key, watch in list(self._watches.items()):
            watch.pages.pop(page, None)
            if not watch.pages:
                if watch.task:
                    watch.task.cancel()
                del self._watches[key]

    async def _look(self, service: str, watch: _Watch) -> None:
        seen: bytes | None = None
        while True:
            found = await self._state(service, watch)
            if seen is not None and found != seen:
                for page in watch.pages:
                    page.tell(service)
            seen = found
            await asyncio.sleep(self._every)

    async def _state(self, service: str, watch: _Watch) -> bytes:
        """What is the same as long as nothing has changed; that the service is away is a state as well."""
        asking = next(iter(watch.pages))
        try:
            summary = await self._apis.as_(asking.token).ask(sum_up_jobs(service))
        except AdminError as exc:
            if isinstance(exc, RefusedError):
                watch.skip(asking)
            return type(exc).__name__.encode()
        except Exception:
            # A bug of ours must not silence every page.
            log.exception("live.failed", extra={"api": service})
            return b"failed"
        # Without since when it counts, which moves on by itself; and in whatever order.
        counts = sorted(map(orjson.dumps, summary["counts"]))
        return hashlib.sha256(b"".join([*counts, orjson.dumps(summary["more"])])).digest()

    async def close(self) -> None:
        """End all streams: a process that drains does not wait for pages."""
        self._is_closed = True
        for page in {page for watch in self._watches.values() for page in watch.pages}:
            page.end()


def live_router(hub: Hub) -> APIRouter:
    router = APIRouter()

    @router.get("/live")
    async def live(visitor: Looking) -> Response:
        async def events() -> AsyncIterator[str]:
            yield "retry: 5000\n\n"
            async with aclosing(hub.follow(visitor)) as told:
                async for service in told:
                    # An event, not a comment: a page hears no comments, and would take silence for a cut stream.
                    event = "changed" if service else "still"
                    yield f"event: {event}\ndata: {service}\n\n"

        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(events(), media_type="text/event-stream", headers=headers)

    return router

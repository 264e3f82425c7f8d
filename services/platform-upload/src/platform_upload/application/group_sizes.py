"""How many leads of one connection go out together."""

import time
from collections.abc import Callable, Mapping

from platform_upload.application.ports import Connections, Uploader
from platform_upload.domain.connection import connection_of

# Asked at every claim; an adapter that was changed is noticed this late, and a group too large for it is cut up.
REMEMBERED_SECONDS = 5.0


class GroupSizes:
    """The batch limit of the connection's adapter."""

    def __init__(
        self,
        connections: Connections,
        adapters: Mapping[str, Uploader],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = connections
        self._adapters = adapters
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, int]] = {}

    @property
    def largest(self) -> int:
        return max(adapter.limit.items for adapter in self._adapters.values())

    async def __call__(self, lane: str) -> int:
        now = self._monotonic()
        until, size = self._known.get(lane, (0.0, 0))
        if now < until:
            return size
        name = await self._connections.adapter_of(connection_of(lane))
        adapter = self._adapters.get(name or "")
        if adapter is None:
            # There is none yet: not worth remembering, it may be there the next moment.
            return 1
        self._known[lane] = (now + REMEMBERED_SECONDS, adapter.limit.items)
        return adapter.limit.items

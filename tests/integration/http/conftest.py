import asyncio
from collections.abc import Callable, Mapping

import uvloop


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Services run on uvloop, whose sockets raise other errors than asyncio's at other moments."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}

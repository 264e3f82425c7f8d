from collections.abc import AsyncIterator

import pytest_asyncio

from chaos.world import World


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def world() -> AsyncIterator[World]:
    """Servers for this folder's tests alone, which break them."""
    async with World() as world:
        yield world

from collections.abc import AsyncIterator

import httpx
import pytest

from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.control import WITHOUT_AUTHORITIES


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client of all providers, with a key that all of them accept."""
    headers = {"Authorization": "Bearer sandbox"}
    async with httpx.AsyncClient(
        base_url=sandbox.url, headers=headers, verify=WITHOUT_AUTHORITIES, timeout=60
    ) as client:
        yield client


@pytest.fixture
async def clay(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Clay's public API."""
    headers = {"clay-api-key": "sandbox"}
    async with httpx.AsyncClient(
        base_url=sandbox.url, headers=headers, verify=WITHOUT_AUTHORITIES, timeout=60
    ) as client:
        yield client

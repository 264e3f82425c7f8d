from collections.abc import AsyncIterator

import pytest

from support.console import Console, FakeServices


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    """The console before services of which a test says what they answer."""
    async with Console() as console:
        yield console


@pytest.fixture
def services(console: Console) -> FakeServices:
    return console.services

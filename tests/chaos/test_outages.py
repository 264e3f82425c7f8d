"""Providers and receivers go away and come back, with settings as they are delivered."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chaos.scenarios.outages import take_all_away
from chaos.world import AS_DELIVERED, World

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def delivered() -> AsyncIterator[World]:
    async with World(AS_DELIVERED) as world:
        yield world


async def test_i16_an_outage_of_whoever_is_called_costs_no_lead(delivered: World) -> None:
    report = await take_all_away(delivered, leads=40, seconds=10)

    assert not report.faults, report

"""The broker and the database go away and come back."""

import pytest

from chaos.scenarios.servers import lose_broker, lose_database
from chaos.world import World

# One loop for all: the world lives in it.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_i04_a_broker_that_goes_away_costs_nothing_but_time(world: World) -> None:
    report = await lose_broker(world, leads=150, restarts=1, away=4, per_second=15)

    assert not report.faults, report


async def test_i05_a_database_that_goes_away_costs_nothing_but_time(world: World) -> None:
    report = await lose_database(world, leads=150, restarts=1, read_only=3, per_second=15)

    assert not report.faults, report

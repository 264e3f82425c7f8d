"""Processes that die, come and go."""

import pytest

from chaos.scenarios.failpoints import die_at_every_point
from chaos.scenarios.kills import kill_services
from chaos.scenarios.stops import join_and_leave, stop_services
from chaos.world import World

# One loop for all: the world lives in it.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_i01_no_lead_is_lost_and_none_doubled_by_kills(world: World) -> None:
    report = await kill_services(world, leads=500, kills=12, every=0.8)

    assert not report.faults, report


async def test_i02_dying_between_any_two_steps_loses_and_doubles_nothing(world: World) -> None:
    report = await die_at_every_point(world, rounds=1)

    assert not report.faults, report


async def test_i03_replicas_join_and_leave_under_load(world: World) -> None:
    report = await join_and_leave(world, leads=200, replicas=3, changes=8, per_second=20)

    assert not report.faults, report


async def test_i13_services_that_are_stopped_end_what_they_began(world: World) -> None:
    report = await stop_services(world, leads=200, stops=10, per_second=15)

    assert not report.faults, report

"""Records and receivers that misbehave, and what is run again."""

import pytest

from chaos.scenarios.hangs import hang_receiver
from chaos.scenarios.poison import flood_topic, poison_topics
from chaos.scenarios.replays import replay_twice
from chaos.world import World

# One loop for all: the world lives in it.
pytestmark = [
    pytest.mark.chaos,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
]


async def test_i08_bad_records_are_set_aside_and_good_ones_pass(world: World) -> None:
    report = await poison_topics(world, leads=40, every=8)

    assert not report.faults, report


async def test_i09_a_flood_of_bad_records_stops_its_topic_only(world: World) -> None:
    report = await flood_topic(world, leads=20, records=1500)

    assert not report.faults, report


async def test_i11_a_receiver_that_hangs_holds_nobody_else_up(world: World) -> None:
    report = await hang_receiver(world, leads=100, per_second=30, share=0.1)

    assert not report.faults, report


async def test_i14_running_things_again_twice_changes_nothing(world: World) -> None:
    report = await replay_twice(world, leads=20)

    assert not report.faults, report

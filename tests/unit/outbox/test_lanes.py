from typing import Any

import pytest

from leadstream.kafka.partitions import partition_of
from leadstream.outbox.lanes import Lane, Lanes

KEYS = {partition_of(b"%d" % n, 3): b"%d" % n for n in range(20)}


def row(partition: int, topic: str = "leads") -> dict[str, Any]:
    return {"topic": topic, "key": KEYS[partition], "payload": b"{}"}


@pytest.mark.parametrize(
    ("lanes", "lane", "held", "sent"),
    [
        ([], None, {}, [0, 1, 2]),
        (["leads/1"], None, {"leads/1": 1}, [0, 2]),
        (["leads"], None, {"leads": 3}, []),
        # What waits for the topic is newer than what waits for a partition of it.
        (["leads", "leads/1"], None, {"leads": 3}, []),
        (["leads", "leads/1"], "leads", {"leads/1": 1}, [0, 2]),
        (["leads"], "leads", {}, [0, 1, 2]),
        # Another partition than when it was put there: there are more of them now.
        (["leads/1", "leads/7"], "leads/7", {"leads/1": 1}, [0, 2]),
    ],
)
def test_rows_wait_behind_others_of_their_lane(
    lanes: list[str], lane: str | None, held: dict[str, int], sent: list[int]
) -> None:
    found = Lanes(lanes)

    parted = found.part([row(0), row(1), row(2)], {"leads": 3}, found.open(lane) if lane else None)

    assert {name: len(rows) for name, rows in parted.held.items()} == held
    assert [target[1] for _, target in parted.parcels] == sent
    assert not parted.unknown_topics


def test_rows_of_a_topic_that_is_not_there_wait_for_it() -> None:
    parted = Lanes([]).part([row(0, "gone"), row(0)], {"leads": 3}, None)

    assert parted.unknown_topics == {"gone"}
    assert list(parted.held) == ["gone"]
    assert len(parted.parcels) == 1


def test_a_lane_that_fails_rests_longer_each_time_but_not_for_ever() -> None:
    lane = Lane("leads/1")
    rests = []

    for _ in range(8):
        lane.fail(100.0, longest=10.0)
        rests.append(lane.due - 100.0)

    assert rests == [0.5, 1, 2, 4, 8, 10, 10, 10]


def test_lanes_are_counted_by_topic() -> None:
    assert Lanes(["leads/1", "leads/2", "ticks"]).counts() == {"leads": 2, "ticks": 1}

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.jobs.claimer import linger_left, share_out
from leadstream.jobs.ledger import Lane
from leadstream.jobs.model import Priority


def test_slots_are_divided_evenly() -> None:
    assert share_out(10, [("a", 100), ("b", 100)]) == [("a", 5), ("b", 5)]


def test_what_a_short_lane_leaves_goes_to_the_longer_ones() -> None:
    assert share_out(10, [("a", 100), ("b", 2)]) == [("a", 8), ("b", 2)]


def test_a_lane_beyond_the_slots_gets_none() -> None:
    assert share_out(2, [("a", 5), ("b", 5), ("c", 5)]) == [("a", 1), ("b", 1)]


@given(
    slots=st.integers(0, 300),
    waiting=st.dictionaries(st.text(min_size=1), st.integers(1, 200), max_size=20),
)
def test_never_more_than_there_is_and_never_less_than_possible(
    slots: int, waiting: dict[str, int]
) -> None:
    shares = dict(share_out(slots, list(waiting.items())))

    assert sum(shares.values()) == min(slots, sum(waiting.values()))
    assert all(0 < share <= waiting[name] for name, share in shares.items())


@given(
    slots=st.integers(1, 300),
    waiting=st.dictionaries(st.text(min_size=1), st.integers(1, 200), min_size=2, max_size=20),
)
def test_no_lane_gets_much_more_than_another_that_waits_as_long(
    slots: int, waiting: dict[str, int]
) -> None:
    shares = dict.fromkeys(waiting, 0) | dict(share_out(slots, list(waiting.items())))

    unsatisfied = [shares[name] for name in waiting if shares[name] < waiting[name]]
    assert not unsatisfied or max(shares.values()) - min(unsatisfied) <= len(waiting)


@pytest.mark.parametrize(
    ("waiting", "oldest", "left"),
    [(100, 0.0, 0.0), (3, 0.2, 0.8), (3, 1.0, 0.0), (3, 5.0, 0.0), (150, 0.0, 0.0)],
)
def test_a_group_goes_when_it_is_full_or_has_lingered(
    waiting: int, oldest: float, left: float
) -> None:
    lane = Lane(Priority.WARM, "connection:x", waiting, timedelta(seconds=oldest))

    assert linger_left(lane, 100, timedelta(seconds=1)) == timedelta(seconds=left)

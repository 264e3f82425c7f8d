from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from leadstream.jobs.lanes import FEW, IDLE, STALL, Lanes


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def fill(lanes: Lanes, name: str, waiting: int = 1000) -> int:
    """Start whatever there is room for, and tell how many."""
    room = lanes.room(name, waiting)
    for _ in range(room):
        lanes.start(name)
    return room


def all_end(lanes: Lanes, name: str, count: int, *, well: bool | None) -> None:
    for _ in range(count):
        lanes.end(name, well=well)


def test_a_lane_begins_with_one_slot_and_doubles_with_good_answers() -> None:
    lanes = Lanes(1000, 20, clock=Clock())

    widths = []
    for _ in range(6):
        widths.append(fill(lanes, "a"))
        lanes.end("a", well=True)
        all_end(lanes, "a", widths[-1] - 1, well=None)

    assert widths == [1, 2, 4, 8, 16, 20]


def test_a_lane_that_fails_has_one_slot_until_it_has_answered_well() -> None:
    lanes = Lanes(1000, 20, clock=Clock())
    for _ in range(5):
        all_end(lanes, "a", fill(lanes, "a"), well=True)

    all_end(lanes, "a", fill(lanes, "a"), well=False)
    after_fault = fill(lanes, "a")
    lanes.end("a", well=True)

    assert after_fault == 1
    assert fill(lanes, "a") == 2


def test_a_lane_that_begins_to_hang_takes_no_further_slots() -> None:
    clock = Clock()
    lanes = Lanes(1000, 20, clock=clock)
    lanes.start("a")
    lanes.end("a", well=True)
    lanes.start("a")

    at_first = lanes.room("a", 10)
    clock.now += STALL * 1.1
    later = lanes.room("a", 10)

    assert (at_first, later) == (1, 0)
    assert lanes.full() == ["a"]


def test_a_good_answer_proves_nothing_a_long_time_later() -> None:
    clock = Clock()
    lanes = Lanes(1000, 20, clock=clock)
    for _ in range(5):
        all_end(lanes, "a", fill(lanes, "a"), well=True)

    clock.now += IDLE * 1.1

    assert lanes.room("a", 10) == 1


def test_without_a_share_no_lane_is_limited() -> None:
    lanes = Lanes(1000, None)
    lanes.start("a")

    assert lanes.room("a", 1000) == 1000


def test_a_few_begin_and_then_as_many_again_up_to_the_slots() -> None:
    lanes = Lanes(200, None)

    begun = []
    while lanes.free:
        begun.append(lanes.free)
        for _ in range(lanes.free):
            lanes.start("a")

    assert begun == [FEW, FEW, 2 * FEW, 4 * FEW]


def test_of_attempts_that_take_many_jobs_fewer_begin() -> None:
    assert [Lanes(50, None, group=group).free for group in (1, 10, 100)] == [FEW, FEW // 10, 1]


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 60), st.integers(1, 200))
def test_there_is_room_while_a_few_run_and_never_for_more_than_there_are_slots(
    steps: list[bool], slots: int, group: int
) -> None:
    lanes = Lanes(slots, None, group=group)
    for begins in steps:
        if begins and lanes.free:
            lanes.start("a")
        elif lanes.running:
            lanes.end("a", well=True)
        assert 0 <= lanes.running <= slots
        assert (lanes.free > 0) == (lanes.running < slots)


steps = st.lists(st.sampled_from(["start", "well", "ill", "released", "wait"]), max_size=200)


@given(steps, st.integers(1, 30))
def test_no_lane_ever_has_more_than_its_share(steps: list[str], share: int) -> None:
    clock = Clock()
    lanes = Lanes(1000, share, clock=clock)
    running = 0
    ends: dict[str, bool | None] = {"well": True, "ill": False, "released": None}
    doing: dict[str, Callable[[], None]] = {"start": lambda: lanes.start("a")}
    for step in steps:
        if step == "wait":
            clock.now += 0.7
        elif step == "start" and lanes.room("a", 1):
            doing[step]()
            running += 1
        elif step in ends and running:
            lanes.end("a", well=ends[step])
            running -= 1
        assert 0 <= running <= share
        assert running + lanes.room("a", 1000) <= max(share, running)


def test_only_a_lane_that_was_passed_over_is_looked_at_when_an_attempt_ends() -> None:
    lanes = Lanes(1000, 20, clock=Clock())
    fill(lanes, "a", 1)
    assert not lanes.end("a", well=True)

    fill(lanes, "a", 3)
    assert lanes.end("a", well=True)
    assert not lanes.end("a", well=True)

    fill(lanes, "a", 1)
    # Full here, and so left out of a look: some of it may wait.
    fill(lanes, "b", 1)
    assert lanes.full() == ["b"]
    assert lanes.end("b", well=True)
    assert not lanes.end("a", well=True)

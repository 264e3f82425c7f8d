from hypothesis import given
from hypothesis import strategies as st

from leadstream_dev.sandbox.limits import SlidingWindow


def test_a_window_lets_its_limit_through_and_says_when_there_is_room() -> None:
    window = SlidingWindow(limit=2, window=10)

    taken = [window.take(at) for at in (0.0, 4.0, 5.0)]

    assert [allowed for allowed, _ in taken] == [True, True, False]
    assert [pace.remaining for _, pace in taken] == [1, 0, 0]
    assert taken[2][1].reset == 5
    assert window.take(10.0)[0] is True
    assert window.take(10.0)[0] is False


def test_a_limit_of_nothing_lets_nothing_through() -> None:
    assert SlidingWindow(limit=0, window=1).take(0.0)[0] is False


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(0, 5))
def test_no_window_ever_holds_more_than_the_limit(times: list[float], limit: int) -> None:
    window = SlidingWindow(limit=limit, window=1)

    passed = [at for at in sorted(times) if window.take(at)[0]]

    for start in passed:
        assert sum(start <= at < start + 1 for at in passed) <= limit

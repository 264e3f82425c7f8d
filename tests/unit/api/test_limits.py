from datetime import timedelta

from leadstream.api.limits import MOST_KEYS, SlidingWindow


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_limit_holds_for_every_stretch_of_the_period() -> None:
    clock = Clock()
    window = SlidingWindow(10, monotonic=clock)
    admitted: list[float] = []

    for _ in range(3000):
        clock.now += 0.1
        if window.hit("a") is None:
            admitted.append(clock.now)

    assert len(admitted) == 50  # 300 seconds, 10 a minute
    assert all(
        later - earlier >= 60 for earlier, later in zip(admitted, admitted[10:], strict=False)
    )


def test_the_wait_is_when_the_next_will_be_admitted() -> None:
    clock = Clock()
    window = SlidingWindow(2, monotonic=clock)
    window.hit("a")
    clock.now += 20
    window.hit("a")

    wait = window.hit("a")

    assert wait == timedelta(seconds=40)
    clock.now += 40
    assert window.hit("a") is None


def test_what_was_turned_away_does_not_count() -> None:
    clock = Clock()
    window = SlidingWindow(1, monotonic=clock)
    window.hit("a")
    for _ in range(59):
        clock.now += 1
        assert window.hit("a") is not None

    clock.now += 1
    assert window.hit("a") is None


def test_keys_do_not_share_a_limit() -> None:
    window = SlidingWindow(1, monotonic=Clock())

    assert window.hit("a") is None
    assert window.hit("b") is None
    assert window.hit("a") is not None


def test_only_so_many_keys_are_remembered_the_latest_ones() -> None:
    window = SlidingWindow(1, monotonic=Clock())
    for n in range(MOST_KEYS + 1):
        window.hit(str(n))

    assert window.hit(str(MOST_KEYS)) is not None
    assert window.hit("1") is not None
    assert window.hit("0") is None


def test_a_key_that_keeps_coming_is_not_forgotten() -> None:
    window = SlidingWindow(1, monotonic=Clock())
    window.hit("busy")

    for n in range(2 * MOST_KEYS):
        window.hit(str(n))
        if n % 100 == 0:
            assert window.hit("busy") is not None

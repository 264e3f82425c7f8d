from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadstream.backoff import Backoff


def test_the_third_attempt_comes_some_two_minutes_after_the_first() -> None:
    backoff = Backoff()

    assert [backoff.middle(attempt).total_seconds() for attempt in (1, 2, 3)] == [15, 120, 960]


def test_no_wait_is_longer_than_the_limit() -> None:
    assert Backoff(limit=timedelta(minutes=5)).middle(100) == timedelta(minutes=5)


@given(st.integers(1, 100))
def test_waits_are_spread_by_half(attempt: int) -> None:
    backoff = Backoff(limit=timedelta(hours=1))

    wait = backoff.delay(attempt)

    assert backoff.middle(attempt) * 0.5 <= wait <= backoff.middle(attempt) * 1.5


def test_what_the_provider_asked_for_is_kept_to() -> None:
    assert Backoff().delay(1, at_least=timedelta(hours=1)) == timedelta(hours=1)

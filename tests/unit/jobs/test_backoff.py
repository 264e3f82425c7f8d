from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from leadstream.backoff import Backoff

NOW = datetime(2026, 1, 22, 2, 20, tzinfo=UTC)


def test_the_third_attempt_comes_some_two_minutes_after_the_first() -> None:
    backoff = Backoff()

    assert [backoff.middle(attempt).total_seconds() for attempt in (1, 2, 3)] == [15, 120, 960]


def test_no_wait_is_longer_than_the_limit() -> None:
    assert Backoff(limit=timedelta(minutes=5)).middle(100) == timedelta(minutes=5)


@given(st.integers(1, 100), st.datetimes(timezones=st.just(UTC)))
def test_waits_are_spread_by_half(attempt: int, began: datetime) -> None:
    backoff = Backoff(limit=timedelta(hours=1))

    wait = backoff.delay(attempt, began=began)

    assert backoff.middle(attempt) * 0.5 <= wait <= backoff.middle(attempt) * 1.5


def test_what_was_tried_together_comes_back_together_and_nothing_else_does() -> None:
    moments = [NOW + timedelta(milliseconds=each) for each in range(100)]

    waits = [Backoff().delay(1, began=began) for began in moments]

    assert waits == [Backoff().delay(1, began=began) for began in moments]
    assert len(set(waits)) == len(moments)


def test_what_the_provider_asked_for_is_kept_to() -> None:
    assert Backoff().delay(1, began=NOW, at_least=timedelta(hours=1)) == timedelta(hours=1)

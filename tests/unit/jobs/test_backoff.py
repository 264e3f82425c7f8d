from datetime import timedelta

import pytest

from leadstream.backoff import Backoff


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (3, 8), (10, 900), (10_000, 900)])
def test_b17_ceiling_doubles_up_to_the_limit(attempt: int, seconds: int) -> None:
    backoff = Backoff(base=timedelta(seconds=2), limit=timedelta(minutes=15))

    assert backoff.ceiling(attempt) == timedelta(seconds=seconds)


def test_jitter_is_full() -> None:
    backoff = Backoff(base=timedelta(seconds=2))

    delays = [backoff.delay(3).total_seconds() for _ in range(2000)]

    assert min(delays) < 1
    assert max(delays) > 7
    assert max(delays) <= 8
    assert 3.5 < sum(delays) / len(delays) < 4.5


def test_never_shorter_than_what_the_provider_asked_for() -> None:
    assert Backoff().delay(1, at_least=timedelta(hours=1)) == timedelta(hours=1)

from datetime import timedelta

from leadstream.jobs.breaker import Breaker


def test_opens_after_so_many_failures_in_a_row() -> None:
    breaker = Breaker(threshold=3, base=timedelta(seconds=10))

    assert [breaker.note("p", failed=True) for _ in range(3)] == [None, None, timedelta(seconds=10)]


def test_an_answer_in_between_starts_the_count_afresh() -> None:
    breaker = Breaker(threshold=2)
    breaker.note("p", failed=True)
    breaker.note("p", failed=False)

    assert breaker.note("p", failed=True) is None


def test_rests_longer_each_time_until_a_success() -> None:
    breaker = Breaker(threshold=1, base=timedelta(seconds=10), limit=timedelta(seconds=25))

    rests = [breaker.note("p", failed=True) for _ in range(3)]
    breaker.note("p", failed=False)
    afterwards = breaker.note("p", failed=True)

    assert rests == [timedelta(seconds=s) for s in (10, 20, 25)]
    assert afterwards == timedelta(seconds=10)


def test_scopes_do_not_count_for_each_other() -> None:
    breaker = Breaker(threshold=2)
    breaker.note("a", failed=True)

    assert breaker.note("b", failed=True) is None

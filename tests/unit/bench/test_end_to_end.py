import pytest
from bench.capacity.run import capacity_of
from bench.end_to_end.measure import Result
from bench.end_to_end.run import ratios


def a_result(
    *latencies: float, chain: str = "Leadstream", rate: float = 50, sent: int | None = None
) -> Result:
    return Result(
        chain=chain,
        per_second=rate,
        sent=sent or len(latencies),
        latencies=sorted(latencies),
        repeats=0,
        own=1.0,
        served=1.0,
        aids=0.0,
        others=0.0,
    )


@pytest.mark.parametrize(("share", "seconds"), [(0.5, 0.3), (0.99, 0.4), (1.0, 0.4)])
def test_percentiles_are_of_what_was_sent(share: float, seconds: float) -> None:
    assert a_result(0.1, 0.4, 0.2, 0.3).percentile(share) == seconds


def test_a_lead_that_never_arrived_took_for_ever() -> None:
    lost_one = a_result(0.1, 0.2, sent=3)

    assert lost_one.percentile(0.5) == 0.2
    assert lost_one.percentile(1.0) == float("inf")


def test_a_chain_can_do_the_highest_rate_that_it_held() -> None:
    climb = [a_result(0.1, rate=50), a_result(0.9, rate=100), a_result(1.1, rate=150)]

    assert capacity_of(climb) == 100


def test_a_rate_at_which_a_lead_is_missing_is_not_held() -> None:
    steps = [0.1] * 200

    assert capacity_of([a_result(*steps, rate=50), a_result(*steps, rate=100, sent=201)]) == 50


def test_each_figure_is_compared_with_the_peer_that_is_best_at_it() -> None:
    runs = {
        "Leadstream": [a_result(*[0.1] * 9, 0.3)],
        "Faust": [a_result(*[0.2] * 9, 0.2, chain="Faust")],
        "FastStream": [a_result(*[0.1] * 9, 0.4, chain="FastStream")],
    }

    p50, p99, _ = ratios(runs)

    assert p50 == "p50 is 1.00 times that of FastStream, the best peer"
    assert p99 == "p99 is 1.50 times that of Faust, the best peer"


def test_without_a_peer_there_is_nothing_to_compare() -> None:
    assert ratios({"Leadstream": [a_result(0.1)]}) == []

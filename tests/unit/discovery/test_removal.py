from discovery.adapters.removal import HOLDINGS


def test_nothing_is_accepted_any_more_before_the_first_that_was_goes() -> None:
    names = [step.name for step in HOLDINGS.steps]

    assert names.index("push_sources") < min(map(names.index, ("arrivals", "leads", "queries")))
    # Both are found by their sources.
    assert names.index("push_sources") > max(map(names.index, ("push_requests", "rate_limits")))

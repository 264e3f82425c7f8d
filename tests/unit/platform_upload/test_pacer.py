from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_upload.adapters.pacer import JITTER, Pace
from platform_upload.bootstrap import (
    HUBSPOT_LOWEST,
    HUBSPOT_SEARCHES,
    MARKETO_PACE,
    WEALTHBOX_CALLS,
)

calls = st.integers(1, 5_000)
periods = st.floats(1, 86_400).map(lambda seconds: timedelta(seconds=seconds))


@given(calls, periods)
def test_no_window_ever_holds_more_than_is_allowed(allowed: int, period: timedelta) -> None:
    limit = Pace(allowed, period).as_limit("x")

    # What a full bucket gives at once, and what flows in while the window lasts.
    assert int(limit.burst + limit.per_second * period.total_seconds()) <= allowed


def test_a_search_that_is_late_is_no_sixth_of_a_second() -> None:
    limit = HUBSPOT_SEARCHES.as_limit("x")
    second = HUBSPOT_SEARCHES.period + JITTER

    assert int(limit.burst + limit.per_second * second.total_seconds()) <= HUBSPOT_SEARCHES.calls


@pytest.mark.parametrize("pace", [MARKETO_PACE, WEALTHBOX_CALLS, HUBSPOT_LOWEST])
def test_nearly_all_of_what_is_allowed_is_used_where_there_is_work(pace: Pace) -> None:
    limit = pace.as_limit("x")

    assert limit.per_second * pace.period.total_seconds() >= 0.95 * pace.calls

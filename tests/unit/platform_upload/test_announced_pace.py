"""The pace that HubSpot's headers announce: used where it is one, and never a reason to fall over."""

from datetime import timedelta

import pytest

from platform_upload.adapters.hubspot.answers import announced_pace
from platform_upload.adapters.pacer import Pace
from unit.platform_upload.replies import a_reply


def paced(calls: str, milliseconds: str) -> Pace | None:
    headers = {
        "X-HubSpot-RateLimit-Max": calls,
        "X-HubSpot-RateLimit-Interval-Milliseconds": milliseconds,
    }
    return announced_pace(a_reply(200, {}, headers))


def test_the_pace_is_as_announced() -> None:
    assert paced("190", " 10000 ") == Pace(190, timedelta(seconds=10))
    assert announced_pace(a_reply(200, {})) is None


@pytest.mark.parametrize(
    "odd", ["", "0", "-1", "inf", "nan", "many", "1e400", "9" * 30, "1.5", "50-200"]
)
def test_what_is_no_pace_is_none(odd: str) -> None:
    assert paced(odd, "10000") is None
    assert paced("190", odd) is None

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.moments import earlier, later

NOW = datetime(2026, 11, 28, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("24h", timedelta(hours=24)),
        ("30min", timedelta(minutes=30)),
        ("5 m", timedelta(minutes=5)),
        ("7d", timedelta(days=7)),
    ],
)
def test_so_long_before_or_after_now(text: str, distance: timedelta) -> None:
    assert earlier(text, NOW) == NOW - distance
    assert later(text, NOW) == NOW + distance


@pytest.mark.parametrize(
    "text",
    ["2026-11-27 06:00", "2026-11-27T06:00", "2026-11-27 06:00 UTC", "2026-11-27T08:00:00+02:00"],
)
def test_a_moment_is_utc_unless_it_has_a_zone(text: str) -> None:
    for read in (earlier, later):
        assert read(text, NOW) == datetime(2026, 11, 27, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "h", "-3h", "3 years", "2026-13-01", "٣h"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    for read in (earlier, later):
        with pytest.raises(ValueError, match=r"\S"):
            read(text, NOW)

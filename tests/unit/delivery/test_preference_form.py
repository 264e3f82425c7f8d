"""What recipients fill in on their page."""

from datetime import time
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.preferences import Preferences, QuietHours, Rhythm, is_zone
from delivery.domain.score import Score
from delivery.entrypoints.http.preference_form import (
    LABELS,
    FormError,
    PreferenceForm,
    zones_by_region,
)

CHOSEN = Preferences(
    min_score=Score.WARM,
    rhythm={Score.HOT: Rhythm.AT_ONCE, Score.WARM: Rhythm.DAILY, Score.COLD: Rhythm.WEEKLY},
    quiet_hours=QuietHours(start=time(22), end=time(7)),
    zone="Europe/Berlin",
    daily_cap=5,
    hot_breaks_through=True,
)


def sent(left_out: str | None = None, **changes: Any) -> PreferenceForm:
    values = {**PreferenceForm.of(CHOSEN).values, **changes}
    return PreferenceForm.sent(
        urlencode({name: text for name, text in values.items() if name != left_out}).encode()
    )


def errors(form: PreferenceForm) -> dict[str, str]:
    with pytest.raises(FormError) as refusal:
        form.read(enabled=True)
    return dict(refusal.value.form.errors)


times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
preferences = st.builds(
    Preferences,
    enabled=st.booleans(),
    min_score=st.sampled_from(Score),
    rhythm=st.fixed_dictionaries({score: st.sampled_from(Rhythm) for score in Score}),
    quiet_hours=st.none()
    | st.tuples(times, times)
    .filter(lambda pair: pair[0] != pair[1])
    .map(lambda pair: QuietHours(start=pair[0], end=pair[1])),
    zone=st.sampled_from(["Europe/Berlin", "US/Pacific", "Asia/Kathmandu", "UTC"]),
    daily_cap=st.none() | st.integers(1, 100_000),
    hot_breaks_through=st.booleans(),
)


@given(preferences)
def test_what_a_form_shows_is_what_it_is_read_as(wants: Preferences) -> None:
    shown = PreferenceForm.of(wants)
    # A browser sends no box that is not ticked.
    ticked = {name: text for name, text in shown.values.items() if name in LABELS or text}

    read = PreferenceForm.sent(urlencode(ticked).encode()).read(enabled=wants.enabled)

    assert read == wants


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"zone": "Mars/Olympus"}, "zone", "no time zone “Mars/Olympus”"),
        ({"zone": "../../etc/passwd"}, "zone", "no time zone"),
        ({"zone": "europe/berlin"}, "zone", "no time zone"),
        ({"zone": "CEST"}, "zone", "no time zone"),
        ({"zone": ""}, "zone", "Choose your time zone"),
        ({"quiet_end": "22:00"}, "quiet_end", "the same"),
        ({"quiet_end": ""}, "quiet_end", "both times, or neither"),
        ({"quiet_start": ""}, "quiet_start", "both times, or neither"),
        ({"quiet_start": "25:00"}, "quiet_start", "such as 22:00"),
        ({"quiet_start": "22"}, "quiet_start", "such as 22:00"),
        ({"quiet_start": "22:00+02:00"}, "quiet_start", "such as 22:00"),
        ({"quiet_end": "\u0662\u0662:\u0660\u0660"}, "quiet_end", "such as 22:00"),
        ({"daily_cap": "0"}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "-1"}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "1000000"}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "9" * 60}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "1.5"}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "1_000"}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "\u0663"}, "daily_cap", "from 1 to 100,000"),
        ({"daily_cap": "many"}, "daily_cap", "from 1 to 100,000"),
        ({"rhythm_hot": "fortnightly"}, "rhythm_hot", "one of these"),
        ({"rhythm_cold": ""}, "rhythm_cold", "one of these"),
        ({"min_score": "scalding"}, "min_score", "one of these"),
    ],
)
def test_what_can_not_be_is_said_beside_its_field_and_kept(
    changes: dict[str, str], field: str, said: str
) -> None:
    form = sent(**changes)

    found = errors(form)

    assert list(found) == [field]
    assert said in found[field]
    assert form.values == {**PreferenceForm.of(CHOSEN).values, **changes}


@pytest.mark.parametrize("name", LABELS)
def test_a_form_that_did_not_arrive_whole_changes_nothing(name: str) -> None:
    assert "did not arrive" in errors(sent(left_out=name))[name]


@pytest.mark.parametrize("body", [b"", b"\xff", b"a=%ff", b"&" * 1000, b"{}", b"zone=%00"])
def test_what_is_no_form_is_none_of_its_fields(body: bytes) -> None:
    form = PreferenceForm.sent(body)

    assert set(errors(form)) == set(LABELS) - set(form.values)


def test_everything_that_is_wrong_is_said_in_the_pages_order() -> None:
    found = errors(sent(zone="Mars", quiet_end="", rhythm_warm="never", min_score="?"))

    assert list(found) == ["min_score", "rhythm_warm", "quiet_end", "zone"]


@pytest.mark.parametrize(
    "changes",
    [
        {"rhythm_hot": "daily"},
        {"rhythm_warm": "weekly"},
        {"daily_cap": "3"},
        {"quiet_start": "22:00", "quiet_end": "07:00"},
    ],
)
def test_whatever_goes_by_the_clock_needs_a_zone(changes: dict[str, str]) -> None:
    nothing = PreferenceForm.of(Preferences()).values
    body = urlencode({**nothing, **changes}).encode()

    assert list(errors(PreferenceForm.sent(body))) == ["zone"]


def test_the_zones_that_are_offered_are_zones() -> None:
    names = [name for zones in zones_by_region().values() for name, _ in zones]

    assert len(names) > 350
    assert len(names) == len(set(names))
    assert all(is_zone(name) and ZoneInfo(name) for name in names)

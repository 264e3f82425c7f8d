from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.adapters.documents import read_strength
from discovery.domain.scoring import (
    MAX_SIGNALS,
    Score,
    Signal,
    Strength,
    distinct,
    score,
    strongest,
)
from unit.discovery.builders import NOW, signals


@pytest.mark.parametrize(
    ("high", "medium", "low", "expected"),
    [
        (3, 0, 0, Score.HOT),
        (2, 3, 0, Score.HOT),
        (2, 2, 0, Score.WARM),
        (1, 0, 0, Score.WARM),
        (0, 4, 0, Score.WARM),
        (0, 3, 9, Score.COLD),
        (0, 0, 0, Score.COLD),
    ],
)
def test_b01_score_follows_the_specification(
    high: int, medium: int, low: int, expected: Score
) -> None:
    assert score(signals(high, medium, low)) is expected


@pytest.mark.parametrize("word", ["volcanic", "", " ", None, 3, True, ["high"], "not high"])
def test_b02_unknown_strength_counts_as_low(word: object) -> None:
    assert read_strength(word) is Strength.LOW


@pytest.mark.parametrize(
    "word",
    [
        "high",
        "High",
        " HIGH ",
        "high\n",
        "\u200bHigh",
        "\uff28\uff29\uff27\uff28",
        "Very High",
        "very-high",
        "HIGH!",
    ],
)
def test_a_strength_is_known_however_it_is_spelled(word: str) -> None:
    assert read_strength(word) is Strength.HIGH
    assert read_strength(word.replace("igh", "IGH")) is Strength.HIGH


def test_b02_the_same_signal_twice_counts_once() -> None:
    assert score(signals(high=2) * 2) is Score.WARM


@pytest.mark.parametrize(
    "changed",
    [
        {"signal_type": "Attended webinar"},
        {"source": "DataShopper Web"},
        {"source": None},
        {"detected_at": NOW + timedelta(seconds=1)},
        {"detected_at": None},
    ],
)
def test_b02_signals_that_differ_in_type_source_or_time_are_different(
    changed: dict[str, object],
) -> None:
    (first,) = signals(high=1)

    assert len(distinct([first, replace(first, **changed)])) == 2  # type: ignore[arg-type]  # by name


def test_signals_with_ids_of_their_own_are_the_same_only_by_these() -> None:
    (bare,) = signals(high=1)
    first, second = replace(bare, provider_id="s1"), replace(bare, provider_id="s2")
    later = replace(first, detected_at=NOW + timedelta(days=1), strength=Strength.LOW)

    assert distinct([first, second, bare]) == (first, second, bare)
    assert score([first, second, replace(bare, provider_id="s3")]) is Score.HOT
    assert distinct([first, later]) == distinct([later, first]) == (first,)


def test_queries_that_number_their_signals_each_keep_their_own() -> None:
    (bare,) = signals(high=1)
    seen = [
        replace(bare, signal_type=kind, provider_id=number)
        for kind, number in [("Funding", "1"), ("Hiring", "2"), ("Launch", "1"), ("Visit", "2")]
    ]

    assert distinct(seen) == tuple(seen)
    assert score(seen) is Score.HOT


@pytest.mark.parametrize("provider_id", ["s1", None])
@pytest.mark.parametrize("field", ["signal_type", "source"])
def test_a_signal_is_the_same_however_its_words_are_spelled(
    field: str, provider_id: str | None
) -> None:
    (bare,) = signals(high=1)
    seen = [
        replace(bare, provider_id=provider_id, **{field: spelling})  # type: ignore[arg-type]  # by name
        for spelling in ("Tech News", "tech news", "TECH  NEWS ", "tech\xa0news")
    ]

    assert distinct(seen) == (seen[0],)


def test_days_that_cannot_be_told_part_signals_as_they_are_written() -> None:
    (dated,) = signals(high=1)
    bare = replace(dated, detected_at=None)
    days = [replace(bare, detected_text=text) for text in ("11/12/2026", "11/10/2026")]

    assert distinct([*days, bare, *days]) == (*days, bare)
    assert len(distinct([dated, replace(dated, detected_text="11/12/2026")])) == 1


def test_of_one_signal_told_with_two_strengths_the_stronger_counts() -> None:
    (high,) = signals(high=1)
    low = replace(high, strength=Strength.LOW)

    assert distinct([low, high]) == distinct([high, low]) == (high,)


_SIGNALS = st.lists(
    st.builds(
        Signal,
        signal_type=st.sampled_from("abA"),
        strength=st.sampled_from(Strength),
        detected_at=st.sampled_from([None, *(NOW + timedelta(hours=n) for n in range(80))]),
        source=st.sampled_from(["x", None]),
        provider_id=st.sampled_from(["1", "2", None]),
        detected_text=st.sampled_from(["11/12/2026", "11/10/2026", None]),
    ),
    max_size=250,
)


@given(_SIGNALS, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_nor_leaving_out_changes_the_score(
    found: list[Signal], random: object
) -> None:
    shuffled = [*found, *found[:10]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis types it as an object

    kept = strongest(distinct(shuffled))

    assert len(kept) <= MAX_SIGNALS
    assert score(kept) is score(shuffled) is score(found)


def test_scores_are_a_ladder() -> None:
    assert Score.HOT.is_above(Score.WARM)
    assert not Score.COLD.is_above(Score.COLD)
    assert Score.highest([Score.WARM, Score.HOT, Score.COLD]) is Score.HOT
    assert Score.highest([]) is Score.COLD

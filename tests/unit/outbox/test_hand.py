from typing import Any

import pytest

from leadstream.outbox.hand import MOST_BYTES, MOST_ROWS, Hand


def rows(count: int, payload: bytes = b"{}") -> list[dict[str, Any]]:
    return [{"seq": n, "key": b"k", "payload": payload, "headers": None} for n in range(count)]


@pytest.fixture
def hand() -> Hand:
    """Open, and looked for once."""
    hand = Hand()
    hand.open()
    hand.take()
    return hand


def test_rows_are_taken_as_they_were_handed_over(hand: Hand) -> None:
    first, second = rows(2), rows(1)

    hand.put(first)
    hand.put(second)

    assert hand.take() == [*first, *second]
    assert hand.take() == []


def test_who_takes_over_looks_first() -> None:
    hand = Hand()
    hand.open()
    hand.put(rows(1))

    assert hand.take() is None


def test_whoever_does_not_lead_keeps_nothing(hand: Hand) -> None:
    hand.put(rows(1))
    hand.close()
    hand.put(rows(1))

    assert hand.take() is None


def test_what_was_not_handed_over_must_be_looked_for(hand: Hand) -> None:
    hand.put(rows(1))
    hand.look()
    hand.put(rows(1))

    assert hand.take() is None
    assert hand.take() == []


@pytest.mark.parametrize(
    "much", [rows(MOST_ROWS + 1), rows(2, b"x" * MOST_BYTES), rows(1, b"x" * (MOST_BYTES + 1))]
)
def test_no_more_is_kept_than_a_relay_has_on_its_way(
    hand: Hand, much: list[dict[str, Any]]
) -> None:
    hand.put(much)

    assert hand.take() is None

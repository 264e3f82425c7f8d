import pytest

from leadstream.outbox.numbers import WIDEST, Numbers


def known(*numbers: int) -> Numbers:
    """Of a relay that has looked long enough to be sure of all up to the first of them."""
    found = Numbers()
    found.note(numbers[:1])
    found.visible_until(transaction=1, oldest=0)
    found.forget_gaps(found.visible_until(transaction=2, oldest=1))
    found.note(numbers[1:])
    return found


@pytest.mark.parametrize(
    ("numbers", "have_gaps"),
    [
        ([5], False),
        ([5, 6, 7], False),
        ([5, 7, 6], False),
        ([5, 7], True),
        ([5, 6, 6 + WIDEST + 2], True),
    ],
)
def test_a_number_that_is_missing_is_a_gap(numbers: list[int], *, have_gaps: bool) -> None:
    assert known(*numbers).have_gaps == have_gaps


def test_a_row_that_turns_up_late_closes_its_gap() -> None:
    numbers = known(5, 7)

    numbers.note([6])

    assert not numbers.have_gaps
    assert numbers.knows(6)


def test_a_relay_that_begins_is_sure_of_nothing_before_its_first_row() -> None:
    numbers = Numbers()

    numbers.note([9000])

    assert numbers.have_gaps
    assert not numbers.knows(8999)


@pytest.mark.parametrize("further", [8, 7 + WIDEST + 2])
def test_a_gap_is_given_up_once_all_transactions_of_its_time_are_over(further: int) -> None:
    numbers = known(5, 7)

    marked = numbers.visible_until(transaction=100, oldest=90)
    while_one_goes_on = numbers.visible_until(transaction=110, oldest=99)
    numbers.note([further + 1])
    afterwards = numbers.visible_until(transaction=120, oldest=100)
    numbers.forget_gaps(afterwards)

    assert (marked, while_one_goes_on, afterwards) == (0, 0, 7)
    # That one is younger than the mark.
    assert numbers.have_gaps
    assert not numbers.knows(further)

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from enrichment.domain.forecast import month_forecast

# So far may one day lie from its like, up and down.
NOISE = 0.045
DAYS = 120
FIRST = date(2026, 8, 3)
amounts = st.integers(0, 2000).map(Decimal)


@st.composite
def made_months(draw: Any) -> tuple[dict[date, Decimal], date]:
    """What each day costs from some day on, and the day that it is."""
    today = FIRST + timedelta(days=draw(st.integers(31, DAYS - 31)))
    known = draw(st.integers(1, 50))
    # Before each weekday has been seen once, there is nothing to tell them apart by.
    week = draw(st.lists(amounts, min_size=7, max_size=7)) if known >= 7 else [draw(amounts)] * 7
    noise = st.floats(1 - NOISE, 1 + NOISE).map(lambda factor: Decimal(str(round(factor, 4))))
    begun = today - timedelta(days=known)
    month_ends = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    costs = {
        begun + timedelta(days=n): week[(begun + timedelta(days=n)).weekday()] * draw(noise)
        for n in range((month_ends - begun).days)
    }
    return costs, today


@given(made_months(), st.decimals(0, 1, places=2))
def test_a_made_month_is_told_within_ten_percent(
    made: tuple[dict[date, Decimal], date], passed: Decimal
) -> None:
    costs, today = made
    truth = sum(cost for day, cost in costs.items() if day >= today.replace(day=1))
    spent = {day: cost for day, cost in costs.items() if day < today}
    spent[today] = costs[today] * passed

    told = month_forecast(spent, today)

    assert abs(told - truth) <= Decimal("0.1") * truth


def test_of_the_last_day_only_the_rest_of_it_is_to_come() -> None:
    spent = {date(2026, 11, day): Decimal(10) for day in range(1, 30)}

    assert month_forecast(spent, date(2026, 11, 30)) == 300
    assert month_forecast(spent | {date(2026, 11, 30): Decimal(4)}, date(2026, 11, 30)) == 300
    assert month_forecast(spent | {date(2026, 11, 30): Decimal(25)}, date(2026, 11, 30)) == 315


def test_weekends_that_cost_nothing_are_expected_to() -> None:
    # Four weeks of October, Monday to Friday; 1 November is a Sunday, and the month has 21 working days.
    days = [date(2026, 10, 4) + timedelta(days=n) for n in range(28)]
    spent = {day: Decimal(10) for day in days if day.weekday() < 5}

    assert month_forecast(spent, date(2026, 11, 1)) == 210


def test_a_change_of_pace_is_followed_and_what_is_long_ago_forgotten() -> None:
    days = [date(2026, 9, 1) + timedelta(days=n) for n in range(61)]
    spent = {day: Decimal(1000 if day < date(2026, 10, 4) else 10) for day in days}

    assert month_forecast(spent, date(2026, 11, 1)) == 300


def test_nothing_spent_is_nothing_to_come_and_a_first_day_is_a_guess() -> None:
    assert month_forecast({}, date(2026, 11, 1)) == 0
    assert month_forecast({date(2026, 11, 29): Decimal(7)}, date(2026, 11, 29)) == 14

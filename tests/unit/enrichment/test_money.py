from datetime import UTC, datetime
from decimal import Decimal

import pytest

from enrichment.domain.money import Caps, CapUse, start_of_next_month

NOW = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("use", "until"),
    [
        ({"day_spent": 10}, datetime(2027, 1, 1, tzinfo=UTC)),
        ({"day_spent": 9, "day_reserved": 1}, datetime(2026, 12, 31, 22, 30, 10, tzinfo=UTC)),
        ({"month_spent": 100, "day_spent": 1}, datetime(2027, 1, 1, tzinfo=UTC)),
        ({"month_spent": 99, "month_reserved": 1}, datetime(2026, 12, 31, 22, 30, 10, tzinfo=UTC)),
    ],
    ids=["day", "day-reserved", "month", "month-reserved"],
)
def test_what_has_no_room_waits_for_what_may_make_some(
    use: dict[str, int], until: datetime
) -> None:
    caps = Caps(daily=Decimal(10), monthly=Decimal(100))
    taken = CapUse(caps=caps, **{name: Decimal(value) for name, value in use.items()})

    assert taken.full_until(CENT, NOW)[0] == until


@pytest.mark.parametrize(
    ("now", "first"), [((2026, 1, 31), (2026, 2, 1)), ((2026, 12, 1), (2027, 1, 1))]
)
def test_months_end(now: tuple[int, int, int], first: tuple[int, int, int]) -> None:
    assert start_of_next_month(datetime(*now, 23, 59, tzinfo=UTC)) == datetime(*first, tzinfo=UTC)

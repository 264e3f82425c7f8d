"""Amounts of money, which the services write as decimals, and how far caps on them go."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from console.domain.words import plain_number

# As the alert has it.
NEAR: Final = Decimal("0.8")


def amount(value: str | Decimal | None) -> str:
    """Grouped, with two places and no more; – where there is none."""
    return "–" if value is None else plain_number(f"{Decimal(value):,.2f}")


@dataclass(frozen=True, slots=True)
class CapOutlook:
    words: str
    is_spent: bool = False


def cap_outlook(*, spent: str, cap: str | None, forecast: str | None = None) -> CapOutlook:
    """`forecast` is for the time that the cap is for."""
    if cap is None:
        return CapOutlook("no cap")
    taken, limit = Decimal(spent), Decimal(cap)
    if taken >= limit:
        return CapOutlook("spent: the rest waits", is_spent=True)
    if forecast is not None and Decimal(forecast) > limit:
        return CapOutlook(f"reached before the month ends, at {amount(forecast)} in all")
    share = f"{taken / limit:.0%} of it is spent"
    return CapOutlook(f"nearly reached: {share}" if taken >= NEAR * limit else share)

"""What providers may cost a workspace: prices of their units, and caps on what is spent of money."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from enrichment.domain.days import day_of, start_of_next_day

# Calls under way are settled in seconds. What is pending takes longer, and is looked after as rarely.
RESERVATIONS_REST: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Prices:
    """The price of a unit, by provider and operation; what is not named costs nothing."""

    units: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)

    def of(self, provider: str, operation: str) -> Decimal:
        return self.units.get(provider, {}).get(operation, Decimal(0))

    def __str__(self) -> str:
        """As the setting is written."""
        prices = (
            f'"{provider}": {{{", ".join(f""""{name}": {price}""" for name, price in of.items())}}}'
            for provider, of in self.units.items()
        )
        return f"{{{', '.join(prices)}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that may be spent in a day and in a month, in UTC; None for no limit."""

    daily: Decimal | None = None
    monthly: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What calls cost, and the caps of workspaces that have none of their own."""

    prices: Prices = field(default_factory=Prices)
    caps: Caps = field(default_factory=Caps)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapUse:
    """What of its caps a workspace has spent, and what calls under way have reserved beside that."""

    caps: Caps
    day_spent: Decimal = Decimal(0)
    day_reserved: Decimal = Decimal(0)
    month_spent: Decimal = Decimal(0)
    month_reserved: Decimal = Decimal(0)

    def full_until(self, wanted: Decimal, now: datetime) -> tuple[datetime, str]:
        """When there may be room again for a call that was refused, and why there is none."""
        daily, monthly = self.caps.daily, self.caps.monthly
        if monthly is not None and self.month_spent + wanted > monthly:
            return start_of_next_month(now), _spent(self.month_spent, monthly, "month", wanted)
        if daily is not None and self.day_spent + wanted > daily:
            return start_of_next_day(now), _spent(self.day_spent, daily, "day", wanted)
        return now + RESERVATIONS_REST, "calls under way have reserved what is left of the cap"


def start_of_next_month(now: datetime) -> datetime:
    first = day_of(now).replace(day=1)
    return datetime.combine((first + timedelta(days=31)).replace(day=1), time(), UTC)


def _spent(spent: Decimal, cap: Decimal, period: str, wanted: Decimal) -> str:
    return (
        f"{spent.normalize():f} of the workspace's cap of {cap.normalize():f} for the {period} is spent, "
        f"and the next call can cost {wanted.normalize():f}"
    )

"""What providers cost in money: by workspace, with its caps, and by what they were asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from console.domain.amounts import CapOutlook, cap_outlook


@dataclass(frozen=True, slots=True)
class Payer:
    """A workspace: what it has spent, and how far its caps go."""

    row: Mapping[str, Any]
    day: CapOutlook
    month: CapOutlook


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a provider was asked for, in all workspaces that are told of."""

    provider: str
    operation: str
    training: bool
    calls: int = 0
    units: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    def with_row(self, row: Mapping[str, Any]) -> Self:
        return replace(
            self,
            calls=self.calls + row["calls"],
            units=self.units + Decimal(row["units"]),
            cost=self.cost + Decimal(row["cost"]),
        )


@dataclass(frozen=True, slots=True)
class Money:
    currency: str
    payers: Sequence[Payer]
    # The dearest first.
    asked: Sequence[Asked]
    more: bool

    @classmethod
    def read(cls, spend: Mapping[str, Any]) -> Self:
        return cls(
            spend["currency"],
            [_payer(row) for row in spend["workspaces"]],
            _asked(spend["rows"]),
            spend["more"],
        )

    @property
    def paid(self) -> Sequence[Asked]:
        return [each for each in self.asked if not each.training]

    @property
    def trained(self) -> Sequence[Asked]:
        return [each for each in self.asked if each.training]

    @property
    def cost(self) -> Decimal:
        return sum((Decimal(each.row["cost"]) for each in self.payers), Decimal(0))

    @property
    def today(self) -> Decimal:
        return self._sum("day", "spent")

    @property
    def this_month(self) -> Decimal:
        return self._sum("month", "spent")

    @property
    def forecast(self) -> Decimal:
        return self._sum("month", "forecast")

    @property
    def is_unpriced(self) -> bool:
        """Something was asked for, and nothing of it has a price."""
        return any(each.units for each in self.paid) and not any(each.cost for each in self.paid)

    def _sum(self, period: str, what: str) -> Decimal:
        return sum((Decimal(each.row[period][what]) for each in self.payers), Decimal(0))


def _payer(row: Mapping[str, Any]) -> Payer:
    day, month = row["day"], row["month"]
    return Payer(
        row,
        cap_outlook(spent=day["spent"], cap=day["cap"]),
        cap_outlook(spent=month["spent"], cap=month["cap"], forecast=month["forecast"]),
    )


def _asked(rows: Sequence[Mapping[str, Any]]) -> list[Asked]:
    found: dict[tuple[str, str, bool], Asked] = {}
    for row in rows:
        key = row["provider"], row["operation"], row["training"]
        known = found.get(key) or Asked(provider=key[0], operation=key[1], training=key[2])
        found[key] = known.with_row(row)
    return sorted(found.values(), key=lambda each: (-each.cost, -each.calls, each.provider))

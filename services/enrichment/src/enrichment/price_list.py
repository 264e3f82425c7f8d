"""PROVIDER_PRICES: a JSON object, provider by provider and operation by operation, of what a unit costs."""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from enrichment.domain.money import Prices
from leadstream.accounts.catalogue import PROVIDERS, Provider, SourceList, provider_named

_FORM: Final = 'must be JSON such as {"people_data_labs": {"enrich": 0.28}}'
# What is asked of a provider that stands in these lists, as `provider_calls` calls it.
_OPERATIONS: Final = {SourceList.CONTACTS: "enrich", SourceList.VERIFY: "verify"}
# More than any unit costs, and more places than any price has.
DEAREST: Final = Decimal(1_000_000)
MOST_PLACES: Final = 8


def read_prices(value: object) -> Prices:
    """Raises ValueError that names the provider and the operation."""
    if isinstance(value, Prices):
        return value
    given = _parsed(value) if isinstance(value, str) else value
    if not isinstance(given, dict):
        raise ValueError(_FORM)
    found: dict[str, Mapping[str, Decimal]] = {}
    for name, prices in given.items():
        provider = _provider(name)
        if provider.name in found:
            raise ValueError(f"has {provider.written} twice")
        found[provider.name] = _prices(name, provider, prices)
    return Prices(found)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, object_pairs_hook=_once)
    except (json.JSONDecodeError, RecursionError, InvalidOperation):
        raise ValueError(_FORM) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    for name, _ in pairs:
        if sum(name == other for other, _ in pairs) > 1:
            raise ValueError(f"has {name} twice")
    return found


def _provider(name: str) -> Provider:
    try:
        provider = provider_named(name)
    except ValueError:
        priced = ", ".join(each.written for each in PROVIDERS.values() if _operations(each))
        raise ValueError(f"{name}: there is no such provider: it is none of {priced}") from None
    if not _operations(provider):
        raise ValueError(f"{name}: is asked by {provider.service}, which counts no cost")
    return provider


def _operations(provider: Provider) -> list[str]:
    return [name for where, name in _OPERATIONS.items() if where in provider.lists]


def _prices(name: str, provider: Provider, given: object) -> Mapping[str, Decimal]:
    operations = _operations(provider)
    if not isinstance(given, dict):
        raise ValueError(f"{name}: must be an object of prices by operation: {_or(operations)}")
    found = {}
    for operation, price in given.items():
        if operation not in operations:
            raise ValueError(f"{name}.{operation}: {name} is asked for {_or(operations)} only")
        found[operation] = _price(f"{name}.{operation}", price)
    return found


def _or(names: list[str]) -> str:
    return " or ".join(names)


def _price(where: str, value: object) -> Decimal:
    refusal = ValueError(
        f"{where}: must be a price of 0 or more, below {DEAREST}, with up to {MOST_PLACES} decimal places"
    )
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise refusal
    try:
        price = Decimal(value)
    except InvalidOperation:
        raise refusal from None
    if not price.is_finite() or not 0 <= price < DEAREST:
        raise refusal
    if price != round(price, MOST_PLACES):
        raise refusal
    return price

"""What an account at G2 says besides its token: which of its products a topic is, and what its signals are worth."""

import re
from collections.abc import Mapping
from typing import Any, Final

MOST_TOPICS: Final = 200
LONGEST_TEXT: Final = 200
MOST_DAYS: Final = 365
STRENGTHS: Final = ("high", "medium", "low")
# For all topics that are not named; and the product of whoever asks about all of the account's.
ANY: Final = "*"
# As G2 writes its filters: a dimension and how it is compared.
_FILTER: Final = re.compile(r"[a-z]+(?:_[a-z]+)*_(?:eq|not_eq|cont|not_cont|gt|gteq|lt|lteq)")
# What makes no other path of it: ids and slugs.
_PRODUCT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def read_products(value: Any) -> dict[str, Any]:
    """`{topic: product}` or `{topic: {product, filters: {company_industry_cont: …}}}`. Raises ValueError."""
    if not isinstance(value, Mapping) or not 0 < len(value) <= MOST_TOPICS:
        raise ValueError(f"must map 1 to {MOST_TOPICS} topics to ids of products")
    return {_text(topic): _product(topic, each) for topic, each in value.items()}


def read_strengths(value: Any) -> dict[str, str]:
    """`{signal type: high | medium | low}`. Raises ValueError."""
    if not isinstance(value, Mapping) or not 0 < len(value) <= MOST_TOPICS:
        raise ValueError("must map types of signals to high, medium or low")
    return {_text(kind).lower(): _strength(kind, each) for kind, each in value.items()}


def read_scores(value: Any) -> dict[str, int]:
    """`{high: 75, medium: 40}`: from which intent score on a signal is that strong. Raises ValueError."""
    if not isinstance(value, Mapping) or set(value) != {"high", "medium"}:
        raise ValueError("must say from which score on a signal is high, and from which medium")
    high, medium = value["high"], value["medium"]
    if not (_is_whole(high) and _is_whole(medium) and 0 <= medium < high <= 100):
        raise ValueError("must be whole numbers from 0 to 100, high above medium")
    return {"high": high, "medium": medium}


def read_days(value: Any) -> int:
    if not _is_whole(value) or not 1 <= value <= MOST_DAYS:
        raise ValueError(f"must be a number of days from 1 to {MOST_DAYS}")
    return int(value)


def _product(topic: object, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _product_id(topic, value)
    if unknown := set(value) - {"product", "filters"}:
        raise ValueError(
            f"{topic}: there is no {sorted(map(str, unknown))[0]}, only product and filters"
        )
    filters = value.get("filters", {})
    if not isinstance(filters, Mapping):
        raise ValueError(f"{topic}: filters must map names to texts")
    return {
        "product": _product_id(topic, value.get("product", ANY)),
        "filters": {_filter(topic, name): _text(each) for name, each in filters.items()},
    }


def _product_id(topic: object, value: Any) -> str:
    if isinstance(value, str) and (value.strip() == ANY or _PRODUCT.fullmatch(value.strip())):
        return value.strip()
    raise ValueError(
        f"{topic}: must be the id of a product at G2, or {ANY} for all of the account's"
    )


def _filter(topic: object, name: Any) -> str:
    if isinstance(name, str) and _FILTER.fullmatch(name):
        return name
    raise ValueError(f"{topic}: {name} is no filter such as company_industry_cont")


def _strength(kind: object, value: Any) -> str:
    strength = value.strip().lower() if isinstance(value, str) else ""
    if strength not in STRENGTHS:
        raise ValueError(f"{kind}: must be high, medium or low")
    return strength


def _text(value: Any) -> str:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    if not text or len(text) > LONGEST_TEXT or not text.isprintable():
        raise ValueError("must consist of texts in one line")
    return text


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)

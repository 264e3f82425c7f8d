"""Settings that depend on others, which must be declared before them."""

from typing import TypeVar

from pydantic import ValidationInfo

T = TypeVar("T")


def one_of(value: T | None, info: ValidationInfo, *others: str) -> T | None:
    """Refuse that it is missing while the others are. One of them that is there and wrong says so itself."""
    if value is None and all(name in info.data and info.data[name] is None for name in others):
        names = " or ".join(name.upper() for name in others)
        raise ValueError(f"is missing (or {names}: one of them is needed)")
    return value


def needed_with(value: T | None, info: ValidationInfo, other: str) -> T | None:
    """Refuse that it is missing while the other is there."""
    if value is None and info.data.get(other) is not None:
        raise ValueError(f"is missing: {other.upper()} is of no use without it")
    return value

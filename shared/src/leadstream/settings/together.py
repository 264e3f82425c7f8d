"""Settings that depend on others, which must be declared before them."""

from typing import Annotated, TypeVar

from pydantic import Field, ValidationInfo

T = TypeVar("T")

Keyless = Annotated[
    bool,
    Field(
        default=False,
        description="`true` starts the service without any provider's key: workspaces have their own, or what there is "
        "was pushed or imported.",
    ),
]


def one_of(value: T | None, info: ValidationInfo, *others: str) -> T | None:
    """Refuse that it is missing while the others are, unless `keyless` is said before it.

    One of them that is there and wrong says so itself.
    """
    if info.data.get("keyless"):
        return value
    if value is None and all(name in info.data and info.data[name] is None for name in others):
        names = " or ".join(name.upper() for name in others)
        raise ValueError(f"is missing (or {names}: one of them is needed, unless KEYLESS=true)")
    return value


def needed_with(value: T | None, info: ValidationInfo, other: str) -> T | None:
    """Refuse that it is missing while the other is there."""
    if value is None and info.data.get(other) is not None:
        raise ValueError(f"is missing: {other.upper()} is of no use without it")
    return value

"""Draws that depend on nothing but what they are named after."""

from collections.abc import Mapping
from hashlib import blake2b
from random import Random
from typing import TypeVar

T = TypeVar("T")


def stream(*name: object) -> Random:
    """Random numbers that are the same for the same name, in any process."""
    return Random(number(*name))  # noqa: S311 - sample data, not secrets


def number(*name: object) -> int:
    """One number, much cheaper than a stream."""
    digest = blake2b("\x1f".join(map(str, name)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def chance(*name: object) -> float:
    return number(*name) / 2**64


def weighted(random: Random, weights: Mapping[T, int]) -> T:
    return random.choices(list(weights), list(weights.values()))[0]

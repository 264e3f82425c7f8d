"""ADMIN_TOKENS: a JSON list in which nothing stands twice."""

import hashlib
import json
from typing import Any

from leadstream.api.tokens import AdminToken

# What `printf "$TOKEN" | sha256sum` and `echo $TOKEN | sha256sum` give where TOKEN is not set.
_OF_NOTHING = {hashlib.sha256(nothing).hexdigest() for nothing in (b"", b"\n")}


def read_tokens(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, object_pairs_hook=_once)
    except (json.JSONDecodeError, RecursionError):
        raise ValueError('must be a JSON list of {"name", "sha256", "role", "workspace"}') from None


def check_tokens(tokens: tuple[AdminToken, ...]) -> tuple[AdminToken, ...]:
    names = [token.name.casefold() for token in tokens]
    if len(names) != len(set(names)):
        raise ValueError("has two tokens with the same name")
    # Of two, which role a caller has would hang on their order.
    digests = [token.sha256 for token in tokens]
    if len(digests) != len(set(digests)):
        raise ValueError("has the same sha256 twice")
    if not _OF_NOTHING.isdisjoint(digests):
        raise ValueError("has the sha256 of an empty token")
    return tokens


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that is there twice, json takes the last: a role, for one, that was not the one read first."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("has a key twice in one token")
    return found

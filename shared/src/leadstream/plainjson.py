"""JSON of what comes out of Postgres."""

from uuid import UUID

import orjson


def dump_json(value: object) -> bytes:
    """As orjson does it, and UUIDs as asyncpg makes them: a subclass, which orjson does not take for a UUID."""
    return orjson.dumps(value, default=_known)


def _known(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"not JSON: {type(value).__name__}")

"""Ids: derived where the same thing must get the same id, time-ordered where it is new."""

from typing import Final
from uuid import UUID

import uuid_utils

# Fixed for ever: every derived id in every database hangs on it.
NAMESPACE: Final = UUID("6f1d5c0e-8a0f-5d7b-9c0b-3f1f6b2f9d11")
_NAMESPACE: Final = uuid_utils.UUID(int=NAMESPACE.int)


def derived_id(kind: str, *parts: UUID | str | int) -> UUID:
    """Name a thing by what it is: the same kind and parts give the same UUIDv5, everywhere.

    Parts are length-prefixed, so ("a", "bc") and ("ab", "c") differ.
    """
    texts = [kind, *map(str, parts)]
    name = "".join([f"{len(text)}:{text}" for text in texts])
    return UUID(int=uuid_utils.uuid5(_NAMESPACE, name).int)


def new_id() -> UUID:
    """A UUIDv7: time-ordered, so that rows made together lie together in the index."""
    return UUID(int=uuid_utils.uuid7().int)


def workspace_id(slug: str) -> UUID:
    """The id of a workspace follows from its slug, so applying the same file twice changes nothing."""
    return derived_id("workspace", slug)


def connection_id(workspace: UUID, platform: str) -> UUID:
    """Known before the connection exists, so that uploads can wait for it under its own name."""
    return derived_id("connection", workspace, platform)

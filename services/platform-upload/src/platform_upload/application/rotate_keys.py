"""Encrypts all that is sealed with the newest key, so that older keys can be thrown away."""

from collections.abc import Iterable
from uuid import UUID

from platform_upload.application.ports import Rewrapped, SealedCredentials

BATCH = 100


async def rotate_all(places: Iterable[SealedCredentials]) -> Rewrapped:
    """One place after the other."""
    done = [await rotate_keys(sealed) for sealed in places]
    return Rewrapped(
        changed=sum(each.changed for each in done), unreadable=sum(each.unreadable for each in done)
    )


async def rotate_keys(sealed: SealedCredentials) -> Rewrapped:
    """Go through all of a place, some at a time. Doing it twice, or in two places, does no harm."""
    changed = unreadable = 0
    after: UUID | None = UUID(int=0)
    while after is not None:
        batch = await sealed.rewrap_batch(after, BATCH)
        changed += batch.changed
        unreadable += batch.unreadable
        after = batch.last
    return Rewrapped(changed=changed, unreadable=unreadable)

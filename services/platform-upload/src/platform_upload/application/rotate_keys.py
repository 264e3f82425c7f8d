"""Encrypts all credentials with the newest key, so that older keys can be thrown away."""

from uuid import UUID

from platform_upload.application.ports import Rewrapped, SealedCredentials

BATCH = 100


async def rotate_keys(sealed: SealedCredentials) -> Rewrapped:
    """Go through all connections, some at a time. Doing it twice, or in two places, does no harm."""
    changed = unreadable = 0
    after: UUID | None = UUID(int=0)
    while after is not None:
        batch = await sealed.rewrap_batch(after, BATCH)
        changed += batch.changed
        unreadable += batch.unreadable
        after = batch.last
    return Rewrapped(changed=changed, unreadable=unreadable)

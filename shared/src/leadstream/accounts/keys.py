"""A new encryption key, when a service starts with one."""

import logging

from leadstream.accounts.store import sealed_accounts
from leadstream.crypto import Keyring
from leadstream.postgres import Database
from leadstream.rotation import SealedPlace, rotate_keys

log = logging.getLogger(__name__)


async def reseal_accounts(database: Database, keyring: Keyring | None) -> None:
    if keyring is not None:
        await reseal("provider_accounts", sealed_accounts(database, keyring))


async def reseal(table: str, sealed: SealedPlace) -> None:
    """After a new key was put first: once every replica has started, the old one is needed no more."""
    done = await rotate_keys(sealed)
    if done.changed:
        log.info("%s.rewrapped", table, extra={"count": done.changed})
    if done.unreadable:
        # The others work all the same; what would be done with those waits or is refused, and says why.
        log.error("%s.unreadable", table, extra={"count": done.unreadable})

"""A new encryption key, when a service starts with one."""

import logging

from leadstream.accounts.store import sealed_accounts
from leadstream.crypto import Keyring
from leadstream.postgres import Database
from leadstream.rotation import rotate_all

log = logging.getLogger(__name__)


async def reseal_accounts(database: Database, keyring: Keyring | None) -> None:
    """After a new key was put first: once every replica has started, the old one is needed no more."""
    if keyring is None:
        return
    done = await rotate_all([sealed_accounts(database, keyring)])
    if done.changed:
        log.info("provider_accounts.rewrapped", extra={"count": done.changed})
    if done.unreadable:
        # The others work all the same; leads that would be asked about with those wait, and say why.
        log.error("provider_accounts.unreadable", extra={"count": done.unreadable})

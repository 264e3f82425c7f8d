"""How deliveries end, one by one and together."""

from collections.abc import Iterable
from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    SLACK = "slack"
    WEBHOOK = "webhook"


class Status(StrEnum):
    PENDING = "pending"
    # Pending behind a pause that lasts: its lead is announced without it.
    HELD = "held"
    DELIVERED = "delivered"
    # Wanted, and it did not work.
    FAILED = "failed"
    # Not wanted any more: the recipient opted out, the channel was paused, an operator cancelled it.
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """All deliveries of one (lead, revision) in one word."""

    DELIVERED = "delivered"
    PARTIAL = "partial"
    FAILED = "failed"
    NO_CHANNEL = "no_channel"


def verdict(statuses: Iterable[Status]) -> Verdict | None:
    """Say how an alert ended, or None while something is pending. What was cancelled does not count.

    What is held is not waited for; as it may end well or not, it makes the whole `partial`.
    """
    found = set(statuses)
    if Status.PENDING in found:
        return None
    wanted = found - {Status.CANCELLED}
    if not wanted:
        return Verdict.NO_CHANNEL
    if wanted == {Status.DELIVERED}:
        return Verdict.DELIVERED
    return Verdict.FAILED if wanted == {Status.FAILED} else Verdict.PARTIAL

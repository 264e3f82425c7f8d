"""What becomes of an e-mail after Resend has accepted it."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from delivery.domain.delivery import Status

# After so long an e-mail is asked for, if nothing that decides was heard of it: when its event should have come, when
# most of what is told again has, and when no server tries any more. Resend keeps e-mails for a day, or for some.
ASKED_AFTER: Final = (timedelta(hours=2), timedelta(hours=20), timedelta(hours=68))


class Fate(StrEnum):
    """In the order in which one outweighs another, whichever is heard first.

    A server that took an e-mail may send it back all the same, and whoever complains of one has got it.
    """

    # By Resend, and nothing was heard since.
    ACCEPTED = "accepted"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    # Resend could not send it, or would not: to an address on its own list.
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    @property
    def decides(self) -> Status | None:
        """How the delivery has ended by this; None where that is still open."""
        match self:
            case Fate.DELIVERED | Fate.COMPLAINED:
                return Status.DELIVERED
            case Fate.FAILED | Fate.SUPPRESSED | Fate.BOUNCED:
                return Status.FAILED
            case Fate.ACCEPTED | Fate.DELAYED:
                return None

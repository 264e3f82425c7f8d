"""Resend's own list of addresses that it sends nothing to: one for the whole team."""

import logging
from enum import StrEnum

from resend import Suppressions
from resend.exceptions import NoContentError, ResendError

from delivery.adapters.email.http import NoAnswerError, NotResendError

log = logging.getLogger(__name__)


class AtResend(StrEnum):
    LIFTED = "lifted"
    # It was not on the list.
    NOT_SUPPRESSED = "not_suppressed"
    # The key may send and nothing else, or Resend has not opened its list to the account.
    NOT_ALLOWED = "not_allowed"
    # The address is suppressed here for a reason that Resend does not know of, or still is.
    NOT_ASKED = "not_asked"


class NotLiftedError(Exception):
    """Nobody knows whether Resend has lifted it. The message is for people."""


async def lift_at_resend(email: str) -> AtResend:
    """Take an address from the list. Raises NotLiftedError where there was no answer, or none that says so."""
    try:
        await Suppressions.remove_async(email)
    except NoContentError:
        return AtResend.LIFTED
    except (NoAnswerError, NotResendError) as exc:
        raise NotLiftedError("Resend gave no answer") from exc
    except ResendError as exc:
        match int(exc.code):
            # Resend opens this part of its API to some only, and has one name for both.
            case 404 if "endpoint" not in str(exc.message):
                return AtResend.NOT_SUPPRESSED
            case 401 | 403 | 404 | 405:
                return AtResend.NOT_ALLOWED
            case status:
                raise NotLiftedError(f"Resend answered {status}") from exc
    return AtResend.LIFTED

"""Asks Resend what became of an e-mail."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from resend import Emails
from resend.exceptions import NoContentError, ResendError

from delivery.adapters.email.events import read_email
from delivery.adapters.email.http import FOREIGN, NoAnswerError, NotResendError
from delivery.adapters.email.sender import refusal
from delivery.adapters.problems import fault_outcome
from delivery.application.planning import ASK
from leadstream.clock import Clock
from leadstream.jobs.model import Held, Outcome, Problem, Retry, Succeeded

# Sending goes on, whatever keeps Resend from answering here.
SCOPE: Final = f"kind:{ASK}"
SENDING_ONLY: Final = "sending_only"
# A key that may only send is as somebody wants it: whether there is another one is seen once a day.
SENDING_ONLY_REST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Resend knows no such e-mail, or none any more."""


class ResendEmails:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ask(self, email_id: str) -> Outcome:
        """Ask once. What was learned is the result: a report, Forgotten, or None where nothing is known yet."""
        try:
            email = await Emails.get_async(quote(email_id, safe=""))
        except NoAnswerError as exc:
            return fault_outcome(exc.fault)
        except NoContentError:
            problem = Problem(error_class=FOREIGN, message="Resend's answer is empty")
            return Retry(problem=problem)
        except ResendError as exc:
            return self._refusal(exc)
        return Succeeded(result=read_email(email, email_id), status_code=200)

    def _refusal(self, exc: ResendError) -> Outcome:
        now, status = self._clock.now(), int(exc.code)
        if status == 404 and not isinstance(exc, NotResendError):
            return Succeeded(result=Forgotten(), status_code=404)
        outcome = refusal(exc, now=now, scope=SCOPE, sender=SCOPE)
        if not isinstance(outcome, Held) or exc.error_type != "restricted_api_key":
            return outcome
        return Held(
            scope=SCOPE,
            reason=SENDING_ONLY,
            problem=outcome.problem,
            until=now + SENDING_ONLY_REST,
        )

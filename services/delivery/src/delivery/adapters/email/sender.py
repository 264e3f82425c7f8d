"""Sends e-mail through Resend, and reads what Resend makes of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import orjson
from resend import Batch, Emails
from resend.exceptions import NoContentError, ResendError

from delivery.adapters.email.digest import digest_email
from delivery.adapters.email.http import FOREIGN, MISCONFIGURED, NoAnswerError
from delivery.adapters.email.message import Addressee, Letterhead, lead_email
from delivery.adapters.email.notice import notice_email
from delivery.adapters.lead_view import view_of
from delivery.adapters.problems import fault_outcome
from delivery.application.deliver import KEY_TAKEN, Answer, Draft
from delivery.application.notices import Notice
from leadstream.clock import Clock
from leadstream.http import asked_wait
from leadstream.jobs.model import Failed, Held, Outcome, Problem, Retry, Succeeded
from leadstream.reading import one_line, whole

PROVIDER = "provider:resend"
# Resend counts by the second.
DEFAULT_REST = timedelta(seconds=1)
# Key and domain are mended in Resend's dashboard or in our settings: look again, so that it is noticed.
MENDING_REST = timedelta(minutes=5)
QUOTAS = frozenset({"daily_quota_exceeded", "monthly_quota_exceeded"})

# An acceptance that does not say of what: the same again is answered with the same, or with sense.
UNREADABLE = Retry(
    problem=Problem(
        error_class=FOREIGN, message="Resend's answer to a batch does not add up", status_code=200
    ),
    ambiguous=True,
)


class EmailSender:
    def __init__(self, letterhead: Letterhead, clock: Clock, *, app_url: str | None) -> None:
        self._letterhead = letterhead
        self._clock = clock
        self._app_url = app_url

    def compose(self, draft: Draft) -> bytes:
        if draft.digest is not None:
            return digest_email(draft.digest, self._letterhead, app_url=self._app_url)
        assert draft.content is not None  # noqa: S101 - a draft without a message has its content
        assert draft.mailbox is not None  # noqa: S101 - a missing recipient is an obstacle, seen before
        addressee = Addressee(
            email=draft.mailbox.email,
            unsubscribe_token=draft.mailbox.unsubscribe_token,
            delivery_id=draft.id,
            workspace_id=draft.workspace_id,
            sender=draft.mailbox.sender,
        )
        return lead_email(
            view_of(draft.content, app_url=self._app_url), addressee, self._letterhead
        )

    def write(self, notice: Notice) -> bytes:
        return notice_email(notice, self._letterhead)

    async def send(self, draft: Draft, message: bytes) -> Outcome:
        return await self.post(message, key=draft.key)

    async def post(self, message: bytes, *, key: str) -> Outcome:
        """Send once. The same key again is the same e-mail."""
        email = orjson.loads(message)
        try:
            sent = await Emails.send_async(email, {"idempotency_key": key})
        except NoAnswerError as exc:
            return fault_outcome(exc.fault)
        except ResendError as exc:
            return refusal(exc, now=self._clock.now(), sender=self._whose(email))
        except NoContentError:
            return Succeeded(result=Answer(), status_code=200)
        return Succeeded(result=Answer(receipt=sent.get("id")), status_code=200)

    async def send_batch(self, messages: Sequence[bytes], *, key: str) -> Sequence[Outcome]:
        """Permissive: what is wrong with one e-mail keeps no other from going out."""
        emails = [orjson.loads(message) for message in messages]
        try:
            answer = await Batch.send_async(
                emails, {"idempotency_key": key, "batch_validation": "permissive"}
            )
        except NoAnswerError as exc:
            return [fault_outcome(exc.fault)] * len(emails)
        except ResendError as exc:
            return [self._refusal_of_all(exc, {self._whose(each) for each in emails})] * len(emails)
        except NoContentError:
            return [UNREADABLE] * len(emails)
        return _each(answer, len(emails)) or [UNREADABLE] * len(emails)

    def _refusal_of_all(self, exc: ResendError, senders: Collection[str]) -> Outcome:
        """Where one of several senders is refused, only one e-mail alone can tell which."""
        if len(senders) > 1 and int(exc.code) == 403 and exc.error_type != "invalid_api_key":
            return Failed(problem=_problem("refused", exc))
        return refusal(exc, now=self._clock.now(), sender=min(senders))

    def _whose(self, email: Mapping[str, Any]) -> str:
        """Whose sender it is: a workspace's own may be refused while all others are not."""
        if email["from"] == self._letterhead.sender:
            return PROVIDER
        tags = {tag["name"]: tag["value"] for tag in email["tags"]}
        return f"{PROVIDER}:{tags['workspace_id']}"


def refusal(
    exc: ResendError, *, now: datetime, scope: str = PROVIDER, sender: str = PROVIDER
) -> Outcome:
    """What rests, and what is tried again: by Resend's name for it first, then by status.

    (reference/contracts.md, section 1.) `scope` rests for what is wrong with the key or the pace, `sender` for what is
    wrong with who it comes from.
    """
    name, status = str(exc.error_type), int(exc.code)
    match status, name:
        case 429, _ if name in QUOTAS:
            # Both count by the day at least; a larger plan bought meanwhile is noticed the next day.
            return _held(scope, "quota_exhausted", exc, until=_midnight(now))
        case 429, _:
            wait = asked_wait(status, exc.headers, now=now) or DEFAULT_REST
            return _held(scope, "rate_limited", exc, until=now + wait)
        case _, "misconfigured":
            # Resend is not at the address of the API.
            return _held(scope, MISCONFIGURED, exc, until=now + MENDING_REST)
        case ((404 | 405 | 410), _) | (_, "foreign_answer"):
            # A proxy's answer says nothing about the key, the domain or this e-mail.
            return Retry(problem=_problem(FOREIGN, exc), ambiguous=_is_unknown(status))
        case (401, _) | (403, "invalid_api_key"):
            return _held(scope, "credential_refused", exc, until=now + MENDING_REST)
        case 403, _:
            # The sending domain: nothing that this one e-mail could help.
            return _held(sender, "configuration", exc, until=now + MENDING_REST)
        case 409, "concurrent_idempotent_requests":
            # Another attempt with this key is under way, so this one says nothing about what becomes of it.
            problem = _problem("in_progress", exc)
            return Retry(problem=problem, ambiguous=True, own=True, counts=False)
        case 409, "invalid_idempotent_request":
            return Failed(problem=_problem(KEY_TAKEN, exc))
        case _ if 400 <= status < 500:
            return Failed(problem=_problem("refused", exc))
        case _:
            # It may have come to grief after it was accepted: the next attempt has to be this one again.
            return Retry(problem=_problem("server_error", exc), ambiguous=True)


def _held(scope: str, reason: str, exc: ResendError, *, until: datetime) -> Held:
    return Held(scope=scope, reason=reason, problem=_problem(reason, exc), until=until)


def _each(answer: Mapping[str, Any], count: int) -> list[Outcome] | None:
    """What an answer says of each: the errors name their places, the rest is in the order of the batch.

    None for one that does not add up.
    """
    errors: dict[int, str] = {}
    for error in answer.get("errors") or ():
        index = whole(error.get("index"), largest=count - 1)
        if index is None:
            return None
        errors[index] = one_line(str(error.get("message") or ""), 300)
    accepted = iter(answer.get("data") or ())
    outcomes: list[Outcome] = []
    for at in range(count):
        if at in errors:
            outcomes.append(Failed(problem=_refused_in_batch(errors[at])))
        elif (sent := next(accepted, None)) is not None:
            receipt = one_line(str(sent.get("id") or ""), 300) or None
            outcomes.append(Succeeded(result=Answer(receipt=receipt), status_code=200))
        else:
            return None
    return outcomes if next(accepted, None) is None else None


def _refused_in_batch(said: str) -> Problem:
    return Problem(
        error_class="refused",
        message="Resend refused this e-mail of a batch",
        status_code=200,
        excerpt=said or None,
    )


def _is_unknown(status: int) -> bool:
    """Whether it may have been accepted, whatever stands before Resend made of that."""
    return 200 <= status < 300 or status >= 500


def _problem(error_class: str, exc: ResendError) -> Problem:
    status = int(exc.code)
    return Problem(
        error_class=error_class,
        message=f"Resend answered {status} {one_line(str(exc.error_type), 60)}",
        status_code=status,
        excerpt=one_line(exc.message, 300) or None,
    )


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)

"""What Marketo's answers mean (reference: platforms, section 2.4). Nearly all of them come with the status 200."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from leadstream.reading import listed, whole
from platform_upload.adapters.marketo.complaints import complaints_of
from platform_upload.adapters.reply import Reply, external_id
from platform_upload.domain.answers import Accepted, Answer, Refused, UploadOutcome, Verdict
from platform_upload.domain.drafts import Draft

# The call that opens a session.
OPENING = "token"
# By count over 20 seconds: after as long, all of it is there again.
WINDOW = timedelta(seconds=20)

TOO_LARGE, URI_TOO_LONG, _TOO_MANY = 413, 414, 429
_TOO_FAST, _QUOTA, _TOO_MANY_AT_ONCE = "606", "607", "615"
_NOT_FOUND = "1004"
_LARGEST_CODE = 99_999
_A_CALL = timedelta(seconds=2)
# The day's calls are counted by this clock; a minute, because nobody knows how exactly.
_CENTRAL = ZoneInfo("America/Chicago")
_LATE = timedelta(minutes=1)

_VERDICTS = {
    **dict.fromkeys(("601", "602"), Verdict.REAUTH_ONCE),
    "603": Verdict.CREDENTIAL,
    _QUOTA: Verdict.QUOTA,
    **dict.fromkeys(("713", "719"), Verdict.RETRY),
    **dict.fromkeys(("609", "612"), Verdict.PERMANENT),
    **dict.fromkeys(("605", "610", "613", "616", "703"), Verdict.CONFIGURATION),
    _NOT_FOUND: Verdict.RESOLVE_EXISTING,
    **dict.fromkeys(("1006", "1008", "1009", "1010", "1011", "1018"), Verdict.CONFIGURATION),
}
_OUTCOMES = {"created": UploadOutcome.CREATED, "updated": UploadOutcome.UPDATED}
_SKIPPED = "skipped"


def speaks(operation: str, reply: Reply) -> bool:
    """Whether Marketo said it, and nobody on the way there. What is too large it says by the status alone."""
    content = reply.content
    if reply.status in {TOO_LARGE, URI_TOO_LONG}:
        # A page may be a proxy's, whose limits cost no lead. A batch is cut in two by the status, whoever says it.
        return not (reply.is_page and reply.words)
    if not isinstance(content, dict):
        return False
    if operation == OPENING:
        return reply.ok or isinstance(content.get("error"), str)
    return reply.ok or "success" in content or isinstance(content.get("errors"), list)


def judge(reply: Reply) -> Refused | None:
    """Whether the call as a whole was refused. In a success each record has its own result."""
    content = reply.content
    if reply.status in {TOO_LARGE, URI_TOO_LONG}:
        return reply.refused(
            Verdict.PERMANENT, f"http_{reply.status}", "the call is too large for Marketo"
        )
    if not isinstance(content, dict):
        return reply.refused(Verdict.AMBIGUOUS, "unreadable", "Marketo's answer is not JSON")
    errors = objects(content.get("errors"))
    # Anything less would let another server's words pass for an empty answer.
    if reply.ok and content.get("success") is True and not errors:
        return None
    code, message = _said(errors, f"http_{reply.status}", "Marketo refuses without a reason")
    if _code(errors) is None:
        # Nobody's fault is named: it is no reason to blame a lead.
        verdict = Verdict.AMBIGUOUS if reply.ok else Verdict.RETRY
        return reply.refused(verdict, code, message, throttled=reply.status == _TOO_MANY)
    verdict = verdict_of(code)
    refused = reply.refused(
        verdict,
        code,
        message,
        after=_after(code, reply.received_at),
        throttled=code in {_TOO_FAST, _TOO_MANY_AT_ONCE},
    )
    return replace(refused, complaints=complaints_of(code, message))


def judge_record(result: Any, draft: Draft, reply: Reply) -> Answer:
    """What became of one record; the first of its reasons says why not."""
    record = result if isinstance(result, dict) else {}
    status = str(record.get("status") or "").lower()
    if status in _OUTCOMES:
        return Accepted(outcome=_OUTCOMES[status], external_id=external_id(record.get("id")))
    reasons = objects(record.get("reasons"))
    if status != _SKIPPED and not reasons:
        message = "Marketo's answer does not say what became of this lead"
        return _of_record(reply.refused(Verdict.AMBIGUOUS, "unreadable", message))
    code, message = _said(reasons, _SKIPPED, "skipped without a reason")
    refused = _of_record(reply.refused(verdict_of(code), code, message))
    return replace(refused, complaints=complaints_of(code, message, draft.fields))


def is_gone(result: object) -> bool:
    """Whether a lead that was to be deleted is not there any more."""
    if not isinstance(result, dict):
        return False
    reasons = objects(result.get("reasons"))
    return str(result.get("status")).lower() == "deleted" or _said(reasons, "", "")[0] == _NOT_FOUND


def judge_token(reply: Reply) -> Refused | None:
    """Whether the identity endpoint has refused us. Its success is a secret: it is never evidence."""
    content = reply.content if isinstance(reply.content, dict) else {}
    if reply.ok:
        token = content.get("access_token")
        if isinstance(token, str) and token.isascii() and token.isprintable() and token.strip():
            return None
        return Refused(
            verdict=Verdict.RETRY,
            code="unreadable",
            message="Marketo's token answer holds no token",
            status_code=reply.status,
        )
    code = str(content.get("error") or f"http_{reply.status}")
    message = str(content.get("error_description") or f"the token endpoint said {reply.status}")
    wrong = reply.status in {400, 401, 403}
    verdict = Verdict.CREDENTIAL if wrong else Verdict.RETRY
    return reply.refused(verdict, code, message, throttled=reply.status == 429)


def verdict_of(code: str) -> Verdict:
    """By its code; what begins with a 5 or a 6 was not executed, whatever it is, and may be sent again."""
    known = _VERDICTS.get(code)
    if known:
        return known
    passing = len(code) == 3 and code[0] in "56"
    return Verdict.RETRY if passing else Verdict.PERMANENT


def until_midnight(now: datetime) -> timedelta:
    """Until the day's calls begin anew."""
    today = now.astimezone(_CENTRAL).date()
    midnight = datetime.combine(today + timedelta(days=1), time.min, tzinfo=_CENTRAL)
    # Between two times of one zone Python counts wall time, and the day may have 23 or 25 hours.
    return midnight.astimezone(now.tzinfo) - now


def _after(code: str, now: datetime) -> timedelta | None:
    if code == _QUOTA:
        return until_midnight(now) + _LATE
    return {_TOO_FAST: WINDOW, _TOO_MANY_AT_ONCE: _A_CALL}.get(code)


def _of_record(refused: Refused) -> Refused:
    """Without the answer as its evidence, which is about other leads, too."""
    return replace(refused, excerpt=None, after=None)


def _said(errors: list[Mapping[str, Any]], code: str, message: str) -> tuple[str, str]:
    first = errors[0] if errors else {}
    return _code(errors) or code, str(first.get("message") or message)


def _code(errors: list[Mapping[str, Any]]) -> str | None:
    """Codes are texts, and sometimes numbers."""
    said = errors[0].get("code") if errors else None
    number = whole(said, largest=_LARGEST_CODE)
    if number:
        return str(number)
    return said.strip() or None if isinstance(said, str) else None


def objects(value: object) -> list[Mapping[str, Any]]:
    """A list that is missing or null is an empty one; an object alone is a list of one."""
    return [each for each in listed(value) or () if isinstance(each, Mapping)]

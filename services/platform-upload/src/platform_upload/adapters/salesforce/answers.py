"""What Salesforce's answers mean (reference: contracts, section 5)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from platform_upload.adapters.reply import Reply
from platform_upload.adapters.salesforce.form import VALUE_CODES, code_of, complaints_of, field_of
from platform_upload.domain.answers import Refused, Verdict
from platform_upload.domain.drafts import Complaint

# The call that opens a session.
OPENING = "token"
SESSION_EXPIRED = "INVALID_SESSION_ID"

# The day's calls are counted over the last 24 hours, so that some come back all the time.
_QUOTA_LOOK = timedelta(minutes=15)

_QUOTA = frozenset({"REQUEST_LIMIT_EXCEEDED", "TXN_SECURITY_METERING_ERROR"})
_CONFIGURATION = frozenset(
    {
        "API_DISABLED_FOR_ORG",
        "API_CURRENTLY_DISABLED",
        "INACTIVE_OWNER_OR_USER",
        "INVALID_ASSIGNEE_TYPE",
        "INVALID_FIELD",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_TYPE",
        "OP_WITH_INVALID_USER_TYPE_EXCEPTION",
        "STORAGE_LIMIT_EXCEEDED",
    }
)
_PASSING = frozenset(
    {
        "QUERY_TIMEOUT",
        "REQUEST_RUNNING_TOO_LONG",
        "SERVER_UNAVAILABLE",
        "SYSTEM_MODSTAMP_RACE",
        "UNABLE_TO_LOCK_ROW",
        "UNKNOWN_EXCEPTION",
    }
)
# Somebody else is at the record: in a code of its own, or in the message of whatever ran into it, such as a trigger.
_LOCKED = re.compile(
    r"UNABLE_TO_LOCK_ROW|ROW_LOCK|CONCURREN|obtain exclusive access|currently being modified|ALL_OR_NONE_OPERATION"
    r"|deadlock|MODSTAMP_RACE",
    re.IGNORECASE,
)
# Beside a value, words may be the value's own: only the code is meant as one.
_LOCKED_AT_A_VALUE = re.compile("UNABLE_TO_LOCK_ROW")
# The token endpoint's words for what passes, and for what is wrong with a credential.
_TOO_OFTEN = "rate_limit_exceeded"
_TOKEN_PASSING = frozenset({_TOO_OFTEN, "server_error", "temporarily_unavailable", "unknown_error"})
_CREDENTIAL = re.compile(
    "invalid_.*|inactive_.*|unauthorized_client|unsupported_grant_type|access_denied"
)
# As a header takes it.
_TOKEN = re.compile("[!-~]+")
# Sales has gone on with the lead, or thrown it away: nothing for anybody to mend.
_CLOSED = frozenset({"CANNOT_UPDATE_CONVERTED_LEAD", "ENTITY_IS_DELETED"})


def speaks(operation: str, reply: Reply) -> bool:
    """Whether Salesforce said it, and nobody on the way there. Errors are lists, save those of the token endpoint."""
    content = reply.content
    if operation == OPENING:
        return isinstance(content, dict) and (reply.ok or isinstance(content.get("error"), str))
    if isinstance(content, list):
        first = content[0] if content else None
        return (
            reply.ok or isinstance(first, str) or (isinstance(first, dict) and "errorCode" in first)
        )
    return reply.ok and isinstance(content, dict)


def judge(reply: Reply) -> Refused | None:
    """Whether the call as a whole was refused. In a success each row has its own result."""
    if reply.ok:
        if isinstance(reply.content, list | dict):
            return None
        return reply.refused(Verdict.AMBIGUOUS, "unreadable", "Salesforce's answer is not JSON")
    code, message = _first_error(reply)
    verdict = _verdict(reply.status, code, message)
    if verdict is Verdict.QUOTA:
        return reply.refused(verdict, code, message, after=reply.retry_after or _QUOTA_LOOK)
    throttled = reply.status == 429 or code in _QUOTA
    refused = reply.refused(verdict, code, message, throttled=throttled)
    return replace(refused, complaints=_complaints(verdict, reply.content))


def judge_row(errors: object, reply: Reply) -> Refused:
    """What the errors of one row mean; the first one says it, unless the row was only locked."""
    listed = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    first = listed[0] if listed else {}
    code = str(first.get("statusCode") or "UNKNOWN")
    message = str(first.get("message") or "refused without a reason")
    verdict = Verdict.RETRY if any(map(_is_locked, listed)) else _row_verdict(code)
    refused = reply.refused(verdict, code, message)
    return Refused(
        verdict=verdict,
        code=code,
        message=refused.message,
        after=(reply.retry_after or _QUOTA_LOOK) if verdict is Verdict.QUOTA else None,
        throttled=verdict is Verdict.RETRY and code in _QUOTA,
        closed=code in _CLOSED,
        complaints=_complaints(verdict, listed),
        field=field_of(listed) if verdict is Verdict.PERMANENT else None,
    )


def judge_token(reply: Reply) -> Refused | None:
    """Whether the token endpoint has refused us. Its success is a secret: it is never evidence."""
    content = reply.content if isinstance(reply.content, dict) else {}
    if reply.status == 200:
        token = content.get("access_token")
        if isinstance(token, str) and _TOKEN.fullmatch(token) and content.get("instance_url"):
            return None
        return Refused(
            verdict=Verdict.RETRY,
            code="unreadable",
            message="Salesforce's token answer holds no token",
            status_code=200,
        )
    code = str(content.get("error") or f"http_{reply.status}")
    message = str(content.get("error_description") or f"the token endpoint said {reply.status}")
    throttled = reply.status == 429 or code == _TOO_OFTEN
    return reply.refused(_token_verdict(reply.status, code), code, message, throttled=throttled)


def _token_verdict(status: int, code: str) -> Verdict:
    if status == 429 or status >= 500 or code in _TOKEN_PASSING:
        return Verdict.RETRY
    if status == 404 or 300 <= status < 400:
        return Verdict.CONFIGURATION
    if status in {401, 403} or (status != 408 and _CREDENTIAL.fullmatch(code)):
        return Verdict.CREDENTIAL
    return Verdict.RETRY


def _complaints(verdict: Verdict, errors: object) -> tuple[Complaint, ...]:
    """What is passing is nobody's field."""
    if verdict not in {Verdict.PERMANENT, Verdict.CONFIGURATION} or not isinstance(errors, list):
        return ()
    return complaints_of(errors)


def _is_locked(error: Mapping[str, Any]) -> bool:
    code = code_of(error)
    locked = _LOCKED_AT_A_VALUE if code in VALUE_CODES else _LOCKED
    return bool(locked.search(f"{code} {error.get('message')}"))


def _verdict(status: int, code: str, message: str) -> Verdict:
    if status == 401:
        return Verdict.REAUTH_ONCE if code == SESSION_EXPIRED else Verdict.CREDENTIAL
    if status == 409 or _is_locked({"errorCode": code, "message": message}):
        # Too many at once, or somebody else at the same record: the day's calls are not used up.
        return Verdict.RETRY
    if code in _QUOTA:
        return Verdict.QUOTA
    if _is_configuration(code) or status in {403, 404}:
        return Verdict.CONFIGURATION
    if code in _PASSING or status == 429 or status >= 500:
        return Verdict.RETRY
    if status == 408:
        return Verdict.AMBIGUOUS
    return Verdict.PERMANENT


def _row_verdict(code: str) -> Verdict:
    if code in _QUOTA:
        return Verdict.QUOTA
    if code in _PASSING:
        return Verdict.RETRY
    if code == "DUPLICATE_VALUE":
        # Two workers inserted the same external id: the row is there now, and the next try updates it.
        return Verdict.RESOLVE_EXISTING
    return Verdict.CONFIGURATION if _is_configuration(code) else Verdict.PERMANENT


def _is_configuration(code: str) -> bool:
    return code in _CONFIGURATION or code.startswith("INSUFFICIENT_ACCESS")


def _first_error(reply: Reply) -> tuple[str, str]:
    errors = reply.content if isinstance(reply.content, list) else [reply.content]
    first = errors[0] if errors and isinstance(errors[0], dict) else {}
    code = str(first.get("errorCode") or f"http_{reply.status}")
    return code, str(first.get("message") or f"Salesforce answered {reply.status}")

"""What HubSpot's answers mean (reference: contracts, section 4)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from leadstream.reading import whole
from platform_upload.adapters.hubspot.complaints import PROPERTY_MISSING, complaints_of
from platform_upload.adapters.hubspot.mapping import OURS
from platform_upload.adapters.pacer import Pace
from platform_upload.adapters.reply import Reply
from platform_upload.domain.answers import Refused, Verdict

# More calls than anybody is allowed, and a day in milliseconds: a header that says more says nothing.
MOST_CALLS, A_DAY = 100_000, 86_400_000
NOT_UNIQUE = "PROPERTY_NOT_UNIQUE"
# The call that has no answer but that it was done.
ERASE = "gdpr_delete"

_LOCKED_FOR = timedelta(seconds=2)
_ROLLING_WINDOW = timedelta(seconds=10)
_MIGRATING = timedelta(minutes=15)

# HubSpot has no code for this in a plain error; the words are all there is.
_NOT_UNIQUE_WORDS = re.compile(r"non-unique \S+ property", re.IGNORECASE)

_PASSING_ITEMS = frozenset({"INTERNAL_ERROR", "LOCKED", "RATE_LIMITS", "SERVICE_UNAVAILABLE"})
# Deleted or merged between our look and our write, or made by somebody else.
_MEANWHILE = frozenset({"OBJECT_NOT_FOUND", "CONFLICT", "OBJECT_ALREADY_EXISTS"})


# Any of these is in whatever HubSpot itself says; a message is in what gateways say, too.
_ITS_WORDS = frozenset(
    {"category", "correlationId", "errorType", "errors", "policyName", "results"}
)


def speaks(operation: str, reply: Reply) -> bool:
    """Whether HubSpot said it, and nobody on the way there."""
    content = reply.content
    if operation == ERASE and reply.status == 204:
        return True
    if not isinstance(content, dict):
        return False
    return reply.ok or content.get("status") == "error" or not _ITS_WORDS.isdisjoint(content)


def judge(reply: Reply) -> Refused | None:
    """Whether the call as a whole was refused. A success may still hold errors of single items."""
    if reply.ok:
        return None if isinstance(reply.content, dict) else _unreadable(reply)
    match reply.status:
        case 401 | 403:
            return _refused(reply, Verdict.CREDENTIAL)
        case 404:
            # A batch is no single thing that could be missing: the version or the scope is wrong.
            return _refused(reply, Verdict.CONFIGURATION)
        case 423:
            after = max(reply.retry_after or _LOCKED_FOR, _LOCKED_FOR)
            return _refused(reply, Verdict.RETRY, after=after)
        case 429:
            return _over_the_limit(reply)
        case 477:
            after = reply.retry_after or _MIGRATING
            return _refused(reply, Verdict.RETRY, after=after, throttled=True)
        case 408 | 524:
            return _refused(reply, Verdict.AMBIGUOUS)
        case status if 400 <= status < 500 and status != 425:
            return _client_error(reply)
        case _:
            return _refused(reply, Verdict.RETRY)


def judge_item(error: Mapping[str, Any], reply: Reply) -> Refused:
    """What one item's error in an otherwise accepted batch means."""
    category = str(error.get("category") or "UNKNOWN")
    message = str(error.get("message") or "refused without a reason")
    if category in _PASSING_ITEMS:
        return reply.refused(Verdict.RETRY, category, message)
    if category in _MEANWHILE:
        return reply.refused(Verdict.RESOLVE_EXISTING, category, message)
    refused = reply.refused(Verdict.PERMANENT, category, message)
    return replace(refused, complaints=complaints_of(error))


def written(reply: Reply) -> Refused | None:
    """As `judge`, of a call that writes records: a conflict is somebody else's write at the same time."""
    refused = judge(reply)
    if refused and reply.status == 409:
        return replace(refused, verdict=Verdict.RESOLVE_EXISTING, complaints=())
    return refused


def announced_pace(reply: Reply) -> Pace | None:
    calls = whole(reply.headers.get("x-hubspot-ratelimit-max"), largest=MOST_CALLS)
    milliseconds = whole(
        reply.headers.get("x-hubspot-ratelimit-interval-milliseconds"), largest=A_DAY
    )
    return Pace(calls, timedelta(milliseconds=milliseconds)) if calls and milliseconds else None


def _over_the_limit(reply: Reply) -> Refused:
    if _word(reply, "policyName") == "DAILY":
        return _refused(reply, Verdict.QUOTA)
    pace = announced_pace(reply)
    after = reply.retry_after or (pace.period if pace else _ROLLING_WINDOW)
    return _refused(reply, Verdict.RETRY, after=after, throttled=True)


def _client_error(reply: Reply) -> Refused:
    content = reply.content if isinstance(reply.content, dict) else {}
    complaints = complaints_of(content)
    if {each.field for each in complaints if each.absent} & OURS or _is_nameless(content):
        return _refused(reply, Verdict.CONFIGURATION, code=PROPERTY_MISSING)
    if _NOT_UNIQUE_WORDS.search(str(content.get("message") or "")):
        return _refused(reply, Verdict.CONFIGURATION, code=NOT_UNIQUE)
    return replace(_refused(reply, Verdict.PERMANENT), complaints=complaints)


def _is_nameless(content: Mapping[str, Any]) -> bool:
    """Whether a property is missing, and HubSpot does not say which."""
    details = content.get("errors")
    listed = [each for each in details if _is_object(each)] if isinstance(details, list) else []
    missing = any(each.get("code") == PROPERTY_MISSING for each in listed)
    return missing and not any(each.field for each in complaints_of(content))


def _refused(
    reply: Reply,
    verdict: Verdict,
    *,
    code: str | None = None,
    after: timedelta | None = None,
    throttled: bool = False,
) -> Refused:
    said = _word(reply, "policyName") or _word(reply, "category") or _word(reply, "errorType")
    message = _word(reply, "message") or f"HubSpot answered {reply.status}"
    return reply.refused(
        verdict,
        code or said or f"http_{reply.status}",
        message,
        after=after,
        throttled=throttled,
    )


def _unreadable(reply: Reply) -> Refused:
    return reply.refused(Verdict.AMBIGUOUS, "unreadable", "HubSpot's answer is not JSON")


def _word(reply: Reply, name: str) -> str | None:
    found = reply.content.get(name) if isinstance(reply.content, dict) else None
    return found if isinstance(found, str) and found else None


def _is_object(value: object) -> bool:
    return isinstance(value, dict)

"""What HubSpot's answers mean (reference: contracts, section 4)."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from platform_upload.adapters.exchange import Reply
from platform_upload.adapters.pacer import Pace
from platform_upload.domain.answers import Refused, Verdict

PROPERTY_MISSING = "PROPERTY_DOESNT_EXIST"
NOT_UNIQUE = "PROPERTY_NOT_UNIQUE"

_LOCKED_FOR = timedelta(seconds=2)
_ROLLING_WINDOW = timedelta(seconds=10)
_MIGRATING = timedelta(minutes=15)

# HubSpot has no code for these two in a plain error; the words are all there is.
_MISSING_WORDS = re.compile(r'Property ".+" does not exist', re.IGNORECASE)
_NOT_UNIQUE_WORDS = re.compile(r"non-unique \S+ property", re.IGNORECASE)

_PASSING_ITEMS = frozenset({"INTERNAL_ERROR", "LOCKED", "RATE_LIMITS", "SERVICE_UNAVAILABLE"})


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
    if category == "OBJECT_NOT_FOUND":
        # Deleted or merged between our look and our write.
        return reply.refused(Verdict.RESOLVE_EXISTING, category, message)
    return reply.refused(Verdict.PERMANENT, category, message)


def announced_pace(reply: Reply) -> Pace | None:
    try:
        calls = int(reply.headers["x-hubspot-ratelimit-max"])
        milliseconds = int(reply.headers["x-hubspot-ratelimit-interval-milliseconds"])
    except (KeyError, ValueError):
        return None
    return Pace(calls, timedelta(milliseconds=milliseconds))


def _over_the_limit(reply: Reply) -> Refused:
    if _word(reply, "policyName") == "DAILY":
        return _refused(reply, Verdict.QUOTA)
    pace = announced_pace(reply)
    after = reply.retry_after or (pace.period if pace else _ROLLING_WINDOW)
    return _refused(reply, Verdict.RETRY, after=after, throttled=True)


def _client_error(reply: Reply) -> Refused:
    content = reply.content if isinstance(reply.content, dict) else {}
    codes = {str(each.get("code")) for each in content.get("errors") or () if _is_object(each)}
    message = str(content.get("message") or "")
    if PROPERTY_MISSING in codes or _MISSING_WORDS.search(message):
        return _refused(reply, Verdict.CONFIGURATION, code=PROPERTY_MISSING)
    if _NOT_UNIQUE_WORDS.search(message):
        return _refused(reply, Verdict.CONFIGURATION, code=NOT_UNIQUE)
    return _refused(reply, Verdict.PERMANENT)


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

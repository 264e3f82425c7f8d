"""What Wealthbox's answers mean (reference: platforms, section 2.1)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from leadstream.reading import spoken
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.wealthbox.complaints import complaints_of, is_taken
from platform_upload.domain.answers import Refused, Verdict

# What is for a person there to put right.
RESOLVE = "resolve_manual"

# Retry-After is not always one there.
_PACE_WAIT = timedelta(seconds=5)
_CREDENTIAL = frozenset({401, 402, 403})


def speaks(operation: str, reply: Reply) -> bool:
    """Whether Wealthbox said it, and nobody on the way there."""
    content = reply.content
    if not isinstance(content, dict):
        return False
    return reply.ok or "error" in content or "errors" in content


def judge(reply: Reply) -> Refused | None:
    """Whether a call was refused."""
    if reply.ok:
        return None if isinstance(reply.content, dict) else unreadable(reply)
    match reply.status:
        case status if status in _CREDENTIAL:
            return _refused(reply, Verdict.CREDENTIAL)
        case 404 | 405 | 406 | 415:
            return _refused(reply, Verdict.CONFIGURATION)
        case 408:
            return _refused(reply, Verdict.AMBIGUOUS)
        case 422:
            return _invalid(reply)
        case 429:
            after = reply.retry_after or _PACE_WAIT
            return _refused(reply, Verdict.RETRY, after=after, throttled=True)
        case status if 400 <= status < 500 and status not in {409, 423, 425}:
            return _refused(reply, Verdict.PERMANENT)
        case _:
            return _refused(reply, Verdict.RETRY)


def unreadable(reply: Reply) -> Refused:
    return reply.refused(Verdict.AMBIGUOUS, "unreadable", "Wealthbox's answer is not as agreed")


def several(ids: list[str]) -> Refused:
    """Two records are a person's to make one of; a third would only be one more."""
    listed = ", ".join(ids)
    return Refused(
        verdict=Verdict.PERMANENT,
        code=RESOLVE,
        message=f"Wealthbox has {len(ids)} contacts under one id of ours, {listed}: merge or delete all but one"
        " there, then run it again",
    )


def _invalid(reply: Reply) -> Refused:
    if is_taken(reply.content):
        # Somebody has made the record meanwhile: the next look finds it.
        return _refused(reply, Verdict.RETRY)
    return replace(_refused(reply, Verdict.PERMANENT), complaints=complaints_of(reply.content))


def _refused(
    reply: Reply, verdict: Verdict, *, after: timedelta | None = None, throttled: bool = False
) -> Refused:
    content = reply.content if isinstance(reply.content, dict) else {}
    message = spoken(content) or _listed(content) or f"Wealthbox answered {reply.status}"
    return reply.refused(verdict, f"http_{reply.status}", message, after=after, throttled=throttled)


def _listed(content: Mapping[str, Any]) -> str | None:
    return str(content.get("errors") or content.get("error") or "") or None

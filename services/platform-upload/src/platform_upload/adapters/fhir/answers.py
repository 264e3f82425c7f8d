"""What a FHIR server's answers mean (reference: platforms, section 2.2)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from leadstream.reading import word
from platform_upload.adapters.fhir.paths import paths_in
from platform_upload.adapters.reply import Reply
from platform_upload.domain.answers import Refused, Verdict
from platform_upload.domain.drafts import Complaint

# Calls that are not FHIR, but OAuth.
DISCOVERY, OPENING = "discover", "token"
SEVERAL = "multiple-matches"

_TOO_LARGE = 413
_SPOILT = frozenset({400, 422, _TOO_LARGE})
_PASSING_WORDS = frozenset(
    {"throttled", "transient", "timeout", "lock_error", "exception", "incomplete", "conflict"}
)
# The issue is with a value, whatever it is.
_OF_VALUES = frozenset(
    {
        *("invalid", "structure", "required", "value", "invariant", "processing", "code_invalid"),
        *("extension", "too_long", "business_rule", "not_found"),
    }
)
_GRAVE = frozenset({"error", "fatal"})
# The token endpoint's words for what passes.
_TOKEN_PASSING = frozenset({"server_error", "temporarily_unavailable", "slow_down"})
_CREDENTIAL = frozenset(
    {"access_denied", "invalid_client", "invalid_grant", "unauthorized_client", "invalid_request"}
)
_TOKEN = re.compile("[!-~]+")


def speaks(operation: str, reply: Reply) -> bool:
    """Whether the server said it, and nobody on the way there.

    Refusals of the caller, and a condition that failed, come without an outcome from some.
    """
    content = reply.content
    if operation == DISCOVERY:
        # That there is none is said in any words.
        return isinstance(content, dict) or (reply.status in (404, 410) and not reply.is_page)
    if operation == OPENING:
        return isinstance(content, dict) and (reply.ok or isinstance(content.get("error"), str))
    if isinstance(content, dict) and "resourceType" in content:
        return True
    if reply.is_page:
        return False
    if reply.status == 412:
        return True
    refuses = reply.status in (401, 403)
    return refuses and (isinstance(content, dict) or "www-authenticate" in reply.headers)


def judge(reply: Reply, *, by_id: bool = False) -> Refused | None:
    """What an answer, or that of one entry of a batch, says of what was asked; None is success.

    `by_id` is of a write to a resource that was there when we looked.
    """
    if reply.ok:
        return None
    issue = _first_issue(reply)
    code = str(issue.get("code") or f"http_{reply.status}")
    verdict = _verdict(reply.status, word(code) or "", by_id=by_id)
    throttled = reply.status == 429
    refused = reply.refused(verdict, code, _said(issue, reply), throttled=throttled)
    complaints = complaints_of(reply) if reply.status in _SPOILT else ()
    return replace(refused, complaints=complaints)


def judge_token(reply: Reply) -> Refused | None:
    """Whether the token endpoint has refused us. Its success is a secret: it is never evidence."""
    content = reply.content if isinstance(reply.content, dict) else {}
    if reply.ok:
        token = content.get("access_token")
        if isinstance(token, str) and _TOKEN.fullmatch(token):
            return None
        return Refused(
            verdict=Verdict.RETRY,
            code="unreadable",
            message="the token answer holds no token",
            status_code=reply.status,
        )
    code = str(content.get("error") or f"http_{reply.status}")
    message = str(content.get("error_description") or f"the token endpoint said {reply.status}")
    verdict = _token_verdict(reply.status, code)
    return reply.refused(verdict, code, message, throttled=reply.status == 429)


def _token_verdict(status: int, code: str) -> Verdict:
    if status in {408, 425, 429} or status >= 500 or code in _TOKEN_PASSING:
        return Verdict.RETRY
    if code in _CREDENTIAL or status in {401, 403}:
        return Verdict.CREDENTIAL
    # A scope that it has not, a grant that it doesn't know, no endpoint at all.
    return Verdict.CONFIGURATION


def complaints_of(reply: Reply) -> tuple[Complaint, ...]:
    """One for each place that the outcome's issues are about, by its path in the resource."""
    issues = [each for each in _issues(reply) if word(each.get("severity")) in _GRAVE]
    found = [each for issue in issues for each in _complaints(issue)]
    named = [each for each in found if each.field is not None]
    return tuple(named or found)


def _complaints(issue: Mapping[str, Any]) -> list[Complaint]:
    code, message = str(issue.get("code") or "invalid"), _words(issue) or ""
    paths = paths_in(issue, message)
    if not paths and word(code) not in _OF_VALUES:
        return []
    return [Complaint(field=path, code=code, message=message) for path in paths or (None,)]


def _verdict(status: int, code: str, *, by_id: bool) -> Verdict:
    if status in _VERDICTS:
        return _VERDICTS[status]
    if status == 412:
        return Verdict.RESOLVE_EXISTING if by_id else Verdict.PERMANENT
    if status in {404, 410}:
        # What was there when we looked is gone; a resource type that is not there is another matter.
        return Verdict.RESOLVE_EXISTING if by_id else Verdict.CONFIGURATION
    if status >= 500 or 300 <= status < 400:
        return Verdict.CONFIGURATION if code == "not_supported" else Verdict.RETRY
    if code in _PASSING_WORDS:
        return Verdict.RETRY
    return Verdict.CONFIGURATION if code == "not_supported" else Verdict.PERMANENT


_VERDICTS = {
    401: Verdict.REAUTH_ONCE,
    403: Verdict.CREDENTIAL,
    405: Verdict.CONFIGURATION,
    406: Verdict.CONFIGURATION,
    408: Verdict.AMBIGUOUS,
    409: Verdict.RETRY,
    415: Verdict.CONFIGURATION,
    425: Verdict.RETRY,
    428: Verdict.CONFIGURATION,
    429: Verdict.RETRY,
    501: Verdict.CONFIGURATION,
    504: Verdict.AMBIGUOUS,
}


def _said(issue: Mapping[str, Any], reply: Reply) -> str:
    return _words(issue) or f"the FHIR server answered {reply.status}"


def _words(issue: Mapping[str, Any]) -> str | None:
    """The server's words, which are in one place or another."""
    details = issue.get("details")
    text = details.get("text") if isinstance(details, Mapping) else None
    said = [each for each in (issue.get("diagnostics"), text) if isinstance(each, str) and each]
    return said[0] if said else None


def _first_issue(reply: Reply) -> Mapping[str, Any]:
    issues = _issues(reply)
    grave = (each for each in issues if word(each.get("severity")) in _GRAVE)
    return next(grave, issues[0] if issues else {})


def _issues(reply: Reply) -> list[Mapping[str, Any]]:
    issues = reply.content.get("issue") if isinstance(reply.content, dict) else None
    if isinstance(issues, Mapping):
        issues = [issues]
    return (
        [each for each in issues if isinstance(each, Mapping)] if isinstance(issues, list) else []
    )

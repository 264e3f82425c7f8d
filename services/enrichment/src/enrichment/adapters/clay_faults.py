"""What a call to Clay that brought no answer means for the attempt.

400/422 permanent, 401/403 a refused key, 402 no credits left, 429 too fast, 408/425/5xx passing; and so is whatever is
not Clay's own answer. 404 is about the URL: of nobody it says that he is unknown.
"""

from datetime import datetime, timedelta
from typing import Final

import httpx

from enrichment.application.ports import RATE_LIMITED, CallFault
from enrichment.domain.days import start_of_next_day
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    UnsafeUrlError,
    asked_wait,
    is_foreign,
    words_of,
)
from leadstream.jobs.model import Failed, Held, Problem, Retry

SCOPE: Final = "provider:clay"
EXCERPT: Final = 500
# A 429 that doesn't say how long.
DEFAULT_REST: Final = timedelta(seconds=10)
# A mended key or URL is noticed soon, a wrong one is not tried with every lead.
MENDING_REST: Final = timedelta(minutes=5)

_PASSING: Final = frozenset({404, 405, 408, 410, 425})
# A gateway gave up waiting: what stands behind it may have done the work.
_AMBIGUOUS: Final = frozenset({504, 524})


def fault_of_exception(
    exc: NotSentError | AmbiguousError | UnsafeUrlError, operation: str
) -> CallFault:
    message = f"clay {operation}: {exc}"
    if isinstance(exc, UnsafeUrlError):
        return CallFault(Failed(problem=Problem(error_class="unsafe_url", message=message)))
    if isinstance(exc, NotSentError):
        return CallFault(Retry(problem=Problem(error_class="not_sent", message=message)))
    problem = Problem(error_class="no_answer", message=message, status_code=exc.status_code)
    return CallFault(Retry(problem=problem, ambiguous=True))


def malformed(reason: str) -> CallFault:
    """It was answered, and may have been paid for; there is nothing in it to be used."""
    problem = Problem(error_class="malformed_answer", message=f"clay: {reason}", status_code=200)
    return CallFault(Retry(problem=problem, ambiguous=True))


def misplaced(response: httpx.Response, operation: str, *, now: datetime) -> CallFault:
    """The API is not at this URL."""
    return _held(response, operation, "misconfigured", now + MENDING_REST)


def fault_of_status(response: httpx.Response, operation: str, *, now: datetime) -> CallFault:
    status = response.status_code
    wait = asked_wait(status, response.headers, now=now)
    if status == 429:
        return _held(response, operation, RATE_LIMITED, now + (wait or DEFAULT_REST))
    if status in _AMBIGUOUS:
        problem = _problem(response, operation, "no_answer")
        return CallFault(Retry(problem=problem, after=wait, ambiguous=True))
    if is_foreign(response):
        problem = _problem(response, operation, "foreign_answer")
        return CallFault(Retry(problem=problem, after=wait))
    if status == 402:
        until = now + wait if wait else start_of_next_day(now)
        return _held(response, operation, "quota_exhausted", until)
    if status in {401, 403}:
        return _held(response, operation, "credential_refused", now + MENDING_REST)
    if status in _PASSING or status >= 500:
        return CallFault(Retry(problem=_problem(response, operation, "provider_error"), after=wait))
    return CallFault(Failed(problem=_problem(response, operation, "provider_refused")))


def _held(response: httpx.Response, operation: str, reason: str, until: datetime) -> CallFault:
    problem = _problem(response, operation, reason)
    return CallFault(Held(scope=SCOPE, reason=reason, problem=problem, until=until))


def _problem(response: httpx.Response, operation: str, error_class: str) -> Problem:
    return Problem(
        error_class=error_class,
        message=f"clay {operation}: answered {response.status_code}",
        status_code=response.status_code,
        excerpt=words_of(response, EXCERPT),
    )

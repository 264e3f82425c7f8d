"""What a call to a provider that brought no answer means for the attempt.

Whatever is not the provider's own answer is passing, whatever its status. Of its own, the tables below say which is
about this request, which about the key, and which about every call.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import quote

import httpx

from enrichment.application.ports import RATE_LIMITED, CallFault
from enrichment.domain.days import start_of_next_day
from leadstream.accounts import Account
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    UnsafeUrlError,
    asked_wait,
    is_foreign,
    words_of,
)
from leadstream.jobs.model import Failed, Held, Problem, Retry

EXCERPT: Final = 500
# A mended key or URL is noticed soon, a wrong one is not tried with every lead.
MENDING_REST: Final = timedelta(minutes=5)


class Meaning(StrEnum):
    """What an answer is about, in the words that pauses and the run history have for it."""

    # Every call with this key, until later.
    TOO_FAST = RATE_LIMITED
    QUOTA = "quota_exhausted"
    # Every call with this key, until somebody mends it.
    KEY = "credential_refused"
    SET_UP = "misconfigured"
    # This call, for now.
    PASSING = "provider_error"
    # This call; a gateway gave up waiting, and what stands behind it may have done the work.
    GAVE_UP = "no_answer"
    # This call, for good.
    REFUSED = "provider_refused"


_COMMON: Final = {
    **dict.fromkeys((404, 405, 408, 410, 425), Meaning.PASSING),
    **dict.fromkeys((401, 403), Meaning.KEY),
    402: Meaning.QUOTA,
    429: Meaning.TOO_FAST,
    **dict.fromkeys((504, 524), Meaning.GAVE_UP),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """What a provider does otherwise than most."""

    meanings: Mapping[int, Meaning] = field(default_factory=dict)
    # For who is too fast and is not told how long to wait.
    rest: timedelta = timedelta(seconds=10)
    # The longest that it says is believed.
    longest_rest: timedelta = timedelta(days=1)


_USUAL: Final = Manners()
MANNERS: Final[Mapping[str, Manners]] = {
    # Calls are counted by windows of a minute.
    "people_data_labs": Manners(rest=timedelta(minutes=1)),
    # They count by the second and by the minute, and say nothing of when to come again.
    "hunter": Manners(
        meanings={403: Meaning.TOO_FAST, 429: Meaning.QUOTA},
        rest=timedelta(minutes=1),
        longest_rest=timedelta(minutes=1),
    ),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A call: with whose key, and for what."""

    account: Account
    operation: str
    # Whom it is about, if somebody: who is refused is often told what was asked.
    about: str | None = None

    def __str__(self) -> str:
        return f"{self.account.provider} {self.operation}"


def fault_of_exception(
    exc: NotSentError | AmbiguousError | UnsafeUrlError, asked: Asked
) -> CallFault:
    message = f"{asked}: {exc}"
    if isinstance(exc, UnsafeUrlError):
        return CallFault(Failed(problem=Problem(error_class="unsafe_url", message=message)))
    if isinstance(exc, NotSentError):
        return CallFault(Retry(problem=Problem(error_class="not_sent", message=message)))
    problem = Problem(error_class="no_answer", message=message, status_code=exc.status_code)
    return CallFault(Retry(problem=problem, ambiguous=True))


def malformed(reason: str, asked: Asked) -> CallFault:
    """It was answered, and may have been paid for; there is nothing in it to be used."""
    problem = Problem(error_class="malformed_answer", message=f"{asked}: {reason}", status_code=200)
    return CallFault(Retry(problem=problem, ambiguous=True))


def misplaced(response: httpx.Response, asked: Asked, *, now: datetime) -> CallFault:
    """The API is not at this URL."""
    return held(response, asked, Meaning.SET_UP, until=now + MENDING_REST)


def fault_of_status(
    response: httpx.Response, asked: Asked, *, now: datetime, meaning: Meaning | None = None
) -> CallFault:
    """`meaning` is what the adapter has read in the answer, where the status alone does not tell."""
    manners = MANNERS.get(asked.account.provider, _USUAL)
    meaning = meaning or meaning_of(response.status_code, manners)
    wait = asked_wait(response.status_code, response.headers, now=now)
    if meaning is not Meaning.GAVE_UP and is_foreign(response):
        if response.status_code != 429:
            problem = problem_of(response, asked, "foreign_answer")
            return CallFault(Retry(problem=problem, after=wait))
        # It is true whoever says so.
        meaning = Meaning.TOO_FAST
    match meaning:
        case Meaning.TOO_FAST:
            return held(
                response,
                asked,
                meaning,
                until=now + min(wait or manners.rest, manners.longest_rest),
            )
        case Meaning.QUOTA:
            until = now + wait if wait else start_of_next_day(now)
            return held(response, asked, meaning, until=until)
        case Meaning.KEY | Meaning.SET_UP:
            return held(response, asked, meaning, until=now + MENDING_REST)
        case Meaning.PASSING:
            return CallFault(Retry(problem=problem_of(response, asked, meaning), after=wait))
        case Meaning.GAVE_UP:
            problem = problem_of(response, asked, meaning)
            return CallFault(Retry(problem=problem, after=wait, ambiguous=True))
        case Meaning.REFUSED:
            return CallFault(Failed(problem=problem_of(response, asked, meaning)))


def meaning_of(status: int, manners: Manners) -> Meaning:
    unknown = Meaning.PASSING if status >= 500 else Meaning.REFUSED
    return manners.meanings.get(status) or _COMMON.get(status, unknown)


def held(response: httpx.Response, asked: Asked, meaning: Meaning, *, until: datetime) -> CallFault:
    """Hold whatever is asked with this key; nothing was paid."""
    problem = problem_of(response, asked, meaning)
    scope = asked.account.scope
    return CallFault(Held(scope=scope, reason=meaning.value, problem=problem, until=until))


def problem_of(response: httpx.Response, asked: Asked, error_class: str) -> Problem:
    return Problem(
        error_class=str(error_class),
        message=f"{asked}: answered {response.status_code}",
        status_code=response.status_code,
        excerpt=_excerpt(response, asked),
    )


def _excerpt(response: httpx.Response, asked: Asked) -> str:
    # Cut last: half an address would not be known as one.
    words = words_of(response, 4 * EXCERPT)
    if asked.about is not None:
        for written in {quote(asked.about, safe=safe) for safe in ("", "@")} | {asked.about}:
            words = re.sub(re.escape(written), "…", words, flags=re.IGNORECASE)
    return words[:EXCERPT].strip()

"""What the APIs of intent sources have in common: a call, and what an answer without companies means."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

import httpx

from discovery.application.ports import Fault
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    ProviderClient,
    asked_wait,
    document_of,
    is_foreign,
    words_of,
)
from leadstream.jobs.model import Failed, Held, Problem, Retry
from leadstream.observability.redact import Redactor
from leadstream.reading import NotJsonError, spoken, word

# Without a Retry-After: long enough to matter, short enough to cost little if one call was a fluke.
REST: Final = timedelta(seconds=30)
# A key or a URL that was put right is noticed within this time, without anybody lifting a pause.
MENDING_REST: Final = timedelta(minutes=5)
READ, EXCERPT = 4_000, 500
# In place of a document: it holds no list, and speaks of no fault.
_NOT_JSON: Final = "not JSON"
# Not done yet; and what passes.
_PASSING: Final = frozenset({202, 404, 405, 408, 410, 425})
_QUOTA_CODES: Final = frozenset(
    {"quota_exceeded", "quota_exhausted", "credits_exhausted", "insufficient_credits"}
)


class IntentApi:
    def __init__(self, client: ProviderClient, clock: Clock, *, provider: str) -> None:
        self._client = client
        self._clock = clock
        self._provider = provider

    @property
    def now(self) -> datetime:
        return self._clock.now()

    async def get(
        self, operation: str, request: httpx.Request, *, deadline: timedelta
    ) -> httpx.Response | Retry:
        try:
            return await self._client.call(self._provider, operation, request, deadline=deadline)
        except NotSentError as exc:
            return Retry(problem=Problem(error_class="not_sent", message=str(exc)))
        except AmbiguousError as exc:
            # A search changes nothing: it may be asked again freely.
            problem = Problem(
                error_class="no_answer", message=str(exc), status_code=exc.status_code
            )
            return Retry(problem=problem)

    def refused(
        self,
        response: httpx.Response,
        account: Account,
        *,
        passing: Collection[int] = _PASSING,
    ) -> Fault:
        """What a status that is no success means."""
        status, now, code = response.status_code, self.now, code_of(response)
        wait = asked_wait(status, response.headers, now=now)
        foreign = is_foreign(response)
        if status == 429 and code not in _QUOTA_CODES:
            return self.held("rate_limited", now + (wait or REST), response, account)
        if status in passing or status >= 500 or foreign:
            # What is not the provider's own answer says nothing about the search, or the key.
            error_class = "foreign_answer" if foreign else "provider_error"
            problem = self.problem(error_class, f"answered {status}", response, account)
            return Retry(problem=problem, after=wait)
        if status == 402 or code in _QUOTA_CODES:
            until = now + wait if wait else _next_midnight(now)
            return self.held("quota_exhausted", until, response, account)
        if status in {401, 403}:
            return self.held("credential_refused", now + MENDING_REST, response, account)
        return Failed(problem=self.problem("refused", f"answered {status}", response, account))

    def unread(self, response: httpx.Response, account: Account, *, wanted: str) -> Retry | Held:
        """It was answered well, but with something else than companies."""
        if code_of(response) in _QUOTA_CODES:
            return self.held("quota_exhausted", _next_midnight(self.now), response, account)
        problem = self.problem("malformed_answer", f"no list of {wanted}", response, account)
        return Retry(problem=problem)

    def elsewhere(self, response: httpx.Response) -> Held:
        """The API is not at its URL, whoever asks."""
        account = Account(provider=self._provider)
        return self.held("misconfigured", self.now + MENDING_REST, response, account)

    def held(
        self, reason: str, until: datetime, response: httpx.Response, account: Account
    ) -> Held:
        problem = self.problem(reason, f"answered {response.status_code}", response, account)
        return Held(scope=account.scope, reason=reason, until=until, problem=problem)

    def problem(
        self, error_class: str, message: str, response: httpx.Response, account: Account
    ) -> Problem:
        return Problem(
            error_class=error_class,
            message=f"{self._provider}: {message}",
            status_code=response.status_code,
            excerpt=_excerpt(response, account),
        )


def read_document(response: httpx.Response) -> Any:
    """The JSON of an answer, or a text that holds nothing."""
    try:
        return document_of(response)
    except NotJsonError:
        return _NOT_JSON


def code_of(response: httpx.Response) -> str | None:
    return word(spoken(read_document(response)))


def _excerpt(response: httpx.Response, account: Account) -> str | None:
    redactor = Redactor(list(account.credentials.values()))
    # Cut last: half a secret would not be known as one.
    return redactor.text(words_of(response, READ))[:EXCERPT] or None


def _next_midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)

"""DataShopper: companies that show intent for a topic."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from discovery.adapters.items import read_answer
from discovery.application.ports import Answer, SearchOutcome
from discovery.domain.company import DomainOf
from discovery.domain.search import Filters, search_parameters
from leadstream.clock import Clock
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    ProviderClient,
    Whereabouts,
    asked_wait,
    document_of,
    expect_calls,
    is_foreign,
    words_of,
)
from leadstream.jobs.model import Failed, Held, Problem, Retry
from leadstream.observability.redact import Redactor
from leadstream.reading import NotJsonError, entries, spoken, word

PROVIDER = "datashopper"
SCOPE = f"provider:{PROVIDER}"
# Without a Retry-After: long enough to matter, short enough to cost little if one call was a fluke.
REST = timedelta(seconds=30)
# A key or a URL that was put right is noticed within this time, without anybody lifting a pause.
MENDING_REST = timedelta(minutes=5)
READ, EXCERPT = 4_000, 500
# In place of a document: it holds no list, and speaks of no fault.
_NOT_JSON = "not JSON"
# Not done yet; and what passes.
_RETRYABLE = frozenset({202, 404, 405, 408, 410, 425})
_QUOTA_CODES = frozenset(
    {"quota_exceeded", "quota_exhausted", "credits_exhausted", "insufficient_credits"}
)

expect_calls(PROVIDER, "search")


class DataShopper:
    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        *,
        base_url: str,
        api_key: str,
        deadline: timedelta,
        domain_of: DomainOf,
    ) -> None:
        self._client = client
        self._clock = clock
        self._url = f"{base_url.rstrip('/')}/companies/search"
        self._headers = {"authorization": f"Bearer {api_key}", "accept": "application/json"}
        self._redactor = Redactor([api_key])
        self._deadline = deadline
        self._domain_of = domain_of
        self._whereabouts = Whereabouts()

    async def search(self, topic: str, filters: Filters) -> SearchOutcome:
        parameters = httpx.QueryParams(tuple(search_parameters(topic, filters)))
        request = httpx.Request("GET", self._url, params=parameters, headers=self._headers)
        try:
            response = await self._client.call(PROVIDER, "search", request, deadline=self._deadline)
        except NotSentError as exc:
            return Retry(problem=Problem(error_class="not_sent", message=str(exc)))
        except AmbiguousError as exc:
            # A search changes nothing: it may be asked again freely.
            problem = Problem(
                error_class="no_answer", message=str(exc), status_code=exc.status_code
            )
            return Retry(problem=problem)
        return self._read(response)

    def _read(self, response: httpx.Response) -> SearchOutcome:
        if self._whereabouts.is_elsewhere(response):
            return self._held("misconfigured", self._clock.now() + MENDING_REST, response)
        document = _document(response)
        if not response.is_success or response.status_code == 202:
            return self._refused(response, _code(document))
        items = entries(document, "results")
        if items is None:
            return self._unread(response, _code(document))
        return Answer(read_answer(items, self._domain_of))

    def _unread(self, response: httpx.Response, code: str | None) -> Retry | Held:
        """It was answered well, but with something else than companies."""
        if code in _QUOTA_CODES:
            return self._held("quota_exhausted", _next_midnight(self._clock.now()), response)
        return Retry(problem=self._problem("malformed_answer", "no list of results", response))

    def _refused(self, response: httpx.Response, code: str | None) -> Retry | Failed | Held:
        status, now = response.status_code, self._clock.now()
        wait = asked_wait(status, response.headers, now=now)
        foreign = is_foreign(response)
        if status == 429 and code not in _QUOTA_CODES:
            return self._held("rate_limited", now + (wait or REST), response)
        if status in _RETRYABLE or status >= 500 or foreign:
            # What is not DataShopper's own answer says nothing about the search, or the key.
            error_class = "foreign_answer" if foreign else "provider_error"
            problem = self._problem(error_class, f"answered {status}", response)
            return Retry(problem=problem, after=wait)
        if status == 402 or code in _QUOTA_CODES:
            until = now + wait if wait else _next_midnight(now)
            return self._held("quota_exhausted", until, response)
        if status in {401, 403}:
            return self._held("credential_refused", now + MENDING_REST, response)
        return Failed(problem=self._problem("refused", f"answered {status}", response))

    def _held(self, reason: str, until: datetime, response: httpx.Response) -> Held:
        problem = self._problem(reason, f"answered {response.status_code}", response)
        return Held(scope=SCOPE, reason=reason, until=until, problem=problem)

    def _problem(self, error_class: str, message: str, response: httpx.Response) -> Problem:
        return Problem(
            error_class=error_class,
            message=f"{PROVIDER}: {message}",
            status_code=response.status_code,
            excerpt=self._excerpt(response),
        )

    def _excerpt(self, response: httpx.Response) -> str | None:
        # Cut last: half a secret would not be known as one.
        return self._redactor.text(words_of(response, READ))[:EXCERPT] or None


def _document(response: httpx.Response) -> Any:
    try:
        return document_of(response)
    except NotJsonError:
        return _NOT_JSON


def _code(document: Any) -> str | None:
    return word(spoken(document))


def _next_midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)

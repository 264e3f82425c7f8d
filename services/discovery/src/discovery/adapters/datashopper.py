"""DataShopper: companies that show intent for a topic."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import httpx

from discovery.adapters.json_answer import read_json
from discovery.application.ports import Answer, SearchOutcome
from discovery.domain.items import clean
from discovery.domain.search import Filters, search_parameters
from leadstream.clock import Clock
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    ProviderClient,
    expect_calls,
    parse_retry_after,
)
from leadstream.jobs.model import Failed, Held, Problem, Retry
from leadstream.observability.redact import Redactor

PROVIDER = "datashopper"
SCOPE = f"provider:{PROVIDER}"
# Without a Retry-After: long enough to matter, short enough to cost little if one call was a fluke.
REST = timedelta(seconds=30)
# A key that was put right is noticed within this time, without anybody lifting a pause.
KEY_REST = timedelta(minutes=5)
READ, EXCERPT = 4_000, 500
_RETRYABLE = frozenset({408, 425})
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
    ) -> None:
        self._client = client
        self._clock = clock
        self._url = f"{base_url.rstrip('/')}/companies/search"
        self._headers = {"authorization": f"Bearer {api_key}", "accept": "application/json"}
        self._redactor = Redactor([api_key])
        self._deadline = deadline

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
        body = _parse(response)
        if response.status_code != 200:
            return self._refused(response, _error_code(body))
        results = body.get("results") if isinstance(body, dict) else None
        if not isinstance(results, list):
            return Retry(problem=self._problem("malformed_answer", "no list of results", response))
        return Answer(results)

    def _refused(self, response: httpx.Response, code: str | None) -> Retry | Failed | Held:
        status = response.status_code
        now = self._clock.now()
        wait = parse_retry_after(response.headers.get("retry-after"), now=now)
        if status == 402 or code in _QUOTA_CODES:
            until = now + wait if wait else _next_midnight(now)
            return self._held("quota_exhausted", until, response)
        if status == 429:
            return self._held("rate_limited", now + (wait or REST), response)
        if status in {401, 403}:
            return self._held("credential_refused", now + KEY_REST, response)
        if status in _RETRYABLE or status >= 500:
            problem = self._problem("provider_error", f"answered {status}", response)
            return Retry(problem=problem, after=wait)
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
        return self._redactor.text(clean(response.text[:READ]))[:EXCERPT] or None


def _parse(response: httpx.Response) -> Any:
    try:
        return read_json(response.content)
    except ValueError:
        return None


def _error_code(body: Any) -> str | None:
    """Both shapes are in use: `{"error": {"code"}}` and `{"code", "message"}`."""
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else body.get("code")
    return code if isinstance(code, str) else None


def _next_midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)

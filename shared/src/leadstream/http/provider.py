import asyncio
import time
from datetime import timedelta

import httpx

from leadstream.failpoints import failpoint_later
from leadstream.http.body import WHOLE, BodyRule
from leadstream.http.client import HttpClient
from leadstream.http.errors import AmbiguousError, NotSentError
from leadstream.http.traced import begin_call, end_call
from leadstream.observability import tracing
from leadstream.observability.metrics import (
    PROVIDER_REQUEST_DURATION_SECONDS,
    PROVIDER_REQUESTS_TOTAL,
    start_at_zero,
)
from leadstream.urls import UnsafeUrlError

# Long enough for a request to be at the provider, shorter than any provider takes to answer.
UNDER_WAY_SECONDS = 0.1


class ProviderClient:
    """An HttpClient whose every call is counted and timed under a provider's name and an operation's."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    async def call(
        self,
        provider: str,
        operation: str,
        request: httpx.Request,
        *,
        deadline: timedelta | None = None,
        body: BodyRule = WHOLE,
    ) -> httpx.Response:
        """Send once, as `HttpClient.send` does."""
        started = time.monotonic()
        outcome, status = "error", 0
        tracer = tracing.active()
        span = begin_call(tracer, provider, operation, request.method) if tracer else None
        failpoint_later("call_sent", UNDER_WAY_SECONDS)
        try:
            response = await self._http.send(request, deadline=deadline, body=body)
            status = response.status_code
            outcome = outcome_of(status)
            return response
        except (NotSentError, AmbiguousError, UnsafeUrlError) as exc:
            outcome = _FAULTS[type(exc)]
            raise
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            if span:
                end_call(span, outcome, status)
            PROVIDER_REQUESTS_TOTAL.labels(provider, operation, outcome).inc()
            duration = PROVIDER_REQUEST_DURATION_SECONDS.labels(provider, operation)
            duration.observe(time.monotonic() - started)


_FAULTS = {NotSentError: "not_sent", AmbiguousError: "ambiguous", UnsafeUrlError: "refused"}
_CLASSES = {2: "success", 3: "redirect", 4: "client_error"}
_OUTCOMES = (*_CLASSES.values(), "server_error", "rate_limited", *_FAULTS.values(), "error")


def expect_calls(provider: str, *operations: str) -> None:
    """Show the series of these calls before the first: it may be one of a hundred that fail within a second."""
    start_at_zero(PROVIDER_REQUESTS_TOTAL, (provider,), operations, _OUTCOMES)
    start_at_zero(PROVIDER_REQUEST_DURATION_SECONDS, (provider,), operations)


def outcome_of(status: int) -> str:
    """The label for an answer: what HTTP says, whatever the body may say on top."""
    if status == 429:
        return "rate_limited"
    return _CLASSES.get(status // 100, "server_error")

"""The resend package on our own pooled client."""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson
import resend
from resend.exceptions import ResendError

from leadstream.http import AmbiguousError, NotSentError, ProviderClient, expect_calls

Fault = NotSentError | AmbiguousError

expect_calls("resend", "send")


class NoAnswerError(ResendError):
    """There was no answer at all. The package lets only its own errors pass; others become a 500 that never was."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(code=0, error_type="no_answer", message=str(fault), suggested_action="")
        self.fault = fault


class PooledClient(resend.AsyncHTTPClient):
    """In place of the package's own, which opens a connection for each call."""

    def __init__(self, http: ProviderClient) -> None:
        self._http = http

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        json: dict[str, object] | list[object] | None = None,
        files: dict[str, Any] | None = None,
        data: dict[str, str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send JSON, once. The keys keep their order, so the same message is the same bytes."""
        request = httpx.Request(
            method,
            url,
            headers={**headers, "content-type": "application/json"},
            content=orjson.dumps(json),
        )
        try:
            answer = await self._http.call("resend", "send", request)
        except (NotSentError, AmbiguousError) as fault:
            raise NoAnswerError(fault) from fault
        return answer.content, answer.status_code, dict(answer.headers)


def configure_resend(http: ProviderClient, *, api_key: str, api_url: str) -> None:
    """Set the package's globals. Once in a process: there is one key for the whole deployment."""
    resend.api_key = api_key
    resend.api_url = api_url.rstrip("/")
    resend.default_async_http_client = PooledClient(http)

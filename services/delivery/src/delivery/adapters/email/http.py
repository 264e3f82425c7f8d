"""The resend package on our own pooled client."""

from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson
import resend
from resend.exceptions import ResendError

from leadstream.http import (
    AmbiguousError,
    NotSentError,
    ProviderClient,
    Whereabouts,
    document_of,
    expect_calls,
    is_foreign,
    words_of,
)
from leadstream.reading import NotJsonError, one_line, whole, word

FOREIGN: Final = "foreign_answer"
MISCONFIGURED: Final = "misconfigured"
EXCERPT: Final = 500

Fault = NotSentError | AmbiguousError

expect_calls("resend", "send")


class NoAnswerError(ResendError):
    """There was no answer at all. The package lets only its own errors pass; others become a 500 that never was."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(code=0, error_type="no_answer", message=str(fault), suggested_action="")
        self.fault = fault


class NotResendError(ResendError):
    """Something else than Resend has answered, as far as one can tell: `error_type` says what."""

    def __init__(self, error_type: str, answer: httpx.Response) -> None:
        super().__init__(
            code=answer.status_code,
            error_type=error_type,
            message=words_of(answer, EXCERPT),
            suggested_action="",
            headers=dict(answer.headers),
        )


class PooledClient(resend.AsyncHTTPClient):
    """In place of the package's own, which opens a connection for each call."""

    def __init__(self, http: ProviderClient) -> None:
        self._http = http
        self._whereabouts = Whereabouts()

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
        if self._whereabouts.is_elsewhere(answer):
            raise NotResendError(MISCONFIGURED, answer)
        if is_foreign(answer):
            raise NotResendError(FOREIGN, answer)
        headers = {**answer.headers, "content-type": "application/json"}
        return orjson.dumps(_readable(answer)), answer.status_code, headers


def _readable(answer: httpx.Response) -> dict[str, object]:
    """The answer as the package takes it: it falls over a list, and over a status that is no number."""
    try:
        document = document_of(answer)
    except NotJsonError:
        document = None
    if not isinstance(document, dict):
        return {}
    texts = {name: document.get(name) for name in ("id", "message")}
    read: dict[str, object] = {
        name: one_line(text, EXCERPT) for name, text in texts.items() if isinstance(text, str)
    }
    if name := word(document.get("name")):
        read["name"] = name
    if code := whole(document.get("statusCode"), largest=599):
        read["statusCode"] = code
    return read


def configure_resend(http: ProviderClient, *, api_key: str, api_url: str) -> None:
    """Set the package's globals. Once in a process: there is one key for the whole deployment."""
    resend.api_key = api_key
    resend.api_url = api_url.rstrip("/")
    resend.default_async_http_client = PooledClient(http)

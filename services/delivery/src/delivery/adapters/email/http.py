"""The resend package on our own pooled client."""

from collections.abc import Awaitable, Callable, Mapping
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
from leadstream.reading import NotJsonError, listed, one_line, spoken, whole, word

FOREIGN: Final = "foreign_answer"
MISCONFIGURED: Final = "misconfigured"
EXCERPT: Final = 500
MOST_TOLD: Final = 10_000

Fault = NotSentError | AmbiguousError
# Waits until a call may leave.
Turn = Callable[[], Awaitable[None]]

BATCH: Final = "/emails/batch"

expect_calls("resend", "send", "send_batch", "get", "lift")


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


class ToldPace:
    """The calls a second that Resend's answers allow: `ratelimit-limit`, in the seconds after which it begins anew."""

    def __init__(self) -> None:
        self._limit: int | None = None
        self._seconds = 1

    def __call__(self) -> float | None:
        return None if self._limit is None else self._limit / self._seconds

    def hear(self, headers: Mapping[str, str]) -> None:
        limit = whole(headers.get("ratelimit-limit"), largest=MOST_TOLD)
        reset = whole(headers.get("ratelimit-reset"), largest=MOST_TOLD) or 1
        if not limit:
            return
        # What is left of the window is less and less: the longest that was seen is the window's length.
        self._seconds = max(self._seconds, reset) if limit == self._limit else reset
        self._limit = limit


class PooledClient(resend.AsyncHTTPClient):
    """In place of the package's own, which opens a connection for each call."""

    def __init__(self, http: ProviderClient, told: ToldPace, turn: Turn) -> None:
        self._http = http
        self._told = told
        self._turn = turn
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
        operation = _operation(method, url)
        await self._turn()
        try:
            answer = await self._http.call("resend", operation, request)
        except (NotSentError, AmbiguousError) as fault:
            raise NoAnswerError(fault) from fault
        # That an address is not suppressed, or an e-mail forgotten, is a 404, and says nothing of where Resend is.
        if operation not in {"lift", "get"} and self._whereabouts.is_elsewhere(answer):
            raise NotResendError(MISCONFIGURED, answer)
        document = _document(answer)
        if is_foreign(answer) or (answer.is_success and _speaks_of_a_fault(document)):
            raise NotResendError(FOREIGN, answer)
        self._told.hear(answer.headers)
        headers = {**answer.headers, "content-type": "application/json"}
        return orjson.dumps(_readable(document)), answer.status_code, headers


def _operation(method: str, url: str) -> str:
    if method.lower() == "get":
        return "get"
    if "/suppressions/" in url:
        return "lift"
    return "send_batch" if url.endswith(BATCH) else "send"


def _speaks_of_a_fault(document: Mapping[str, Any]) -> bool:
    """Whether something before Resend, or at another address, says with a good status that it went wrong."""
    # A batch of which each e-mail was refused is answered with nothing but `errors`, by their places.
    return not {"id", "data", "errors"} & document.keys() and spoken(document) is not None


def _document(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = document_of(answer)
    except NotJsonError:
        return {}
    return document if isinstance(document, dict) else {}


def _readable(document: Mapping[str, Any]) -> dict[str, object]:
    """The answer as the package takes it: it falls over a list, and over a status that is no number."""
    texts = {name: document.get(name) for name in ("id", "message", "created_at", "last_event")}
    read: dict[str, object] = {
        name: one_line(text, EXCERPT) for name, text in texts.items() if isinstance(text, str)
    }
    if (to := document.get("to")) is not None:
        read["to"] = to
    for name in ("data", "errors"):
        if (each := document.get(name)) is not None:
            read[name] = [part for part in listed(each) or () if isinstance(part, dict)]
    if error := word(document.get("name")):
        read["name"] = error
    if code := whole(document.get("statusCode"), largest=599):
        read["statusCode"] = code
    return read


def configure_resend(
    http: ProviderClient, *, api_key: str, api_url: str, told: ToldPace, turn: Turn
) -> None:
    """Set the package's globals. Once in a process: there is one key for the whole deployment."""
    resend.api_key = api_key
    resend.api_url = api_url.rstrip("/")
    resend.default_async_http_client = PooledClient(http, told, turn)

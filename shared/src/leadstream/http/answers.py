"""What an answer says, beside its status: never a reason to call again by itself, and never a reason to fall over."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from leadstream.reading import NotJsonError, clean, decode, parse_retry_after, read_json

# In the order of how exactly they are about this call.
_RESETS: Final = ("retry-after", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")
_PAGES: Final = ("text/html", "application/xhtml+xml", "text/xml", "application/xml")
# What only something in between says: a proxy that wants a login, a portal, the wrong connection.
_BETWEEN: Final = frozenset({407, 421, 511})
_WITHOUT_BODY: Final = frozenset({204, 205, 304})
_NOT_HERE: Final = frozenset({301, 308, 404, 405, 410})
# How many in a row, of an API that was here before, or may be behind what has answered.
_ENOUGH: Final = 3


def document_of(response: httpx.Response) -> Any:
    """The JSON of an answer, None where it has none by its status; raises NotJsonError.

    An answer that should have a body and has none was lost on the way.
    """
    if _is_empty(response) and response.status_code not in _WITHOUT_BODY:
        raise NotJsonError("the answer is empty")
    return read_json(response.content, _charset(response))


def words_of(response: httpx.Response, longest: int) -> str:
    """The beginning of an answer as text, whatever it is written in, without what can't be stored.

    Not `response.text`, which takes the charset that the answer names at its word, and raises for some.
    """
    return clean(decode(response.content[: 4 * longest], _charset(response)))[:longest].strip()


def asked_wait(status: int, headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """How long an answer asks to wait: by Retry-After; of "too fast" also by when the limit is reset."""
    lower = {name.lower(): value for name, value in headers.items()}
    names = _RESETS if status == 429 else _RESETS[:1]
    waits = (parse_retry_after(lower.get(name), now=now) for name in names)
    return next((wait for wait in waits if wait is not None), None)


def is_page(response: httpx.Response) -> bool:
    """Whether an answer is meant for a browser: no API speaks so."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in _PAGES or words_of(response, 64).startswith("<")


def is_foreign(response: httpx.Response) -> bool:
    """Whether something else than a JSON API has answered: a proxy's page, a login, another server's words.

    That is a passing fault whatever the status, and says nothing about the request or the key. An answer without a
    body may be the API's own, and one in JSON is, whatever its content type.
    """
    if response.status_code in _BETWEEN or 300 <= response.status_code < 400:
        return True
    if _is_empty(response):
        return False
    try:
        document = document_of(response)
    except NotJsonError:
        return True
    return not isinstance(document, dict | list | None)


class Whereabouts:
    """Whether an API is at its URL at all: one that says 404 or 405 to everything is not.

    One for each URL. A single such answer may be about the request, where others are answered well, or a proxy's.
    """

    def __init__(self) -> None:
        self._missed = 0
        self._met = False

    def is_elsewhere(self, response: httpx.Response) -> bool:
        """Take note of an answer; tell whether the URL must be wrong."""
        if response.status_code not in _NOT_HERE:
            self._missed = 0
            self._met = self._met or not is_foreign(response)
            return False
        self._missed += 1
        return self._missed >= (_ENOUGH if self._met or is_foreign(response) else 1)


def _is_empty(response: httpx.Response) -> bool:
    return not response.content.strip()


def _charset(response: httpx.Response) -> str | None:
    named = response.headers.get("content-type", "").lower().partition("charset=")[2]
    return named.partition(";")[0].strip("\"' ") or None

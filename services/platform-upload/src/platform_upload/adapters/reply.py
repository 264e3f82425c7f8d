"""What came back from a platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from leadstream.http import asked_wait, document_of, is_page, words_of
from leadstream.observability import Redactor
from leadstream.reading import NotJsonError, clean
from platform_upload.domain.answers import Refused, Verdict

EXCERPT_CHARACTERS = 500
LONGEST_ID = 200
LONGEST_CODE = 100
_redactor = Redactor()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `content` is the decoded JSON, or None where there was none to be read."""

    status: int
    headers: Mapping[str, str]
    received_at: datetime
    content: Any = field(default=None, repr=False)
    words: str = field(default="", repr=False)
    # Meant for a browser.
    is_page: bool = False
    # What the request was made with: some say in a refusal what they refuse.
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> timedelta | None:
        return asked_wait(self.status, self.headers, now=self.received_at)

    @property
    def excerpt(self) -> str:
        """The beginning of the body, without what looks like a secret or somebody's address."""
        return self._told(self.words)

    def refused(
        self,
        verdict: Verdict,
        code: str,
        message: str,
        *,
        after: timedelta | None = None,
        throttled: bool = False,
    ) -> Refused:
        """A refusal with this answer as its evidence."""
        return Refused(
            verdict=verdict,
            code=self._told(code)[:LONGEST_CODE],
            message=self._told(message),
            status_code=self.status,
            excerpt=self.excerpt,
            after=after or self.retry_after,
            throttled=throttled,
        )

    def _told(self, text: str) -> str:
        return redacted(Redactor(self.secrets).text(text) if self.secrets else text)


def redacted(text: str) -> str:
    return _redactor.text(clean(text))[:EXCERPT_CHARACTERS]


def external_id(value: object) -> str | None:
    """What a platform calls a record, of a length that is a name."""
    return clean(str(value))[:LONGEST_ID] if value else None


def make_reply(
    response: httpx.Response, now: datetime, *, secrets: frozenset[str] = frozenset()
) -> Reply:
    return Reply(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        received_at=now,
        content=_document(response),
        # Cut last: half a secret would not be known as one.
        words=words_of(response, 4 * EXCERPT_CHARACTERS),
        is_page=is_page(response),
        secrets=secrets,
    )


def _document(response: httpx.Response) -> Any:
    try:
        return document_of(response)
    except NotJsonError:
        return None

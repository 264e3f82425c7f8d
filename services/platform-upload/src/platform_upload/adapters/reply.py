"""What came back from a platform."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import orjson

from leadstream.http import parse_retry_after
from leadstream.observability import Redactor
from platform_upload.domain.answers import Refused, Verdict

EXCERPT_CHARACTERS = 500
LONGEST_ID = 200
_redactor = Redactor()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `content` is the decoded JSON, or None where there was none to be read."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime
    content: Any = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> timedelta | None:
        return parse_retry_after(self.headers.get("retry-after"), now=self.received_at)

    @property
    def excerpt(self) -> str:
        """The beginning of the body, without what looks like a secret or somebody's address."""
        text = self.body[: 4 * EXCERPT_CHARACTERS].decode("utf-8", "replace")
        return _redactor.text(storable(text))[:EXCERPT_CHARACTERS]

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
            code=code,
            message=_redactor.text(storable(message))[:EXCERPT_CHARACTERS],
            status_code=self.status,
            excerpt=self.excerpt,
            after=after or self.retry_after,
            throttled=throttled,
        )


def storable(text: str) -> str:
    """Without what Postgres can't hold."""
    return text.replace("\0", "")


def external_id(value: object) -> str | None:
    """What a platform calls a record, of a length that is a name."""
    return storable(str(value))[:LONGEST_ID] if value else None


def make_reply(response: httpx.Response, now: datetime) -> Reply:
    return Reply(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content,
        received_at=now,
        content=_decoded(response.content),
    )


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None

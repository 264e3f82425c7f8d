"""One HTTP exchange with a platform, as the adapters see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NoReturn

import httpx

from leadstream.clock import Clock
from leadstream.http import (
    WHOLE,
    AmbiguousError,
    BodyRule,
    NotSentError,
    ProviderClient,
    UnsafeUrlError,
    asked_wait,
    document_of,
    is_foreign,
    words_of,
)
from leadstream.observability import Redactor
from leadstream.reading import NotJsonError, clean
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict

EXCERPT_CHARACTERS = 500
LONGEST_ID = 200
_redactor = Redactor()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `content` is the decoded JSON, or None where there was none to be read.

    `foreign` is an answer that is not the vendor's own: a proxy's page, a login.
    """

    status: int
    headers: Mapping[str, str]
    received_at: datetime
    content: Any = field(default=None, repr=False)
    words: str = field(default="", repr=False)
    foreign: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> timedelta | None:
        return asked_wait(self.status, self.headers, now=self.received_at)

    @property
    def excerpt(self) -> str:
        """The beginning of the body, without what looks like a secret or somebody's address."""
        return _redactor.text(self.words)[:EXCERPT_CHARACTERS]

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
            message=_redactor.text(clean(message))[:EXCERPT_CHARACTERS],
            status_code=self.status,
            excerpt=self.excerpt,
            after=after or self.retry_after,
            throttled=throttled,
        )


class Exchange:
    """Sends requests under one provider's name, within the attempt's budget, and puts faults into verdicts."""

    def __init__(
        self, client: ProviderClient, provider: str, clock: Clock, *, timeout: timedelta
    ) -> None:
        self._client = client
        self._provider = provider
        self._clock = clock
        self._timeout = timeout

    async def send(
        self, operation: str, request: httpx.Request, budget: Budget, *, body: BodyRule = WHOLE
    ) -> Reply:
        """Return the answer whatever its status; raise RefusedError where there is none, SpentError out of time."""
        deadline = budget.spend(self._timeout)
        try:
            response = await self._client.call(
                self._provider, operation, request, deadline=deadline, body=body
            )
        except UnsafeUrlError as exc:
            _refuse(Verdict.CONFIGURATION, "unsafe_url", str(exc), exc)
        except NotSentError as exc:
            _refuse(Verdict.RETRY, "not_sent", str(exc), exc)
        except AmbiguousError as exc:
            _refuse(Verdict.AMBIGUOUS, "no_answer", str(exc), exc, status_code=exc.status_code)
        return make_reply(response, self._clock.now())


def external_id(value: object) -> str | None:
    """What a platform calls a record, of a length that is a name."""
    return clean(str(value))[:LONGEST_ID] if value else None


def make_reply(response: httpx.Response, now: datetime) -> Reply:
    return Reply(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        received_at=now,
        content=_document(response),
        # Cut last: half a secret would not be known as one.
        words=words_of(response, 4 * EXCERPT_CHARACTERS),
        foreign=is_foreign(response),
    )


def _document(response: httpx.Response) -> Any:
    try:
        return document_of(response)
    except NotJsonError:
        return None


def _refuse(
    verdict: Verdict,
    code: str,
    message: str,
    cause: Exception,
    *,
    status_code: int | None = None,
) -> NoReturn:
    refused = Refused(verdict=verdict, code=code, message=message, status_code=status_code)
    raise RefusedError(refused) from cause

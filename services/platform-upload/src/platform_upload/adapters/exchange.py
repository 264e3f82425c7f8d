"""One HTTP exchange with a platform, as the adapters see it."""

from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn, TypeAlias

import httpx

from leadstream.clock import Clock
from leadstream.http import (
    WHOLE,
    AmbiguousError,
    BodyRule,
    NotSentError,
    ProviderClient,
    UnsafeUrlError,
)
from platform_upload.adapters.reply import Reply, make_reply
from platform_upload.adapters.secrets import secrets_in
from platform_upload.adapters.strangers import Strangers
from platform_upload.application.budget import Budget
from platform_upload.domain.answers import Refused, RefusedError, Verdict

# By the operation that was asked for.
Speaks: TypeAlias = Callable[[str, Reply], bool]


class Exchange:
    """Sends requests under one provider's name, within the attempt's budget, and puts faults into verdicts."""

    def __init__(
        self,
        client: ProviderClient,
        provider: str,
        clock: Clock,
        *,
        timeout: timedelta,
        speaks: Speaks,
    ) -> None:
        """`speaks` tells whether a failure is in the platform's own words, or in those of something on the way."""
        self._client = client
        self._provider = provider
        self._clock = clock
        self._timeout = timeout
        self._speaks = speaks
        self._strangers = Strangers()

    async def send(
        self,
        operation: str,
        request: httpx.Request,
        budget: Budget,
        *,
        body: BodyRule = WHOLE,
        address: str | None = None,
    ) -> Reply:
        """Return what the platform says, whatever its status.

        Raises RefusedError where it is not the platform that speaks, SpentError out of time. `address` is where the
        platform is, if that is not the host.
        """
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
        reply = make_reply(response, self._clock.now(), secrets=secrets_in(request))
        # By operation, too: something on the way may let one kind of call pass, and no other.
        where = f"{operation} {address or f'{request.url.host}:{request.url.port}'}"
        refused = self._strangers.hear(where, reply, known=self._speaks(operation, reply))
        if refused:
            raise RefusedError(refused)
        return reply


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

"""Calls to a provider, by every adapter alike: what brings no answer is raised as the fault that it is."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from enrichment.adapters.faults import (
    Asked,
    Meaning,
    fault_of_exception,
    fault_of_status,
    malformed,
    misplaced,
)
from leadstream.clock import Clock
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    ProviderClient,
    UnsafeUrlError,
    Whereabouts,
    document_of,
)
from leadstream.reading import NotJsonError


class Calling:
    def __init__(self, client: ProviderClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        # Apart for each operation: some that speak like a provider can't do all that it does.
        self._whereabouts: defaultdict[tuple[str, str], Whereabouts] = defaultdict(Whereabouts)

    async def send(
        self,
        asked: Asked,
        request: httpx.Request,
        *,
        deadline: timedelta | None = None,
        answers: Callable[[httpx.Response], bool] = lambda response: False,
        meaning: Callable[[httpx.Response], Meaning | None] = lambda response: None,
    ) -> httpx.Response:
        """Send once. What `answers` knows for an answer is returned like a success. Raises CallFault.

        `meaning` reads what an answer is about, where its status does not tell.
        """
        provider, operation = asked.account.provider, asked.operation
        try:
            response = await self._client.call(provider, operation, request, deadline=deadline)
        except (NotSentError, AmbiguousError, UnsafeUrlError) as exc:
            raise fault_of_exception(exc, asked) from exc
        if answers(response):
            return response
        if self._whereabouts[operation, request.url.host].is_elsewhere(response):
            raise misplaced(response, asked, now=self._clock.now())
        if not response.is_success:
            now = self._clock.now()
            raise fault_of_status(response, asked, now=now, meaning=meaning(response))
        return response


def document_in(response: httpx.Response, asked: Asked) -> Any:
    """The JSON of a success. Raises CallFault: it may have been paid for."""
    try:
        return document_of(response)
    except NotJsonError as exc:
        raise malformed(str(exc), asked) from exc

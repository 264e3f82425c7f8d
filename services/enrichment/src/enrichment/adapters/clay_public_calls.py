"""Calls to Clay's Public API: its key, its JSON, and what a fault means where nothing can have been paid."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import httpx
import orjson

from enrichment.adapters.calling import Calling
from enrichment.adapters.faults import MENDING_REST, Asked, Meaning
from enrichment.application.ports import CallFault
from leadstream.accounts import Account
from leadstream.http import expect_calls
from leadstream.jobs.model import Held, Problem, Retry

PROVIDER: Final = "clay_public_v0"
# What comes before a run must leave it the time that it may take: an attempt that is cut off then was paid for.
FREE_CALL: Final = timedelta(seconds=8)

expect_calls(PROVIDER, "me", "fields", "create_search", "run_search", "run_routine", "results")


def never(response: httpx.Response) -> bool:
    return False


class ClayCalls:
    def __init__(self, calling: Calling, url: str) -> None:
        self._calling = calling
        self._url = url.rstrip("/")

    async def get(
        self, asked: Asked, path: str, *, answers: Callable[[httpx.Response], bool] = never
    ) -> httpx.Response:
        request = httpx.Request("GET", self._url + path, headers=_key(asked))
        return await self._calling.send(asked, request, answers=answers, deadline=FREE_CALL)

    async def post(
        self,
        asked: Asked,
        path: str,
        body: object,
        *,
        answers: Callable[[httpx.Response], bool] = never,
        deadline: timedelta | None = FREE_CALL,
    ) -> httpx.Response:
        headers = {**_key(asked), "content-type": "application/json"}
        content = orjson.dumps(body)
        request = httpx.Request("POST", self._url + path, headers=headers, content=content)
        return await self._calling.send(asked, request, answers=answers, deadline=deadline)


@contextmanager
def nothing_paid() -> Iterator[None]:
    """What is called here costs nothing: without an answer it is called again, and nobody need be careful."""
    try:
        yield
    except CallFault as fault:
        outcome = fault.outcome
        if isinstance(outcome, Retry) and outcome.ambiguous:
            raise CallFault(replace(outcome, ambiguous=False)) from fault
        raise


def set_up_wrongly(account: Account, reason: str, *, now: datetime) -> CallFault:
    """Nobody can be asked with this account until somebody mends it."""
    set_up = Meaning.SET_UP.value
    problem = Problem(error_class=set_up, message=f"{PROVIDER}: {reason}")
    until = now + MENDING_REST
    return CallFault(Held(scope=account.scope, reason=set_up, problem=problem, until=until))


def _key(asked: Asked) -> dict[str, str]:
    return {"clay-api-key": asked.account.credentials["api_key"]}

"""Clay's Public API v0: its search finds people, a routine of the customer's own finds their addresses, later.

A search is not paid for in credits, but from a quota of people, of which a company takes five at most: where a page was
lost, it is searched anew. A run of the routine costs credits for each person, and costs them again if it is repeated;
there is no idempotency key. So a run without an answer is never repeated: who was found is used without an address.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

import httpx

from enrichment.adapters.calling import Calling, document_in
from enrichment.adapters.clay_public_answers import (
    Row,
    items_of,
    named_in,
    read_rows,
    with_addresses,
)
from enrichment.adapters.clay_public_calls import PROVIDER, ClayCalls, nothing_paid, set_up_wrongly
from enrichment.adapters.clay_public_search import ClaySearch
from enrichment.adapters.faults import Asked, Meaning, misplaced, problem_of
from enrichment.application.ports import CallFault
from enrichment.application.providers import (
    CompanyAsked,
    ContactAnswer,
    Found,
    NotFound,
    Pending,
)
from enrichment.domain.answer import Answer
from leadstream.accounts import Account
from leadstream.accounts.routine import Routine
from leadstream.clock import Clock
from leadstream.http import ProviderClient, asked_wait, is_foreign
from leadstream.jobs.model import Retry

# More than a run for one company can fill.
MOST_PAGES: Final = 10
PAGE: Final = 100
TOLD_REST: Final = timedelta(minutes=1)


class ClayPublicV0:
    """`rest` is how long it waits before it asks whether a run is done; a webhook makes it sooner."""

    def __init__(self, client: ProviderClient, clock: Clock, *, url: str, rest: timedelta) -> None:
        self._calls = ClayCalls(Calling(client, clock), url)
        self._search = ClaySearch(self._calls, clock)
        self._clock = clock
        self._rest = rest

    @property
    def name(self) -> str:
        return PROVIDER

    async def test(self, account: Account) -> None:
        """Ask who we are, and for the filters. Whether there is such a routine shows in its first run."""
        self._routine(account)
        with nothing_paid():
            await self._calls.get(Asked(account, "me"), "/me")
            await self._search.look_up_filters(account)

    def most_units(self, limit: int) -> Decimal:
        """One for each person that the routine is run for."""
        return Decimal(limit)

    async def find(
        self,
        company: CompanyAsked,
        *,
        limit: int,
        account: Account,
        pending: Pending | None = None,
    ) -> ContactAnswer:
        routine = self._routine(account)
        if pending is not None:
            return await self._go_on(company, account, routine, pending)
        with nothing_paid():
            found = await self._search.people(company.domain, limit=limit, account=account)
        if not found.contacts and not found.rejected:
            return NotFound()
        # What may be under way already is not begun a second time.
        if routine is None or company.unanswered:
            return Found(answer=found, units=Decimal(0))
        items = items_of(found, company, routine)
        if not items:
            return Found(answer=found, units=Decimal(0))
        return await self._run(account, routine, items, found)

    def _routine(self, account: Account) -> Routine | None:
        try:
            return Routine.of(account.settings)
        except ValueError as exc:
            raise set_up_wrongly(account, str(exc), now=self._clock.now()) from exc

    async def _run(
        self, account: Account, routine: Routine, items: list[dict[str, Any]], found: Answer
    ) -> Pending:
        body: dict[str, Any] = {"items": items}
        if routine.webhook_id:
            body["webhook_id"] = routine.webhook_id
        asked = Asked(account, "run_routine")
        path = f"/routines/{quote(routine.id, safe='')}/run"
        response = await self._calls.post(
            asked, path, body, answers=_tells_of_the_run, deadline=None
        )
        if response.status_code == 404:
            # There is no such routine any more: every lead would be told the same.
            raise misplaced(response, asked, now=self._clock.now())
        if not response.is_success:
            raise _unknown(response, asked)
        run_id = named_in(document_in(response, asked), "routine_run_id", asked)
        return Pending(ref=run_id, after=self._rest, known=found)

    async def _go_on(
        self, company: CompanyAsked, account: Account, routine: Routine | None, pending: Pending
    ) -> ContactAnswer:
        rows: dict[str, Row] = {}
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            asked = Asked(account, "results")
            with nothing_paid():
                response = await self._results(asked, pending.ref, cursor)
            if response.status_code == 404:
                raise _unknown(response, asked)
            if response.status_code == 202:
                wait = asked_wait(429, response.headers, now=self._clock.now())
                return replace(pending, after=max(wait or self._rest, self._next_look(routine)))
            with nothing_paid():
                page, cursor = read_rows(document_in(response, asked), asked)
            rows.update(page)
            if cursor is None:
                break
        answer = with_addresses(pending.known, company, rows, routine)
        paid = len(rows)
        return Found(
            answer=replace(answer, credits_used=paid), units=Decimal(paid), ref=pending.ref
        )

    def _next_look(self, routine: Routine | None) -> timedelta:
        """Where Clay says when a run is done, it is asked in case it forgets."""
        is_told = routine is not None and routine.webhook_id is not None
        return max(self._rest, TOLD_REST) if is_told else self._rest

    async def _results(self, asked: Asked, run_id: str, cursor: str | None) -> httpx.Response:
        path = f"/routines/run/{quote(run_id, safe='')}/results?limit={PAGE}"
        if cursor is not None:
            path += f"&cursor={quote(cursor, safe='')}"
        return await self._calls.get(asked, path, answers=_is_missing)


def _is_missing(response: httpx.Response) -> bool:
    return response.status_code == 404 and not is_foreign(response)


def _tells_of_the_run(response: httpx.Response) -> bool:
    """An answer that means more to a run, which is paid for, than to another call."""
    status = response.status_code
    # A service that is not available has begun nothing.
    return _is_missing(response) or (status >= 500 and status != 503)


def _unknown(response: httpx.Response, asked: Asked) -> CallFault:
    """It may have been paid for, and what came of it can't be had."""
    problem = problem_of(response, asked, Meaning.GAVE_UP.value)
    return CallFault(Retry(problem=problem, ambiguous=True))

"""DataShopper: companies that show intent for a topic."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import httpx

from discovery.adapters.intent_api import MENDING_REST, IntentApi, read_document
from discovery.adapters.items import read_answer
from discovery.adapters.pages import Page, Pages
from discovery.application.plan_runs import DATASHOPPER
from discovery.application.ports import Fault, IsEnough, SearchOutcome
from discovery.domain.company import DomainOf
from discovery.domain.harvest import Harvest
from discovery.domain.search import Filters, search_parameters
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, Whereabouts, expect_calls
from leadstream.jobs.model import Held, Problem, Retry
from leadstream.reading import entries, whole

PROVIDER = DATASHOPPER
MOST_COMPANIES: Final = 10**9
# How it refuses a search that names no topic.
_UNANSWERABLE: Final = frozenset({400, 422})

expect_calls(PROVIDER, "search", "test")


class DataShopper:
    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        pages: Pages,
        *,
        base_url: str | None,
        domain_of: DomainOf,
    ) -> None:
        self._api = IntentApi(client, clock, provider=PROVIDER)
        self._pages = pages
        self._url = f"{base_url.rstrip('/')}/companies/search" if base_url else None
        self._domain_of = domain_of
        self._whereabouts = Whereabouts()

    @property
    def name(self) -> str:
        return PROVIDER

    async def search(
        self, topic: str, filters: Filters, *, account: Account, is_enough: IsEnough
    ) -> SearchOutcome:
        wanted = search_parameters(topic, filters)
        seen = 0

        async def ask(cursor: str | None, left: timedelta) -> Page | Fault:
            nonlocal seen
            parameters = [*wanted, ("page", cursor)] if cursor else wanted
            response = await self._get("search", parameters, account, left)
            if isinstance(response, Retry | Held):
                return response
            page = self._read(response, account, int(cursor or 1), seen)
            seen += len(page.items) if isinstance(page, Page) else 0
            return page

        async def are_enough(page: Harvest, _: Harvest) -> bool:
            return await is_enough(page.findings)

        return await self._pages.search(ask, self._harvest, account=account, are_enough=are_enough)

    async def test(self, account: Account) -> Fault | None:
        """Ask for no topic: who knows the key refuses that, and takes nothing for it."""
        response = await self._get("test", [("limit", "1")], account, self._pages.within)
        if isinstance(response, Retry | Held):
            return response
        if response.is_success or response.status_code in _UNANSWERABLE:
            return None
        return self._api.refused(response, account)

    async def _get(
        self,
        operation: str,
        parameters: Sequence[tuple[str, str]],
        account: Account,
        deadline: timedelta,
    ) -> httpx.Response | Retry | Held:
        if self._url is None:
            return self._without_url()
        headers = {
            "authorization": f"Bearer {account.credentials['api_key']}",
            "accept": "application/json",
        }
        query = httpx.QueryParams(tuple(parameters))
        request = httpx.Request("GET", self._url, params=query, headers=headers)
        return await self._api.get(operation, request, deadline=deadline)

    def _without_url(self) -> Held:
        """There is a key of a workspace, and nowhere to ask with it: no default is known."""
        return Held(
            scope=Account(provider=PROVIDER).scope,
            reason="misconfigured",
            until=self._api.now + MENDING_REST,
            problem=Problem(
                error_class="misconfigured", message=f"{PROVIDER}: DATASHOPPER_API_URL is not set"
            ),
        )

    def _read(
        self, response: httpx.Response, account: Account, number: int, seen: int
    ) -> Page | Fault:
        if self._whereabouts.is_elsewhere(response):
            return self._api.elsewhere(response)
        if not response.is_success or response.status_code == 202:
            return self._api.refused(response, account)
        document = read_document(response)
        items = entries(document, "results")
        if items is None:
            return self._api.unread(response, account, wanted="results")
        more = seen + len(items) < _total(document)
        return Page(items, str(number + 1) if more else None)

    def _harvest(self, items: Sequence[object]) -> Harvest:
        return read_answer(items, self._domain_of)


def _total(document: Any) -> int:
    """How many companies it says there are; 0 where it does not say."""
    told = document.get("total") if isinstance(document, dict) else None
    return whole(told, largest=MOST_COMPANIES) or 0

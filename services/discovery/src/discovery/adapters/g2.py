"""G2 Buyer Intent v2: companies that looked at a product, and at those beside it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qs, quote

import httpx

from discovery.adapters.g2_rows import Reading, Subject, read_rows, subject_of
from discovery.adapters.intent_api import IntentApi, read_document
from discovery.adapters.pages import Page, Pages
from discovery.application.plan_runs import G2 as PROVIDER
from discovery.application.ports import Fault, IsEnough, SearchOutcome
from discovery.domain.company import DomainOf
from discovery.domain.harvest import Harvest
from discovery.domain.search import COMPANIES_PER_DAY, Filters, Range
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, Whereabouts, expect_calls, is_page
from leadstream.jobs.model import Failed, Problem, Retry
from leadstream.reading import entries

ROWS: Final = 250
DIMENSIONS: Final = (
    "company_name",
    "company_domain",
    "company_country",
    "company_state",
    "company_employees",
    "company_industry",
    "signal_type",
    "day",
    "company_intent_score",
)
MEASURES: Final = ("total_activity", "visitor_count", "last_seen_at")
# How long it answers nothing to an address that was too fast, and says neither that nor how long.
BLOCKED: Final = timedelta(seconds=60)
_BLOCKING: Final = frozenset({403, 429})
_PASSING: Final = frozenset({202, 405, 408, 410, 425})
_LONGEST_CURSOR: Final = 2_000

expect_calls(PROVIDER, "search", "test")


class G2:
    """`url`: the API's, with `/v2` and `/sandbox` below it."""

    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        pages: Pages,
        *,
        url: str,
        domain_of: DomainOf,
    ) -> None:
        self._api = IntentApi(client, clock, provider=PROVIDER)
        self._pages = pages
        self._url = url.rstrip("/").removesuffix("/v2")
        self._domain_of = domain_of
        self._whereabouts = Whereabouts()

    @property
    def name(self) -> str:
        return PROVIDER

    async def search(
        self, topic: str, filters: Filters, *, account: Account, is_enough: IsEnough
    ) -> SearchOutcome:
        subject = subject_of(account, topic)
        if subject is None or (account.training and subject.product is None):
            # Without a call, which says nothing of whether G2 is there.
            problem = _unknown_topic(topic, training=account.training)
            return Failed(problem=problem, tried=False)
        reading = Reading.of(account)
        wanted = self._parameters(subject, filters, reading)

        async def ask(cursor: str | None, left: timedelta) -> Page | Fault:
            parameters = {**wanted, "page[after]": cursor} if cursor else wanted
            path = _path(subject, training=account.training)
            response = await self._get("search", path, parameters, account, left)
            return response if isinstance(response, Retry) else self._read(response, account)

        def read(rows: Sequence[object]) -> Harvest:
            return read_rows(rows, filters, reading, self._domain_of)

        async def are_enough(_: Harvest, so_far: Harvest) -> bool:
            # A company's rows may be on two pages, so the day's companies must be there before that counts.
            return len(so_far.findings) >= COMPANIES_PER_DAY and await is_enough(so_far.findings)

        return await self._pages.search(ask, read, account=account, are_enough=are_enough)

    async def test(self, account: Account) -> Fault | None:
        """Ask the sandbox for a row of a product: that takes nothing. Then for one of what is paid for."""
        topics = account.settings.get("products", {})
        subjects = [each for topic in topics if (each := subject_of(account, topic))]
        named = next((each for each in subjects if each.product), None)
        subject = named or Subject(product=None)
        sandbox = [True] if named else []
        for training in sandbox if account.training else [*sandbox, False]:
            fault = await self._try(subject, account, training=training)
            if fault:
                return fault
        return None

    async def _try(self, subject: Subject, account: Account, *, training: bool) -> Fault | None:
        parameters = {"dimensions": "company_name", "page[size]": "1"}
        path = _path(subject, training=training)
        response = await self._get("test", path, parameters, account, self._pages.within)
        page = response if isinstance(response, Retry) else self._read(response, account)
        return None if isinstance(page, Page) else page

    def _parameters(
        self, subject: Subject, filters: Filters, reading: Reading
    ) -> Mapping[str, str]:
        since = (self._api.now - reading.days).date()
        limits: dict[str, str | float | None] = {
            "company_country_eq": filters.country,
            **_bounds("company_employees", filters.employees),
            **subject.filters,
            "day_gteq": since.isoformat(),
        }
        return {
            "dimensions": ",".join(DIMENSIONS),
            "measures": ",".join(MEASURES),
            **{
                f"dimension_filters[{name}]": str(limit)
                for name, limit in limits.items()
                if limit is not None and limit != ""
            },
            "page[size]": str(ROWS),
        }

    async def _get(
        self,
        operation: str,
        path: str,
        parameters: Mapping[str, str],
        account: Account,
        deadline: timedelta,
    ) -> httpx.Response | Retry:
        headers = {
            "authorization": f"Bearer {account.credentials['api_token']}",
            "accept": "application/vnd.api+json",
        }
        query = httpx.QueryParams(dict(parameters))
        request = httpx.Request("GET", f"{self._url}{path}", params=query, headers=headers)
        return await self._api.get(operation, request, deadline=deadline)

    def _read(self, response: httpx.Response, account: Account) -> Page | Fault:
        document = read_document(response)
        if response.status_code in _BLOCKING and is_page(response):
            # Whoever asks from this address is not answered: no key of anybody's is to blame.
            everybody = Account(provider=PROVIDER)
            return self._api.held("rate_limited", self._api.now + BLOCKED, response, everybody)
        if response.status_code == 404 and _has_errors(document):
            message = "answered 404: the account has no such product (settings.products)"
            problem = self._api.problem("misconfigured", message, response, account)
            return Failed(problem=problem)
        if self._whereabouts.is_elsewhere(response):
            return self._api.elsewhere(response)
        if not response.is_success or response.status_code == 202:
            return self._api.refused(response, account, passing=_PASSING | {404})
        rows = entries(document, "data")
        if rows is None:
            return self._api.unread(response, account, wanted="data")
        return Page(rows, _next(document))


def _path(subject: Subject, *, training: bool) -> str:
    version = "sandbox" if training else "v2"
    if subject.product is None:
        return f"/{version}/buyer_intent"
    return f"/{version}/products/{quote(subject.product, safe='')}/buyer_intent"


def _bounds(name: str, range_: Range) -> dict[str, str | float | None]:
    return {f"{name}_gteq": _plain(range_.min), f"{name}_lteq": _plain(range_.max)}


def _plain(value: float | None) -> float | None:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _has_errors(document: Any) -> bool:
    """Whether it is an error of JSON:API, and so of G2's own."""
    return isinstance(document, Mapping) and isinstance(document.get("errors"), list)


def _next(document: Any) -> str | None:
    """The cursor of the next page. Only that: where the next call goes is not for an answer to say."""
    if not isinstance(document, Mapping):
        return None
    for where in ("links", "cursor_pagination"):
        told = document.get(where)
        if isinstance(told, Mapping) and (cursor := _cursor(told.get("next"))):
            return cursor
    return None


def _cursor(told: object) -> str | None:
    """Out of a link, or by itself."""
    if isinstance(told, Mapping):
        told = told.get("href")
    if not isinstance(told, str) or not told or len(told) > _LONGEST_CURSOR:
        return None
    if "://" not in told and not told.startswith("/api/"):
        return told
    return next(iter(parse_qs(told.partition("?")[2]).get("page[after]", ())), None)


def _unknown_topic(topic: str, *, training: bool) -> Problem:
    message = f"{PROVIDER}: settings.products of the account has no product for the topic {topic!r}"
    if training:
        message += "; the sandbox takes one product at a time"
    return Problem(error_class="misconfigured", message=message)

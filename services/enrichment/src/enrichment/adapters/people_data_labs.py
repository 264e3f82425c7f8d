"""People Data Labs v5: people by the website of the company that they work for.

Whatever differs by contract can be set on an account: `dataset` and `data_include` as their search takes them,
`data_include: all` to have the whole records.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import httpx
import orjson

from enrichment.adapters.calling import Calling, document_in
from enrichment.adapters.faults import Asked, malformed
from enrichment.adapters.people import MalformedAnswerError
from enrichment.adapters.people_data_labs_answers import FIELDS, read_found, read_spent
from enrichment.application.providers import CompanyAsked, Found, NotFound, Pending
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, document_of, expect_calls
from leadstream.reading import NotJsonError, word

PROVIDER: Final = "people_data_labs"
NOTHING_FOUND: Final = 404
# As many records as they give at once.
_MOST: Final = 100
_EVERYTHING: Final = "all"
# Titles are spelled out or abbreviated as people write them, and levels are theirs: VPs are often found by one of
# the two only. Whoever has such a title or is on such a level is looked for, and not who has both.
_TITLES: Final = ("ceo", "cto", "vp", "director", "chief", "head of", "manager")
_LEVELS: Final = ("cxo", "owner", "partner", "vp", "director", "manager")

expect_calls(PROVIDER, "search", "test")


class PeopleDataLabs:
    name: Final = PROVIDER

    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        *,
        url: str,
        sandbox_url: str,
    ) -> None:
        self._calling = Calling(client, clock)
        self._url = url.rstrip("/")
        self._sandbox_url = sandbox_url.rstrip("/")

    async def test(self, account: Account) -> None:
        asked = Asked(account, "test")
        body = {"query": {"query": _anybody()}, "size": 1}
        request = self._request(account, self._sandbox_url, body)
        response = await self._calling.send(asked, request, answers=_says_nothing_found)
        if not _says_nothing_found(response):
            document_in(response, asked)

    def most_units(self, limit: int) -> Decimal:
        return Decimal(min(limit, _MOST))

    async def find(
        self, company: CompanyAsked, *, limit: int, account: Account, pending: Pending | None = None
    ) -> Found | NotFound:
        asked = Asked(account, "search")
        size = min(limit, _MOST)
        url = self._sandbox_url if account.training else self._url
        request = self._request(account, url, _search(company.domain, size, account))
        response = await self._calling.send(asked, request, answers=_says_nothing_found)
        spent = read_spent(response, account)
        if _says_nothing_found(response):
            return NotFound(units=spent or Decimal(0))
        try:
            found = read_found(document_in(response, asked), domain=company.domain, limit=size)
        except MalformedAnswerError as exc:
            raise malformed(str(exc), asked) from exc
        return found.as_answer(spent, account)

    def _request(self, account: Account, url: str, body: object) -> httpx.Request:
        headers = {
            "x-api-key": account.credentials["api_key"],
            "content-type": "application/json",
        }
        return httpx.Request(
            "POST", f"{url}/person/search", headers=headers, content=orjson.dumps(body)
        )


def _search(domain: str, size: int, account: Account) -> dict[str, Any]:
    company = {"term": {"job_company_website": domain}}
    if account.training:
        # The companies of their sandbox are made up as its people are: ours is none of them.
        query = {"bool": {"must": [_anybody()], "should": [company]}}
    else:
        query = {"bool": {"filter": [company], "must": [_anybody()]}}
    asked: dict[str, Any] = {"query": {"query": query}, "size": size, "titlecase": True}
    fields = account.settings.get("data_include", ",".join(FIELDS))
    if fields != _EVERYTHING:
        asked["data_include"] = fields
    if dataset := account.settings.get("dataset"):
        asked["dataset"] = dataset
    return asked


def _anybody() -> Mapping[str, Any]:
    """Who decides something, whatever the company."""
    titles = [{"match_phrase": {"job_title": title}} for title in _TITLES]
    levels = {"terms": {"job_title_levels": list(_LEVELS)}}
    return {"bool": {"should": [levels, *titles], "minimum_should_match": 1}}


def _says_nothing_found(response: httpx.Response) -> bool:
    """Nothing found is a 404 in their own words; another 404 is about the URL."""
    if response.status_code != NOTHING_FOUND:
        return False
    try:
        document = document_of(response)
    except NotJsonError:
        return False
    error = document.get("error") if isinstance(document, dict) else None
    return isinstance(error, dict) and word(error.get("type")) == "not_found"

"""Clay, in the shape of the contract in `/enrichment/company` and `/verification/email`."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import httpx
import orjson

from enrichment.adapters.calling import Calling, document_in
from enrichment.adapters.clay_answers import MAX_CONTACTS, read_enrichment, read_verdict
from enrichment.adapters.faults import Asked, malformed
from enrichment.adapters.people import MalformedAnswerError
from enrichment.application.providers import CompanyAsked, Found, Pending, Verified
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, expect_calls, is_foreign

PROVIDER: Final = "clay"
ACCEPTED: Final = 202
# What an answer takes is said afterwards, and has never been told before.
MOST_UNITS: Final = Decimal(1)

# Whom to look for. Titles are matched as words inside a title: "VP" finds the VP of Engineering.
CONTACT_FILTERS: Final = {
    "job_titles": ["CEO", "CTO", "VP", "Director", "Chief", "Head of", "Manager"],
    "seniority_levels": ["executive", "director", "manager"],
}

expect_calls(PROVIDER, "enrich", "verify", "test")


class Clay:
    """Finds people and verifies addresses, wherever a gateway speaks so."""

    def __init__(
        self, client: ProviderClient, clock: Clock, *, url: str, verification_timeout: timedelta
    ) -> None:
        self._calling = Calling(client, clock)
        self._url = url.rstrip("/")
        self._verification_timeout = verification_timeout

    @property
    def name(self) -> str:
        return PROVIDER

    async def test(self, account: Account) -> None:
        """Ask about nobody: what is incomplete is refused, and costs nothing, but not before the key was looked at."""
        asked, path = Asked(account, "test"), "/enrichment/company"
        await self._calling.send(
            asked, self._request(account, path, {}), answers=_is_told_what_is_missing
        )

    def most_units(self, limit: int = 1) -> Decimal:
        return MOST_UNITS

    async def find(
        self, company: CompanyAsked, *, limit: int, account: Account, pending: Pending | None = None
    ) -> Found:
        asked = Asked(account, "enrich")
        body = {
            "domain": company.domain,
            "company_name": company.name,
            "contact_filters": CONTACT_FILTERS,
            "max_contacts": min(limit, MAX_CONTACTS),
        }
        document = await self._ask(asked, "/enrichment/company", body)
        try:
            answer = read_enrichment(document, domain=company.domain)
        except MalformedAnswerError as exc:
            raise malformed(str(exc), asked) from exc
        return Found(answer=answer, units=Decimal(str(answer.credits_used)))

    async def verify(self, email: str, *, account: Account) -> Verified:
        asked = Asked(account, "verify")
        document = await self._ask(
            asked, "/verification/email", {"email": email}, deadline=self._verification_timeout
        )
        return Verified(status=read_verdict(document), units=MOST_UNITS)

    async def _ask(
        self, asked: Asked, path: str, body: object, *, deadline: timedelta | None = None
    ) -> Any:
        request = self._request(asked.account, path, body)
        response = await self._calling.send(asked, request, deadline=deadline)
        if response.status_code == ACCEPTED:
            raise malformed("it is not done yet", asked)
        return document_in(response, asked)

    def _request(self, account: Account, path: str, body: object) -> httpx.Request:
        headers = {
            "authorization": f"Bearer {account.credentials['api_key']}",
            "content-type": "application/json",
        }
        url = f"{self._url}{path}"
        return httpx.Request("POST", url, headers=headers, content=orjson.dumps(body))


def _is_told_what_is_missing(response: httpx.Response) -> bool:
    return response.status_code in {400, 422} and not is_foreign(response)

"""Clay, in the shape of the contract in `/enrichment/company` and `/verification/email`."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import httpx
import orjson

from enrichment.adapters.calling import Calling, document_in
from enrichment.adapters.clay_answers import read_enrichment, read_verdict
from enrichment.adapters.faults import MENDING_REST, Asked, Meaning, malformed
from enrichment.adapters.people import MalformedAnswerError
from enrichment.application.ports import CallFault
from enrichment.application.providers import CompanyAsked, Found, Pending, Verified
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, expect_calls, is_foreign
from leadstream.jobs.model import Held, Problem

PROVIDER: Final = "clay"
ACCEPTED: Final = 202
REFUSED: Final = (400, 422)

# Whom to look for. Titles are matched as words inside a title: "VP" finds the VP of Engineering.
CONTACT_FILTERS: Final = {
    "job_titles": ["CEO", "CTO", "VP", "Director", "Chief", "Head of", "Manager"],
    "seniority_levels": ["executive", "director", "manager"],
}

expect_calls(PROVIDER, "enrich", "verify", "test")


class Clay:
    """Finds people, and verifies addresses."""

    name: Final = PROVIDER

    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        *,
        url: str | None,
        verification_timeout: timedelta,
    ) -> None:
        self._calling = Calling(client, clock)
        self._clock = clock
        self._url = url.rstrip("/") if url else None
        self._verification_timeout = verification_timeout

    async def test(self, account: Account) -> None:
        """Ask about no company: whoever is known is told that this can't be answered, and pays nothing for it."""
        request = self._request(account, "/enrichment/company", {})
        await self._calling.send(Asked(account, "test"), request, answers=_is_about_what_was_asked)

    def most_units(self, limit: int = 1) -> Decimal:
        """One for each person is what it takes, as far as anybody has said; the answer says what it was."""
        return Decimal(limit)

    async def find(
        self, company: CompanyAsked, *, limit: int, account: Account, pending: Pending | None = None
    ) -> Found:
        body = {
            "domain": company.domain,
            "company_name": company.name,
            "contact_filters": CONTACT_FILTERS,
            "max_contacts": limit,
        }
        asked = Asked(account, "enrich")
        document = await self._post(asked, "/enrichment/company", body)
        try:
            answer = read_enrichment(document, domain=company.domain, limit=limit)
        except MalformedAnswerError as exc:
            raise malformed(str(exc), asked) from exc
        return Found(answer=answer, units=Decimal(str(answer.credits_used)))

    async def verify(self, email: str, *, account: Account) -> Verified:
        document = await self._post(
            Asked(account, "verify", about=email),
            "/verification/email",
            {"email": email},
            deadline=self._verification_timeout,
        )
        return Verified(status=read_verdict(document), units=self.most_units())

    async def _post(
        self, asked: Asked, path: str, body: object, *, deadline: timedelta | None = None
    ) -> Any:
        request = self._request(asked.account, path, body)
        response = await self._calling.send(asked, request, deadline=deadline)
        if response.status_code == ACCEPTED:
            raise malformed("it is not done yet", asked)
        return document_in(response, asked)

    def _request(self, account: Account, path: str, body: object) -> httpx.Request:
        if self._url is None:
            raise self._nowhere(account)
        headers = {
            "authorization": f"Bearer {account.credentials['api_key']}",
            "content-type": "application/json",
        }
        return httpx.Request(
            "POST", f"{self._url}{path}", headers=headers, content=orjson.dumps(body)
        )

    def _nowhere(self, account: Account) -> CallFault:
        """There is no default: a workspace's own key needs the deployment's URL."""
        problem = Problem(error_class=Meaning.SET_UP, message="CLAY_API_URL is not set")
        until = self._clock.now() + MENDING_REST
        return CallFault(
            Held(scope=account.scope, reason=Meaning.SET_UP.value, problem=problem, until=until)
        )


def _is_about_what_was_asked(response: httpx.Response) -> bool:
    return response.status_code in REFUSED and not is_foreign(response)

"""Clay, in the shape of the contract in `/enrichment/company` and `/verification/email`."""

from datetime import timedelta
from typing import Any, Final

import httpx
import orjson

from enrichment.adapters.calling import Calling, document_in
from enrichment.adapters.clay_answers import MAX_CONTACTS, read_enrichment, read_verdict
from enrichment.adapters.faults import Asked, malformed
from enrichment.adapters.people import MalformedAnswerError
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, expect_calls

PROVIDER: Final = "clay"
ACCEPTED: Final = 202

# Whom to look for. Titles are matched as words inside a title: "VP" finds the VP of Engineering.
CONTACT_FILTERS: Final = {
    "job_titles": ["CEO", "CTO", "VP", "Director", "Chief", "Head of", "Manager"],
    "seniority_levels": ["executive", "director", "manager"],
}

expect_calls(PROVIDER, "enrich", "verify")


class Clay:
    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        *,
        url: str,
        key: str,
        verification_timeout: timedelta,
    ) -> None:
        self._calling = Calling(client, clock)
        self._account = Account(provider=PROVIDER)
        self._url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        self._verification_timeout = verification_timeout

    async def enrich(self, *, domain: str, company_name: str) -> Answer:
        asked = {
            "domain": domain,
            "company_name": company_name,
            "contact_filters": CONTACT_FILTERS,
            "max_contacts": MAX_CONTACTS,
        }
        document = await self._post("enrich", "/enrichment/company", asked)
        try:
            return read_enrichment(document, domain=domain)
        except MalformedAnswerError as exc:
            raise malformed(str(exc), Asked(self._account, "enrich")) from exc

    async def verify(self, email: str) -> EmailStatus:
        document = await self._post(
            "verify", "/verification/email", {"email": email}, deadline=self._verification_timeout
        )
        return read_verdict(document)

    async def _post(
        self, operation: str, path: str, body: object, *, deadline: timedelta | None = None
    ) -> Any:
        request = httpx.Request(
            "POST", f"{self._url}{path}", headers=self._headers, content=orjson.dumps(body)
        )
        asked = Asked(self._account, operation)
        response = await self._calling.send(asked, request, deadline=deadline)
        if response.status_code == ACCEPTED:
            raise malformed("it is not done yet", asked)
        return document_in(response, asked)

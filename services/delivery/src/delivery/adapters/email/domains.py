"""The domains of our account at Resend, and whether they may send."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from delivery.application.sender_checks import Unseen
from leadstream.http import (
    AmbiguousError,
    NotSentError,
    ProviderClient,
    document_of,
    expect_calls,
    is_foreign,
)
from leadstream.reading import NotJsonError, listed, one_line, word

PAGE: Final = 100
# An account has a few: whoever answers with more pages is not asked for ever.
MOST_PAGES: Final = 20

expect_calls("resend", "domains")


class ResendDomains:
    """`GET /domains`. A key that may only send is refused there, and sends all the same."""

    def __init__(self, http: ProviderClient, *, api_key: str, api_url: str) -> None:
        self._http = http
        self._headers = {"authorization": f"Bearer {api_key}"}
        self._url = f"{api_url.rstrip('/')}/domains"

    async def statuses(self) -> Mapping[str, str] | Unseen:
        found: dict[str, str] = {}
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(after)
            if isinstance(page, Unseen):
                return page
            rows = [row for row in listed(page.get("data")) or () if isinstance(row, dict)]
            found |= {
                one_line(str(row.get("name")), 253).lower(): word(row.get("status")) or "unknown"
                for row in rows
                if row.get("name")
            }
            after = str(rows[-1].get("id")) if rows else None
            if page.get("has_more") is not True or after is None:
                return found
        return found

    async def _page(self, after: str | None) -> dict[str, Any] | Unseen:
        params = {"limit": str(PAGE)} | ({"after": after} if after else {})
        request = httpx.Request("GET", self._url, params=params, headers=self._headers)
        try:
            answer = await self._http.call("resend", "domains", request)
        except (NotSentError, AmbiguousError) as fault:
            return Unseen(str(fault))
        if is_foreign(answer):
            return Unseen(f"what answered {answer.status_code} is not Resend")
        try:
            document = document_of(answer)
        except NotJsonError:
            document = None
        if not isinstance(document, dict):
            return Unseen(f"Resend answered {answer.status_code} with what can't be read")
        return document if answer.is_success else _refusal(answer.status_code, document)


def _refusal(status: int, document: Mapping[str, Any]) -> Unseen:
    name = word(document.get("name")) or "an error"
    if name == "restricted_api_key":
        return Unseen("RESEND_API_KEY may only send, which is enough for sending")
    said = f"Resend answered {status} {one_line(name, 60)}"
    # 403 is how it answers a key that it doesn't know, too.
    return Unseen(said, is_refused=status == 401 or name == "invalid_api_key")

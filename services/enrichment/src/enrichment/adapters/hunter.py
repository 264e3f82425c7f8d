"""Hunter v2, which verifies addresses."""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import httpx

from enrichment.adapters.calling import Calling, document_in
from enrichment.adapters.faults import Asked, Meaning, malformed
from enrichment.application.providers import Objected, Pending, Verdict, Verified
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.clock import Clock
from leadstream.http import ProviderClient, document_of, expect_calls, is_foreign
from leadstream.reading import NotJsonError, word

PROVIDER: Final = "hunter"
STILL_CHECKING: Final = 202
# A mail server has answered oddly: they say to ask again another time.
NOT_CHECKED: Final = 222
REFUSED: Final = (400, 422)
OBJECTED: Final = 451
ASK_AGAIN: Final = timedelta(seconds=2)
# With it they check what they are asked, and answer something of their own.
_TEST_KEY: Final = "test-api-key"

# What they say, and whether it counts. `webmail` says who runs the mailbox and not whether there is one: such
# addresses are skipped, says their help, as disposable ones are.
_VERDICTS: Final = {
    "valid": (EmailStatus.VALID, 1),
    "invalid": (EmailStatus.INVALID, 1),
    "accept_all": (EmailStatus.ACCEPT_ALL, 1),
    "disposable": (EmailStatus.DISPOSABLE, 0),
    "webmail": (EmailStatus.UNKNOWN, 0),
    "unknown": (EmailStatus.UNKNOWN, 0),
}
_OF_THE_PACE: Final = re.compile(
    r"\brate\b|too many|too fast|per (?:second|minute)|slow", re.IGNORECASE
)
_OF_THE_KEY: Final = re.compile(
    r"\bkey\b|\bplan\b|permission|upgrade|not allowed|unauthori|suspended|disabled|\bscope",
    re.IGNORECASE,
)

expect_calls(PROVIDER, "verify", "test")


class Hunter:
    name: Final = PROVIDER

    def __init__(
        self,
        client: ProviderClient,
        clock: Clock,
        *,
        url: str,
        verification_timeout: timedelta,
    ) -> None:
        self._calling = Calling(client, clock)
        self._url = url.rstrip("/")
        self._verification_timeout = verification_timeout

    async def test(self, account: Account) -> None:
        """Ask about the account itself, which is free."""
        asked = Asked(account, "test")
        request = httpx.Request("GET", f"{self._url}/account", headers=_headers(account))
        response = await self._calling.send(asked, request, meaning=_meaning_of_403)
        _data(document_in(response, asked), asked)

    def most_units(self) -> Decimal:
        return Decimal(1)

    async def verify(self, email: str, *, account: Account) -> Verdict:
        asked = Asked(account, "verify", about=email)
        request = httpx.Request(
            "GET",
            f"{self._url}/email-verifier",
            params={"email": email},
            headers=_headers(account),
        )
        response = await self._calling.send(
            asked,
            request,
            deadline=self._verification_timeout,
            answers=_is_answer,
            meaning=_meaning_of_403,
        )
        if response.status_code == STILL_CHECKING:
            # Asked again it is the same verification, and counts once.
            return Pending(ref="", after=ASK_AGAIN)
        if response.status_code == OBJECTED:
            return Objected()
        if response.status_code in REFUSED:
            return Verified(status=EmailStatus.INVALID)
        if response.status_code == NOT_CHECKED:
            return Verified(status=EmailStatus.UNKNOWN)
        return self._read(document_in(response, asked), asked)

    def _read(self, document: Any, asked: Asked) -> Verified:
        data = _data(document, asked)
        about = data.get("email")
        if isinstance(about, str) and not asked.account.training and not _same(about, asked.about):
            raise malformed("it is about another address", asked)
        status, units = _VERDICTS.get(word(data.get("status")) or "", (EmailStatus.UNKNOWN, 0))
        return Verified(status=status, units=Decimal(0 if asked.account.training else units))


def _headers(account: Account) -> dict[str, str]:
    # Never in the URL, where they take it, too: URLs are logged on the way.
    return {"x-api-key": _TEST_KEY if account.training else account.credentials["api_key"]}


def _data(document: Any, asked: Asked) -> dict[str, Any]:
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        raise malformed("there are no data", asked)
    return data


def _same(address: str, other: str | None) -> bool:
    return other is not None and address.strip().casefold() == other.strip().casefold()


def _is_answer(response: httpx.Response) -> bool:
    """Refused addresses and people are answers, in their own words; a page with such a status is about a country."""
    if response.status_code == OBJECTED:
        return not is_foreign(response)
    # Any other refusal may be of our making, and says nothing about the address.
    return response.status_code in REFUSED and any(
        word(error.get("id")) == "invalid_email" for error in _errors(response)
    )


def _meaning_of_403(response: httpx.Response) -> Meaning | None:
    """Nearly always too fast; only in words that it is about the key or the plan."""
    if response.status_code != 403:
        return None
    said = " ".join(f"{error.get('id')} {error.get('details')}" for error in _errors(response))
    if _OF_THE_KEY.search(said) and not _OF_THE_PACE.search(said):
        return Meaning.KEY
    return Meaning.TOO_FAST


def _errors(response: httpx.Response) -> Iterator[dict[str, Any]]:
    try:
        document = document_of(response)
    except NotJsonError:
        return
    errors = document.get("errors") if isinstance(document, dict) else None
    for error in errors if isinstance(errors, list) else []:
        if isinstance(error, dict):
            yield error

"""Every answer of Hunter, as what it means. Real sockets are in tests/contract/contact_sources."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from enrichment.adapters.hunter import Hunter
from enrichment.application.ports import CallFault, Ending
from enrichment.application.providers import Objected, Pending, Verdict, Verified
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from support.clock import FakeClock

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
KEY = {"api_key": "secret-key"}
ACCOUNT = Account(provider="hunter", workspace_id=UUID(int=7), credentials=KEY)
ANN = "ann+x@acme.com"
PAGE = b"<html>blocked in your country</html>"


def hunter(*answers: httpx.Response, asked: list[httpx.Request] | None = None) -> Hunter:
    left = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return next(left)

    return Hunter(
        ProviderClient(HttpClient(httpx.MockTransport(answer))),
        FakeClock(NOW),
        url="https://api.hunter.example/v2",
        verification_timeout=timedelta(seconds=5),
    )


def verdict(status: Any, email: Any = ANN) -> httpx.Response:
    body = {"data": {"status": status, "email": email}, "meta": {"params": {"email": email}}}
    return httpx.Response(200, json=body)


def error(status: int, kind: str, details: str = "") -> httpx.Response:
    body = {"errors": [{"id": kind, "code": status, "details": details}]}
    return httpx.Response(status, json=body)


async def verify(answer: httpx.Response, account: Account = ACCOUNT) -> Verdict:
    return await hunter(answer).verify(ANN, account=account)


async def fault(answer: httpx.Response) -> CallFault:
    with pytest.raises(CallFault) as raised:
        await verify(answer)
    return raised.value


async def test_the_key_is_in_a_header_and_in_no_url() -> None:
    asked: list[httpx.Request] = []
    account = {"data": {"email": "kate@leadstream.example"}}
    adapter = hunter(verdict("valid"), httpx.Response(200, json=account), asked=asked)

    await adapter.verify(ANN, account=ACCOUNT)
    await adapter.test(ACCOUNT)

    assert [(each.method, each.url.path) for each in asked] == [
        ("GET", "/v2/email-verifier"),
        ("GET", "/v2/account"),
    ]
    assert dict(asked[0].url.params) == {"email": ANN}
    for request in asked:
        assert request.headers["x-api-key"] == "secret-key"
        assert "secret-key" not in str(request.url)


@pytest.mark.parametrize(
    ("said", "status", "units"),
    [
        ("valid", EmailStatus.VALID, 1),
        ("invalid", EmailStatus.INVALID, 1),
        ("accept_all", EmailStatus.ACCEPT_ALL, 1),
        ("disposable", EmailStatus.DISPOSABLE, 0),
        # Whose mailbox it is, and not whether there is one.
        ("webmail", EmailStatus.UNKNOWN, 0),
        ("unknown", EmailStatus.UNKNOWN, 0),
        ("blocked", EmailStatus.UNKNOWN, 0),
        ("Accept-All", EmailStatus.ACCEPT_ALL, 1),
        (None, EmailStatus.UNKNOWN, 0),
        (True, EmailStatus.UNKNOWN, 0),
        (["valid"], EmailStatus.UNKNOWN, 0),
    ],
)
async def test_what_is_said_and_what_it_costs(said: Any, status: EmailStatus, units: int) -> None:
    assert await verify(verdict(said)) == Verified(status=status, units=Decimal(units))
    assert hunter().most_units() == 1


async def test_what_is_still_being_checked_is_asked_again() -> None:
    said = await verify(httpx.Response(202, json={"data": None}))

    assert isinstance(said, Pending)
    assert timedelta(0) < said.after <= timedelta(seconds=5)
    # In a reference there would be the person.
    assert said.ref == ""


async def test_an_odd_mail_server_says_nothing_of_the_address() -> None:
    assert await verify(httpx.Response(222, json={})) == Verified(status=EmailStatus.UNKNOWN)


async def test_who_objected_is_told_apart_from_a_page_with_that_status() -> None:
    for own in (error(451, "claimed_email"), httpx.Response(451), httpx.Response(451, json={})):
        assert await verify(own) == Objected()

    raised = await fault(httpx.Response(451, content=PAGE))
    assert isinstance(raised.outcome, Retry)
    assert raised.outcome.problem.error_class == "foreign_answer"


@pytest.mark.parametrize("status", [400, 422])
async def test_an_address_is_invalid_where_they_say_so_and_else_unknown(status: int) -> None:
    refused = error(status, "invalid_email", f"{ANN} is not valid")
    assert await verify(refused) == Verified(status=EmailStatus.INVALID)

    for other in (error(status, "wrong_params"), httpx.Response(status), error(status, "")):
        assert isinstance((await fault(other)).outcome, Failed)
    for page in (httpx.Response(status, content=PAGE), httpx.Response(status, json="no")):
        assert isinstance((await fault(page)).outcome, Retry)


@pytest.mark.parametrize(
    ("answer", "reason", "seconds"),
    [
        (error(403, "too_many_requests", "You have reached the rate limit"), "rate_limited", 60),
        (error(403, "", "Slow down, or upgrade your plan"), "rate_limited", 60),
        (httpx.Response(403), "rate_limited", 60),
        (httpx.Response(403, headers={"retry-after": "5"}), "rate_limited", 5),
        (httpx.Response(403, headers={"retry-after": "7200"}), "rate_limited", 60),
        (error(403, "forbidden", "Your plan does not include this"), "credential_refused", 300),
        (error(403, "forbidden", "This key has been disabled"), "credential_refused", 300),
        (error(401, "authentication_failed", "No user found"), "credential_refused", 300),
        (error(429, "usage", "You have reached your usage limit"), "quota_exhausted", 7200),
        (httpx.Response(429, content=PAGE), "rate_limited", 60),
    ],
)
async def test_what_concerns_every_call_holds_the_key(
    answer: httpx.Response, reason: str, seconds: int
) -> None:
    held = (await fault(answer)).outcome

    assert isinstance(held, Held)
    assert (held.scope, held.reason) == (ACCOUNT.scope, reason)
    assert held.until == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b""),
        httpx.Response(200, content=PAGE),
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json=[]),
        error(200, "server_error"),
        # An answer from somebody's cache.
        verdict("valid", "bob@acme.com"),
    ],
)
async def test_what_is_no_answer_is_no_verdict(answer: httpx.Response) -> None:
    assert (await fault(answer)).ending is Ending.UNKNOWN


@pytest.mark.parametrize("written", [ANN, ANN.upper(), "ann%2Bx%40acme.com", "ann%2Bx@acme.com"])
async def test_a_refusal_is_kept_without_the_person(written: str) -> None:
    held = (await fault(error(400, "wrong_params", f"no such parameter for {written}"))).outcome

    assert "no such parameter for …" in str(held.problem.excerpt)
    assert "acme.com" not in repr(held).lower()


async def test_training_asks_with_the_key_for_tests() -> None:
    asked: list[httpx.Request] = []
    training = Account(provider="hunter", credentials=KEY, training=True)

    said = await hunter(verdict("valid", "someone@else.example"), asked=asked).verify(
        ANN, account=training
    )

    assert said == Verified(status=EmailStatus.VALID, units=Decimal(0))
    assert asked[0].headers["x-api-key"] == "test-api-key"

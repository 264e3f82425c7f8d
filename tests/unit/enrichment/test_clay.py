"""Every answer of Clay, as what it means for the attempt. Real sockets are in tests/integration/enrichment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from enrichment.adapters.clay import Clay
from enrichment.application.ports import CallFault, Ending
from enrichment.application.providers import CompanyAsked
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Account
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Held, Retry
from support.clock import FakeClock

ACCOUNT = Account(provider="clay", credentials={"api_key": "key"})
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
OWN = httpx.Response(200, json={"contacts": [{"full_name": "Ann"}]})
MISSING = httpx.Response(404, json={"success": False, "message": "deprecated API endpoint"})
PAGE = httpx.Response(404, content=b"<html>not found</html>")


def clay(answers: Sequence[httpx.Response]) -> Clay:
    left = iter(answers)
    return Clay(
        ProviderClient(HttpClient(httpx.MockTransport(lambda request: next(left)))),
        FakeClock(NOW),
        url="https://api.clay.example/v1",
        verification_timeout=timedelta(seconds=5),
    )


async def ask(source: Clay) -> Answer:
    company = CompanyAsked(name="Acme", domain="acme.com")
    return (await source.find(company, limit=5, account=ACCOUNT)).answer


async def outcomes(answers: Sequence[httpx.Response]) -> list[str]:
    source, said = clay(answers), []
    for _ in answers:
        try:
            await ask(source)
            said.append("answer")
        except CallFault as fault:
            reason = fault.outcome.reason if isinstance(fault.outcome, Held) else ""
            said.append(reason or type(fault.outcome).__name__)
    return said


async def test_a_url_at_which_the_api_is_not_costs_no_lead() -> None:
    with pytest.raises(CallFault) as raised:
        await ask(clay([MISSING]))

    held = raised.value.outcome
    assert isinstance(held, Held)
    assert (held.scope, held.reason) == ("provider:clay", "misconfigured")
    assert held.until == NOW + timedelta(minutes=5)
    # Nothing was paid.
    assert raised.value.ending is Ending.REFUSED


async def test_not_found_once_is_no_reason_to_stop_everybody() -> None:
    assert await outcomes([OWN, MISSING, MISSING, OWN]) == ["answer", "Retry", "Retry", "answer"]
    assert await outcomes([PAGE, OWN, PAGE]) == ["Retry", "answer", "Retry"]


async def test_not_found_to_everything_is_said_even_where_it_was_there_before() -> None:
    assert await outcomes([OWN, MISSING, MISSING, MISSING]) == [
        *("answer", "Retry", "Retry", "misconfigured")
    ]
    assert await outcomes([PAGE, PAGE, PAGE]) == ["Retry", "Retry", "misconfigured"]


@pytest.mark.parametrize("body", [b"{}", b"[]", b"null", b'{"contacts": null}'])
async def test_an_empty_answer_is_an_answer(body: bytes) -> None:
    for response in (httpx.Response(200, content=body), httpx.Response(204)):
        answer = await ask(clay([response]))

        assert answer.contacts == ()


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>welcome</html>"),
        httpx.Response(200, json={"error": "try later"}),
        httpx.Response(202, json={}),
    ],
)
async def test_what_is_no_answer_may_have_been_paid_for(response: httpx.Response) -> None:
    with pytest.raises(CallFault) as raised:
        await ask(clay([response]))

    assert isinstance(raised.value.outcome, Retry)
    assert raised.value.ending is Ending.UNKNOWN


async def test_who_verifies_no_addresses_holds_nobody_up() -> None:
    verified = clay([MISSING, OWN])

    with pytest.raises(CallFault):
        await verified.verify("ann@acme.com", account=ACCOUNT)

    assert (await ask(verified)).contacts
    verdict = await clay([httpx.Response(200, json={})]).verify("a@b.example", account=ACCOUNT)
    assert verdict.status is EmailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(400, json={"error": "domain is missing"}), None),
        (httpx.Response(422, json={"error": "domain is missing"}), None),
        (OWN, None),
        (httpx.Response(401, json={"error": "no such key"}), "credential_refused"),
        (httpx.Response(402, json={"error": "no credits"}), "quota_exhausted"),
    ],
    ids=["refuses-nothing-asked", "does-so-otherwise", "answers", "wrong-key", "no-credits"],
)
async def test_a_key_is_tried_by_asking_about_nobody(
    response: httpx.Response, reason: str | None
) -> None:
    source = clay([response])
    if reason is None:
        await source.test(ACCOUNT)
        return
    with pytest.raises(CallFault) as raised:
        await source.test(ACCOUNT)

    assert isinstance(raised.value.outcome, Held)
    assert raised.value.outcome.reason == reason


async def test_a_key_without_a_url_costs_no_lead() -> None:
    own = Account(provider="clay", workspace_id=UUID(int=1), credentials={"api_key": "key"})
    client = ProviderClient(HttpClient(httpx.MockTransport(lambda request: OWN)))
    nowhere = Clay(client, FakeClock(NOW), url=None, verification_timeout=timedelta(seconds=5))

    with pytest.raises(CallFault) as raised:
        await nowhere.verify("a@b.example", account=own)

    held = raised.value.outcome
    assert isinstance(held, Held)
    assert (held.scope, held.reason) == (own.scope, "misconfigured")

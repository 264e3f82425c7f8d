"""Every answer of Clay, as what it means for the attempt. Real sockets are in tests/integration/enrichment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from enrichment.adapters.clay import Clay
from enrichment.application.ports import CallFault, Ending
from enrichment.domain.contact import EmailStatus
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Held, Retry
from support.clock import FakeClock

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
        key="key",
        verification_timeout=timedelta(seconds=5),
    )


async def outcomes(answers: Sequence[httpx.Response]) -> list[str]:
    source, said = clay(answers), []
    for _ in answers:
        try:
            await source.enrich(domain="acme.com", company_name="Acme")
            said.append("answer")
        except CallFault as fault:
            reason = fault.outcome.reason if isinstance(fault.outcome, Held) else ""
            said.append(reason or type(fault.outcome).__name__)
    return said


async def test_a_url_at_which_the_api_is_not_costs_no_lead() -> None:
    with pytest.raises(CallFault) as raised:
        await clay([MISSING]).enrich(domain="acme.com", company_name="Acme")

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
        answer = await clay([response]).enrich(domain="acme.com", company_name="Acme")

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
        await clay([response]).enrich(domain="acme.com", company_name="Acme")

    assert isinstance(raised.value.outcome, Retry)
    assert raised.value.ending is Ending.UNKNOWN


async def test_who_verifies_no_addresses_holds_nobody_up() -> None:
    verified = clay([MISSING, OWN])

    with pytest.raises(CallFault):
        await verified.verify("ann@acme.com")

    assert (await verified.enrich(domain="acme.com", company_name="Acme")).contacts
    assert await clay([httpx.Response(200, json={})]).verify("a@b.example") is EmailStatus.UNKNOWN

"""What is not the platform's own answer says nothing about the lead, the token or the set-up."""

from datetime import datetime, timedelta

import httpx
import pytest

from leadstream.clock import Clock
from leadstream.http import HttpClient, ProviderClient
from platform_upload.adapters.exchange import Exchange, Speaks
from platform_upload.adapters.hubspot.answers import speaks as hubspot
from platform_upload.adapters.marketo.answers import speaks as marketo
from platform_upload.adapters.reply import Reply
from platform_upload.adapters.salesforce.answers import speaks as salesforce
from platform_upload.adapters.strangers import FIRST_REST, LONGEST_REST
from platform_upload.adapters.webhook import speaks as webhook
from platform_upload.domain.answers import RefusedError, Verdict
from unit.platform_upload.builders import NOW, a_budget

HTML = "<html><body><h1>Something went wrong</h1></body></html>"
WAYS = [
    (hubspot, "search"),
    (marketo, "sync"),
    (marketo, "token"),
    (salesforce, "token"),
    (salesforce, "upsert"),
    (webhook, "upload"),
]


class HandClock(Clock):
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


class Way:
    """An exchange with something that answers as it is told to."""

    def __init__(self, speaks: Speaks) -> None:
        self.clock = HandClock()
        self.answers: list[httpx.Response] = []
        transport = httpx.MockTransport(lambda request: self.answers.pop(0))
        client = ProviderClient(HttpClient(transport))
        limit = timedelta(seconds=60)
        self.exchange = Exchange(client, "any", self.clock, timeout=limit, speaks=speaks)

    async def ask(self, operation: str, status: int, body: str | dict[str, object]) -> Reply:
        kind = {"json": body} if isinstance(body, dict) else {"html": body}
        self.answers.append(httpx.Response(status, **kind))
        request = httpx.Request("POST", "https://api.example/path")
        return await self.exchange.send(operation, request, a_budget())


@pytest.mark.parametrize(("speaks", "operation"), WAYS)
@pytest.mark.parametrize(
    "status", [400, 401, 402, 403, 407, 408, 409, 411, 413, 422, 429, 502, 504]
)
async def test_a_proxys_page_is_passing_whatever_its_status(
    speaks: Speaks, operation: str, status: int
) -> None:
    with pytest.raises(RefusedError) as refused:
        await Way(speaks).ask(operation, status, HTML)

    assert refused.value.refused.verdict in {Verdict.RETRY, Verdict.AMBIGUOUS}


@pytest.mark.parametrize(("speaks", "operation"), WAYS[:5])
@pytest.mark.parametrize("body", ["", {"message": "no Route matched with those values"}, "busy"])
async def test_a_gateways_own_words_are_passing(
    speaks: Speaks, operation: str, body: str | dict[str, object]
) -> None:
    with pytest.raises(RefusedError) as refused:
        await Way(speaks).ask(operation, 401, body)

    assert refused.value.refused.verdict is Verdict.RETRY


@pytest.mark.parametrize(("speaks", "operation"), WAYS)
@pytest.mark.parametrize("status", [404, 405])
async def test_an_address_without_the_api_is_misconfigured_and_looked_at_again_soon_at_first(
    speaks: Speaks, operation: str, status: int
) -> None:
    way = Way(speaks)
    rests, verdicts = [], []
    for _ in range(12):
        with pytest.raises(RefusedError) as caught:
            await way.ask(operation, status, HTML)
        refused = caught.value.refused
        assert refused.after
        # No attempt is counted.
        assert refused.throttled
        verdicts.append(refused.verdict)
        rests.append(refused.after)
        way.clock.at += refused.after

    assert verdicts == [Verdict.RETRY] + [Verdict.CONFIGURATION] * 11
    assert rests[:3] == [FIRST_REST, FIRST_REST * 2, FIRST_REST * 4]
    assert rests[-1] == LONGEST_REST


async def test_calls_that_were_under_way_together_count_once() -> None:
    way = Way(hubspot)
    rests = set()
    for _ in range(5):
        with pytest.raises(RefusedError) as refused:
            await way.ask("search", 404, HTML)
        rests.add(refused.value.refused.after)

    assert rests == {FIRST_REST}


@pytest.mark.parametrize(
    ("speaks", "operation", "status", "body"),
    [
        (hubspot, "search", 401, {"category": "INVALID_AUTHENTICATION", "message": "no"}),
        (hubspot, "search", 404, {"status": "error", "message": "no"}),
        (hubspot, "search", 429, {"policyName": "DAILY", "message": "no"}),
        (marketo, "sync", 413, "no"),
        (marketo, "sync", 502, {"success": False, "errors": [{"code": "502"}]}),
        (marketo, "token", 401, {"error": "unauthorized"}),
        (salesforce, "token", 400, {"error": "invalid_grant"}),
        (webhook, "upload", 400, "no"),
        (webhook, "upload", 410, HTML),
        (webhook, "upload", 302, HTML),
    ],
)
async def test_the_platforms_own_words_are_left_to_its_adapter(
    speaks: Speaks, operation: str, status: int, body: str | dict[str, object]
) -> None:
    way = Way(speaks)
    if body == "no":
        way.answers.append(httpx.Response(status, text=body))
        request = httpx.Request("POST", "https://api.example/path")
        reply = await way.exchange.send(operation, request, a_budget())
    else:
        reply = await way.ask(operation, status, body)

    assert reply.status == status

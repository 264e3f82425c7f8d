"""Every answer of the provider, as what the attempt makes of it. Real sockets are in tests/integration/discovery."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import httpx
import orjson
import pytest

from discovery.adapters.datashopper import DataShopper
from discovery.adapters.pages import Pages
from discovery.application.ports import Answer, IsEnough, SearchOutcome, Turns
from discovery.domain.finding import Finding
from discovery.domain.search import Filters, Range
from leadstream.accounts import Account
from leadstream.companies import company_domain
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from support.clock import FakeClock
from unit.discovery.builders import FakeTurns, always_enough

NOW = datetime(2026, 1, 22, 2, 0, tzinfo=UTC)
KEY = "sandbox-key-1234567890"
ACCOUNT = Account(provider="datashopper", credentials={"api_key": KEY})


async def ask(
    answer: httpx.Response | Callable[[httpx.Request], httpx.Response],
    filters: Filters | None = None,
    *,
    is_enough: IsEnough = always_enough,
    pages: int = 3,
    turns: Turns | None = None,
    base_url: str | None = "https://api.datashopper.example/v1",
) -> SearchOutcome:
    handler = answer if callable(answer) else lambda request: answer
    client = HttpClient(httpx.MockTransport(handler))
    source = DataShopper(
        ProviderClient(client),
        FakeClock(NOW),
        Pages("datashopper", turns or FakeTurns(), most=pages, within=timedelta(seconds=5)),
        base_url=base_url,
        domain_of=company_domain,
    )
    try:
        return await source.search(
            "AI automation tools", filters or Filters(), account=ACCOUNT, is_enough=is_enough
        )
    finally:
        await client.aclose()


async def test_b03_the_request_is_exactly_the_contracts() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"results": []})

    await ask(
        answer, Filters(country="United States", employees=Range(min=0), industries=("A", "B"))
    )

    (request,) = seen
    assert request.method == "GET"
    assert str(request.url) == (
        "https://api.datashopper.example/v1/companies/search?topic=AI+automation+tools&limit=50"
        "&country=United+States&min_employees=0&industry=A&industry=B"
    )
    assert request.headers["authorization"] == f"Bearer {KEY}"


async def test_an_answer_is_its_items() -> None:
    outcome = await ask(httpx.Response(200, json={"results": [{"name": "Acme"}, 5], "total": 2}))

    assert isinstance(outcome, Answer)
    assert (outcome.harvest.found, len(outcome.harvest.findings)) == (2, 1)


@pytest.mark.parametrize(
    "body",
    [
        rb'{"results": [{"name": "Ac\ud800me"}, {"name": "Apex"}]}',
        b'\xef\xbb\xbf{"results": [{"name": "Acme"}, {"name": "Apex\\u0000"}]}',
        '{"results": [{"name": "Acme"}, {"name": "Apex"}]}'.encode("utf-16"),
        b'[{"name": "Acme"}, {"name": "Apex"}]',
        b'{"results": [{"name": "Acme", "revenue": 1e999}, {"name": "Apex"}]}',
    ],
)
async def test_an_odd_answer_costs_nothing(body: bytes) -> None:
    outcome = await ask(httpx.Response(200, content=body))

    assert isinstance(outcome, Answer)
    assert [each.company.name for each in outcome.harvest.findings] == ["Acme", "Apex"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"{}"),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"results": null}'),
        (200, b'{"results": {}}'),
        (200, b'{"results": [], "error": null}'),
        (200, b'{"total": 0}'),
        (204, b""),
    ],
)
async def test_an_empty_answer_is_an_answer(status: int, body: bytes) -> None:
    outcome = await ask(httpx.Response(status, content=body))

    assert isinstance(outcome, Answer)
    assert outcome.harvest.found == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"OK",
        b'"OK"',
        b'{"results": "none"}',
        b'{"results": [NaN]}',
        b'{"results": [',
        b"[" * 200_000,
        b'{"error": "the index is being rebuilt"}',
        b'{"success": false, "results": null}',
    ],
)
async def test_b10_a_malformed_answer_is_retried(body: bytes) -> None:
    outcome = await ask(httpx.Response(200, content=body))

    assert isinstance(outcome, Retry)
    assert outcome.problem.error_class == "malformed_answer"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "30"}, timedelta(seconds=30)),
        ({"retry-after": "Thu, 22 Jan 2026 02:02:00 GMT"}, timedelta(minutes=2)),
        ({"retry-after": "0"}, timedelta(seconds=1)),
        ({"retry-after": "soon"}, timedelta(seconds=30)),
        ({"retry-after": "inf"}, timedelta(seconds=30)),
        ({"x-ratelimit-reset": "45"}, timedelta(seconds=45)),
        ({}, timedelta(seconds=30)),
    ],
)
async def test_b11_429_holds_the_provider(headers: dict[str, str], wait: timedelta) -> None:
    outcome = await ask(httpx.Response(429, headers=headers))

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == ("provider:datashopper", "rate_limited")
    assert outcome.until == NOW + wait


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(402, json={"message": "credits exhausted"}),
        httpx.Response(429, json={"error": {"code": "quota_exceeded"}}),
        httpx.Response(403, json={"code": "credits_exhausted", "message": "none left"}),
        httpx.Response(200, json={"results": None, "error": {"code": "Quota exceeded"}}),
    ],
)
async def test_a_used_up_quota_holds_the_provider_until_it_is_reset(answer: httpx.Response) -> None:
    outcome = await ask(answer)

    assert isinstance(outcome, Held)
    assert outcome.reason == "quota_exhausted"
    assert outcome.until == datetime(2026, 1, 23, tzinfo=UTC)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_holds_the_provider_and_is_looked_at_again(status: int) -> None:
    outcome = await ask(httpx.Response(status, json={"error": {"code": "unauthorized"}}))

    assert isinstance(outcome, Held)
    assert outcome.reason == "credential_refused"
    assert outcome.until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 524, 599])
async def test_b10_passing_errors_are_retried(status: int) -> None:
    outcome = await ask(httpx.Response(status, content=b"<html>", headers={"retry-after": "7"}))

    assert isinstance(outcome, Retry)
    assert (outcome.after, outcome.problem.status_code) == (timedelta(seconds=7), status)


@pytest.mark.parametrize("status", [400, 409, 418, 422, 451])
async def test_what_will_never_work_is_not_retried(status: int) -> None:
    outcome = await ask(httpx.Response(status, json={"message": "no such country"}))

    assert isinstance(outcome, Failed)
    assert outcome.problem.status_code == status


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 413, 502])
@pytest.mark.parametrize("body", [b"<html>blocked</html>", b"upstream connect error", b'"no"'])
async def test_what_is_not_the_vendors_own_answer_is_passing(status: int, body: bytes) -> None:
    outcome = await ask(httpx.Response(status, content=body))

    assert isinstance(outcome, Retry)
    assert outcome.problem.error_class == "foreign_answer"


@pytest.mark.parametrize("status", [202, 301, 302, 304, 307, 407, 511])
async def test_what_only_something_in_between_says_is_passing(status: int) -> None:
    outcome = await ask(httpx.Response(status, headers={"location": "https://elsewhere.example"}))

    assert isinstance(outcome, Retry)


@pytest.mark.parametrize("status", [404, 405, 410])
async def test_a_url_at_which_the_api_is_not_holds_the_provider(status: int) -> None:
    outcome = await ask(httpx.Response(status, json={"message": "deprecated API endpoint"}))

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == ("provider:datashopper", "misconfigured")
    assert outcome.until == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("fault", "error_class"),
    [(httpx.ConnectError("refused"), "not_sent"), (httpx.ReadTimeout("late"), "no_answer")],
)
async def test_a_search_without_an_answer_is_retried(
    fault: httpx.TransportError, error_class: str
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise fault

    outcome = await ask(fail)

    assert isinstance(outcome, Retry)
    assert outcome.problem.error_class == error_class
    assert not outcome.ambiguous


async def test_what_is_kept_of_an_answer_has_no_secret_and_fits_postgres() -> None:
    body = orjson.dumps({"message": f"bad key {KEY} of ops@acme.example"}) + b"\0" + b"x" * 5000

    outcome = await ask(httpx.Response(500, content=body))

    assert isinstance(outcome, Retry)
    excerpt = outcome.problem.excerpt
    assert excerpt
    assert KEY not in excerpt
    assert "ops@" not in excerpt
    assert "\0" not in excerpt
    assert len(excerpt) <= 500


def a_page(*names: str, total: object, number: int = 1) -> httpx.Response:
    results = [{"name": name, "domain": f"{name}.com"} for name in names]
    return httpx.Response(
        200, json={"results": results, "total": total, "page": number, "per_page": 50}
    )


async def _only_known(findings: Sequence[Finding]) -> bool:
    return any(each.company.name.startswith("new") for each in findings)


class Vendor:
    """Answers one page after another, and remembers which it was asked for."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.pages: list[str | None] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.pages.append(request.url.params.get("page"))
        return self._answers[len(self.pages) - 1]


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        # Behaviour 3: a page that brings something new is the one search.
        ([a_page("a", "new", total=9)], [None]),
        ([a_page("a", "b", total=2)], [None]),
        ([a_page("a", "b", total=None)], [None]),
        ([a_page("a", "b", total="many")], [None]),
        ([a_page("a", "b", total=-3)], [None]),
        ([a_page(total=9)], [None]),
        ([a_page("a", total="1,200"), a_page("new", total=9)], [None, "2"]),
        ([a_page("a", "b", total=3), a_page("c", total=3)], [None, "2"]),
        ([a_page("a", total=9), a_page(total=9)], [None, "2"]),
        # It gives the first page whichever is asked for.
        ([a_page("a", total=9), a_page("a", total=9)], [None, "2"]),
        ([a_page("a", total=9), a_page("b", total=9), a_page("c", total=9)], [None, "2", "3"]),
    ],
    ids=[
        "new-at-once",
        "no-more",
        "no-total",
        "total-in-words",
        "total-below-zero",
        "nothing",
        "new-on-the-second",
        "last-page",
        "empty-page",
        "same-page",
        "most-pages",
    ],
)
async def test_b03_the_next_page_is_asked_for_while_one_brings_only_what_is_known(
    answers: list[httpx.Response], asked: list[str | None]
) -> None:
    vendor = Vendor(*answers)

    outcome = await ask(vendor, is_enough=_only_known)

    assert isinstance(outcome, Answer)
    assert vendor.pages == asked
    assert outcome.units == len(asked)


async def test_what_all_pages_have_brought_is_one_harvest() -> None:
    vendor = Vendor(a_page("a", "b", total=9), a_page("b", "new", total=9))

    outcome = await ask(vendor, is_enough=_only_known)

    assert isinstance(outcome, Answer)
    assert (outcome.harvest.found, outcome.harvest.repeated) == (4, 1)
    assert [each.company.name for each in outcome.harvest.findings] == ["a", "b", "new"]


async def test_each_further_page_takes_a_right_and_without_one_the_search_ends() -> None:
    vendor = Vendor(a_page("a", total=9), a_page("b", total=9))

    outcome = await ask(vendor, is_enough=_only_known, turns=FakeTurns(1))

    assert isinstance(outcome, Answer)
    assert vendor.pages == [None, "2"]
    assert outcome.note == "datashopper: page 3: no time for it"


@pytest.mark.parametrize(
    "fault", [httpx.Response(500), httpx.Response(400), httpx.Response(200, text="<html>")]
)
async def test_a_later_page_that_fails_costs_nothing_of_those_before(fault: httpx.Response) -> None:
    outcome = await ask(Vendor(a_page("a", total=9), fault), is_enough=_only_known)

    assert isinstance(outcome, Answer)
    assert outcome.harvest.found == 1
    assert str(outcome.note).startswith("datashopper: page 2: ")


async def test_b11_a_later_page_that_is_too_fast_holds_the_provider() -> None:
    vendor = Vendor(a_page("a", total=9), httpx.Response(429, headers={"retry-after": "9"}))

    outcome = await ask(vendor, is_enough=_only_known)

    assert isinstance(outcome, Held)
    assert outcome.until == NOW + timedelta(seconds=9)


async def test_without_a_url_a_workspaces_key_has_nowhere_to_go() -> None:
    outcome = await ask(httpx.Response(200), base_url=None)

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == ("provider:datashopper", "misconfigured")
    assert "DATASHOPPER_API_URL" in outcome.problem.message

"""What is G2's alone: paths, rows, pages, silences. What all sources must do is in tests/contract/intent_sources."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from discovery.adapters.g2 import G2
from discovery.adapters.pages import Pages
from discovery.application.ports import Answer, Fault, IsEnough, SearchOutcome
from discovery.domain.finding import Finding
from discovery.domain.harvest import Rejection
from discovery.domain.scoring import Strength
from discovery.domain.search import Filters, Range
from leadstream.accounts import Account, WrongAccountError, provider_named
from leadstream.accounts.catalogue import checked_settings
from leadstream.companies import company_domain
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from support.clock import FakeClock
from unit.discovery.builders import FakeTurns, always_enough

NOW = datetime(2026, 1, 22, 2, 0, tzinfo=UTC)
TOPIC = "AI automation tools"
PRODUCTS = {TOPIC: "crm-suite"}
BLOCKED = "<html><h1>Error 1015</h1><p>You are being rate limited</p></html>"


class Vendor:
    """Answers one thing after another, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.seen]


def an_account(*, training: bool = False, **settings: Any) -> Account:
    return Account(
        provider="g2",
        credentials={"api_token": "token-1234567890"},
        training=training,
        settings={"products": PRODUCTS, **settings},
    )


def a_row(domain: str = "acme.com", signal: str = "pricing", **more: object) -> dict[str, Any]:
    attributes = {
        "company_name": f"Company {domain}",
        "company_domain": domain,
        "signal_type": signal,
        "day": "2026-01-20",
        **more,
    }
    return {"id": "1", "type": "buyer_intent_interactions", "attributes": attributes}


def an_answer(*rows: Any, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": list(rows), **more})


async def with_source(
    vendor: Vendor, use: Callable[[G2], Any], turns: FakeTurns | None = None
) -> Any:
    client = HttpClient(httpx.MockTransport(vendor))
    pages = Pages("g2", turns or FakeTurns(), most=4, within=timedelta(seconds=2))
    source = G2(
        ProviderClient(client),
        FakeClock(NOW),
        pages,
        url="https://data.g2.example/api/v2",
        domain_of=company_domain,
    )
    try:
        return await use(source)
    finally:
        await client.aclose()


async def ask(
    vendor: Vendor,
    account: Account | None = None,
    *,
    topic: str = TOPIC,
    filters: Filters | None = None,
    is_enough: IsEnough = always_enough,
    turns: FakeTurns | None = None,
) -> SearchOutcome:
    found: SearchOutcome = await with_source(
        vendor,
        lambda source: source.search(
            topic, filters or Filters(), account=account or an_account(), is_enough=is_enough
        ),
        turns,
    )
    return found


async def try_out(vendor: Vendor, account: Account) -> Fault | None:
    fault: Fault | None = await with_source(vendor, lambda source: source.test(account))
    return fault


def strengths(outcome: SearchOutcome) -> dict[str, Strength]:
    assert isinstance(outcome, Answer)
    (finding,) = outcome.harvest.findings
    return {signal.signal_type: signal.strength for signal in finding.signals}


async def test_b03_the_request_is_as_it_is_documented() -> None:
    vendor = Vendor(an_answer(a_row()))

    await ask(
        vendor,
        filters=Filters(
            country="United States",
            state="California",
            employees=Range(min=0, max=500.0),
            industries=("Software",),
        ),
    )

    (request,) = vendor.seen
    assert request.url.path == "/api/v2/products/crm-suite/buyer_intent"
    assert dict(request.url.params) == {
        "dimensions": "company_name,company_domain,company_country,company_state,company_employees,"
        "company_industry,signal_type,day,company_intent_score",
        "measures": "total_activity,visitor_count,last_seen_at",
        "dimension_filters[company_country_eq]": "United States",
        "dimension_filters[company_employees_gteq]": "0",
        "dimension_filters[company_employees_lteq]": "500",
        "dimension_filters[day_gteq]": "2025-12-23",
        "page[size]": "250",
    }
    assert request.headers["authorization"] == "Bearer token-1234567890"
    assert request.headers["accept"] == "application/vnd.api+json"


async def test_rows_of_one_company_and_day_are_one_signal_each() -> None:
    rows = [
        a_row(signal="pricing"),
        a_row("ACME.com", signal="Pricing"),
        a_row(signal="compare"),
        a_row(signal="pricing", day="2026-01-21"),
        a_row("apex.com", signal="profile"),
    ]

    outcome = await ask(Vendor(an_answer(*rows)))

    assert isinstance(outcome, Answer)
    acme, apex = outcome.harvest.findings
    assert (len(acme.signals), len(apex.signals)) == (3, 1)
    assert {signal.source for signal in acme.signals} == {"G2"}
    assert outcome.harvest.found == 2


@pytest.mark.parametrize("domain", ["gmail.com", "n/a", "-", "www.linkedin.com", "10.0.0.1"])
async def test_b08_what_is_nobodys_own_domain_makes_no_two_companies_one(domain: str) -> None:
    rows = [a_row(domain, company_name=name) for name in ("Acme", "Beta", "acme ")]

    outcome = await ask(Vendor(an_answer(*rows)))

    assert isinstance(outcome, Answer)
    assert [each.company.name for each in outcome.harvest.findings] == ["Acme", "Beta"]


async def test_a_fact_that_one_row_leaves_out_another_of_the_company_tells() -> None:
    first = a_row(company_name=None, company_industry=None)
    second = a_row("www.acme.com", company_name="Acme", company_industry="Software")

    outcome = await ask(Vendor(an_answer(first, second)))

    assert isinstance(outcome, Answer)
    (found,) = outcome.harvest.findings
    assert (found.company.name, found.company.industry) == ("Acme", "Software")


async def test_what_a_type_is_worth_is_a_setting_with_a_default() -> None:
    kinds = ("pricing", "Compare", "alternatives", "profile", "category", "sponsored_content")
    answer = an_answer(*(a_row(signal=kind) for kind in kinds))

    usual = strengths(await ask(Vendor(answer)))
    own = strengths(
        await ask(Vendor(answer), an_account(strengths={"category": "high", "other": "medium"}))
    )

    high, medium, low = Strength.HIGH, Strength.MEDIUM, Strength.LOW
    assert list(map(usual.get, kinds)) == [high, high, high, medium, medium, low]
    assert list(map(own.get, kinds)) == [high, high, high, medium, high, medium]


@pytest.mark.parametrize(
    ("score", "strength"),
    [(75, "high"), ("74.9", "medium"), (40, "medium"), (39, "low"), (None, "low"), ("n/a", "low")],
)
async def test_a_score_may_count_in_place_of_the_type(score: object, strength: str) -> None:
    account = an_account(scores={"high": 75, "medium": 40})

    outcome = await ask(Vendor(an_answer(a_row(company_intent_score=score))), account)

    assert strengths(outcome) == {"pricing": Strength(strength)}


@pytest.mark.parametrize(
    ("filters", "told", "left_out"),
    [
        (Filters(state="California"), {"company_state": "california"}, 0),
        (Filters(state="California"), {"company_state": "Texas"}, 1),
        # It may be the same: a code can't be compared with a name.
        (Filters(state="California"), {"company_state": "CA"}, 0),
        (Filters(state="California"), {}, 0),
        (Filters(industries=("Software", "Retail")), {"company_industry": "Computer Software"}, 0),
        (Filters(industries=("Software", "Retail")), {"company_industry": "Banking"}, 1),
        (Filters(industries=("Software",)), {"company_industry": 7}, 0),
    ],
    ids=["state", "other-state", "code", "no-state", "industry", "other-industry", "odd-industry"],
)
async def test_what_g2_is_not_asked_for_is_left_out_here(
    filters: Filters, told: dict[str, Any], left_out: int
) -> None:
    outcome = await ask(Vendor(an_answer(a_row(**told), a_row("apex.com"))), filters=filters)

    assert isinstance(outcome, Answer)
    assert outcome.harvest.found == 2
    assert outcome.harvest.rejected.get(Rejection.FILTERED_OUT, 0) == left_out
    assert len(outcome.harvest.findings) == 2 - left_out


@pytest.mark.parametrize(
    "answers",
    [
        {
            "links": {
                "next": "https://elsewhere.example/api/v2/x?page%5Bafter%5D=abc%3D&page[size]=9"
            }
        },
        {"links": {"next": {"href": "/api/v2/x?page[after]=abc%3D"}}},
        {"cursor_pagination": {"next": "abc="}},
        {"links": {"next": None}, "cursor_pagination": {"next": "abc="}},
    ],
    ids=["link", "object", "cursor", "both"],
)
async def test_pages_go_on_by_the_cursor_and_never_where_an_answer_says(
    answers: dict[str, Any],
) -> None:
    vendor = Vendor(
        an_answer(a_row(), **answers), an_answer(a_row("apex.com"), links={"next": None})
    )

    outcome = await ask(vendor)

    assert isinstance(outcome, Answer)
    assert (len(outcome.harvest.findings), outcome.units, outcome.note) == (2, Decimal(2), None)
    assert {request.url.host for request in vendor.seen} == {"data.g2.example"}
    assert [request.url.params.get("page[after]") for request in vendor.seen] == [None, "abc="]


@pytest.mark.parametrize("odd", [5, "", [], "x" * 5000, {"href": 5}])
async def test_what_is_no_cursor_ends_the_search(odd: object) -> None:
    vendor = Vendor(an_answer(a_row(), links={"next": odd}))

    outcome = await ask(vendor)

    assert isinstance(outcome, Answer)
    assert len(vendor.seen) == 1


async def test_a_company_whose_rows_are_on_two_pages_has_them_all() -> None:
    following = {"cursor_pagination": {"next": "two"}}
    vendor = Vendor(
        an_answer(a_row(signal="pricing"), **following), an_answer(a_row(signal="compare"))
    )

    outcome = await ask(vendor)

    assert len(strengths(outcome)) == 2


async def test_fifty_companies_are_enough_if_one_is_new() -> None:
    page = an_answer(
        *(a_row(f"company-{n}.com") for n in range(50)), cursor_pagination={"next": "two"}
    )
    vendor = Vendor(page)

    await ask(vendor)

    assert len(vendor.seen) == 1


async def test_there_is_an_end_to_pages_and_it_is_told() -> None:
    pages = [
        an_answer(a_row(f"company-{n}.com"), cursor_pagination={"next": f"page-{n}"})
        for n in range(9)
    ]
    vendor = Vendor(*pages)

    outcome = await ask(vendor, is_enough=_never)

    assert isinstance(outcome, Answer)
    assert (outcome.units, outcome.note) == (Decimal(4), "g2: more than 4 pages")
    assert len(vendor.seen) == 4


async def _never(findings: Sequence[Finding]) -> bool:
    return False


@pytest.mark.parametrize("status", [403, 429])
async def test_b11_a_page_of_the_edge_is_a_minute_of_silence_for_all(status: int) -> None:
    own = replace(an_account(), workspace_id=UUID(int=7))

    outcome = await ask(Vendor(httpx.Response(status, html=BLOCKED)), own)

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == ("provider:g2", "rate_limited")
    assert outcome.until == NOW + timedelta(seconds=60)


async def test_b11_a_page_of_the_edge_on_a_later_page_holds_as_well() -> None:
    first = an_answer(a_row(), cursor_pagination={"next": "two"})

    outcome = await ask(Vendor(first, httpx.Response(403, html=BLOCKED)))

    assert isinstance(outcome, Held)


async def test_a_later_page_that_fails_costs_nothing_of_the_first() -> None:
    first = an_answer(a_row(), cursor_pagination={"next": "two"})

    outcome = await ask(Vendor(first, httpx.Response(500, json={"errors": [{"title": "oh"}]})))

    assert isinstance(outcome, Answer)
    assert len(outcome.harvest.findings) == 1
    assert outcome.note == "g2: page 2: answered 500"


async def test_a_right_that_does_not_come_ends_the_search() -> None:
    vendor = Vendor(an_answer(a_row(), cursor_pagination={"next": "two"}))

    outcome = await ask(vendor, turns=FakeTurns(0))

    assert isinstance(outcome, Answer)
    assert (len(vendor.seen), outcome.note) == (1, "g2: page 2: no time for it")


async def test_a_product_that_is_not_there_fails_the_run_and_names_the_setting() -> None:
    answer = httpx.Response(404, json={"errors": [{"status": "404", "title": "Product not found"}]})

    outcome = await ask(Vendor(answer))

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == "misconfigured"
    assert "settings.products" in outcome.problem.message


async def test_a_topic_that_no_product_is_for_fails_without_a_call() -> None:
    vendor = Vendor(an_answer())

    outcome = await ask(vendor, topic="Payments")

    assert isinstance(outcome, Failed)
    assert "'Payments'" in outcome.problem.message
    assert not outcome.tried
    assert vendor.seen == []


async def test_topics_are_found_however_they_are_spelled_and_may_be_any() -> None:
    vendor = Vendor(an_answer())
    products = {"*": "*", "payments": {"product": "pay", "filters": {"company_industry_cont": "B"}}}

    await ask(vendor, an_account(products=products), topic="  PAYMENTS ")
    await ask(vendor, an_account(products=products), topic="Anything")

    assert vendor.paths == ["/api/v2/products/pay/buyer_intent", "/api/v2/buyer_intent"]
    assert vendor.seen[0].url.params["dimension_filters[company_industry_cont]"] == "B"


async def test_training_asks_the_sandbox_for_the_year_that_it_has() -> None:
    vendor = Vendor(an_answer())

    await ask(vendor, an_account(training=True, days=7))

    assert vendor.paths == ["/api/sandbox/products/crm-suite/buyer_intent"]
    assert vendor.seen[0].url.params["dimension_filters[day_gteq]"] == "2025-01-22"


async def test_training_without_a_product_says_so() -> None:
    outcome = await ask(Vendor(an_answer()), an_account(training=True, products={"*": "*"}))

    assert isinstance(outcome, Failed)
    assert "sandbox" in outcome.problem.message


async def test_a_test_asks_the_sandbox_first_and_then_for_one_row() -> None:
    vendor = Vendor(an_answer())

    assert await try_out(vendor, an_account()) is None

    assert vendor.paths == [
        "/api/sandbox/products/crm-suite/buyer_intent",
        "/api/v2/products/crm-suite/buyer_intent",
    ]
    assert {request.url.params["page[size]"] for request in vendor.seen} == {"1"}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_test_says_what_is_wrong_with_a_token(status: int) -> None:
    vendor = Vendor(httpx.Response(status, json={"errors": [{"title": "no scope"}]}))

    fault = await try_out(vendor, an_account())

    assert isinstance(fault, Held)
    assert fault.reason == "credential_refused"


async def test_an_api_that_is_not_there_is_misconfigured() -> None:
    vendor = Vendor(httpx.Response(404, html="<h1>nginx</h1>"))

    async def three_times(source: G2) -> list[SearchOutcome]:
        asked = {"account": an_account(), "is_enough": always_enough}
        return [await source.search(TOPIC, Filters(), **asked) for _ in range(3)]  # type: ignore[arg-type]  # a test's own

    first, *_, last = await with_source(vendor, three_times)

    assert isinstance(first, Retry)
    assert isinstance(last, Held)
    assert last.reason == "misconfigured"


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"products": {}}, "settings.products"),
        ({"products": ["crm"]}, "settings.products"),
        ({"products": {"AI": "../users/me"}}, "settings.products"),
        ({"products": {"AI": {"produkt": "x"}}}, "settings.products"),
        ({"products": {"AI": {"filters": {"company_industry": "x"}}}}, "settings.products"),
        ({"strengths": {"pricing": "enormous"}}, "settings.strengths"),
        ({"scores": {"high": 40, "medium": 75}}, "settings.scores"),
        ({"scores": {"high": 40}}, "settings.scores"),
        ({"days": 0}, "settings.days"),
        ({"days": True}, "settings.days"),
        ({"window": 5}, "settings.window"),
    ],
    ids=lambda value: None if isinstance(value, dict) else value,
)
def test_settings_that_cannot_be_are_refused_with_their_place(
    settings: dict[str, Any], field: str
) -> None:
    with pytest.raises(WrongAccountError) as refused:
        checked_settings(provider_named("g2"), settings)

    assert refused.value.field == field


def test_settings_are_kept_as_they_are_meant() -> None:
    given = {
        "products": {" AI  tools ": " crm ", "*": {"filters": {"company_state_eq": "Texas"}}},
        "strengths": {"Pricing": " HIGH "},
        "scores": {"high": 80, "medium": 50},
        "days": 7,
    }

    assert checked_settings(provider_named("g2"), given) == {
        "products": {
            "AI tools": "crm",
            "*": {"product": "*", "filters": {"company_state_eq": "Texas"}},
        },
        "strengths": {"pricing": "high"},
        "scores": {"high": 80, "medium": 50},
        "days": 7,
    }

"""Every answer of People Data Labs, as what it means. Real sockets are in tests/contract/contact_sources."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment.adapters.people_data_labs import PeopleDataLabs
from enrichment.adapters.people_data_labs_answers import FIELDS, read_found
from enrichment.adapters.stored_answer import contacts_text
from enrichment.application.ports import CallFault, Ending
from enrichment.application.providers import CompanyAsked, Found, NotFound
from enrichment.domain.answer import Answer
from leadstream.accounts import Account
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Held, Retry
from support.clock import FakeClock

NOW = datetime(2026, 3, 1, 22, 0, 30, tzinfo=UTC)
OWN = UUID(int=7)
KEY = {"api_key": "secret-key"}
ACCOUNT = Account(provider="people_data_labs", credentials=KEY)
ACME = CompanyAsked(name="Acme", domain="acme.com")
NOBODY = {"status": 404, "error": {"type": "not_found", "message": "No records were found"}}
ADA = {
    "id": "abc_0000",
    "full_name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "work_email": "Ada@Acme.com",
    "personal_emails": ["ada@gmail.com"],
    "recommended_personal_email": "ada@gmail.com",
    "mobile_phone": "+14155550100",
    "emails": [{"address": "ada@gmail.com", "type": "personal"}],
    "job_title": "Chief Technology Officer",
    "job_title_role": "Engineering",
    "job_title_levels": ["Senior", "Cxo"],
    "linkedin_url": "Linkedin.com/In/Ada",
    "location_name": "London, England",
    "job_company_website": "acme.com",
    "job_company_industry": "Computing",
    "job_company_employee_count": 12,
    "job_company_founded": "1843",
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
RECORDS = st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON


class Pdl:
    """The adapter before a transport that answers what it is told, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.asked: list[httpx.Request] = []
        left: Iterator[httpx.Response] = iter(answers)

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return next(left)

        self.adapter = PeopleDataLabs(
            ProviderClient(HttpClient(httpx.MockTransport(answer))),
            FakeClock(NOW),
            url="https://api.pdl.example/v5/",
            sandbox_url="https://sandbox.pdl.example/v5",
        )

    async def find(self, account: Account = ACCOUNT, domain: str = "acme.com") -> Any:
        return await self.adapter.find(
            CompanyAsked(name="Acme", domain=domain), limit=5, account=account
        )

    def body(self, number: int = 0) -> Any:
        return orjson.loads(self.asked[number].content)


def listing(*people: Any, spent: str | None = None) -> httpx.Response:
    headers = {} if spent is None else {"x-call-credits-spent": spent}
    body = {"status": 200, "data": list(people), "total": len(people)}
    return httpx.Response(200, json=body, headers=headers)


async def test_as_many_are_asked_for_as_are_wanted_by_the_website_and_titles_or_levels() -> None:
    pdl = Pdl(listing(ADA))

    await pdl.find()

    (request,) = pdl.asked
    assert (request.method, str(request.url)) == (
        "POST",
        "https://api.pdl.example/v5/person/search",
    )
    assert request.headers["x-api-key"] == "secret-key"
    body = pdl.body()
    assert (body["size"], body["titlecase"], "dataset" in body) == (5, True, False)
    assert "work_email" in body["data_include"].split(",")
    assert "personal" not in body["data_include"]
    query = body["query"]["query"]["bool"]
    assert query["filter"] == [{"term": {"job_company_website": "acme.com"}}]
    (who,) = query["must"]
    levels, *titles = who["bool"]["should"]
    assert who["bool"]["minimum_should_match"] == 1
    assert {"cxo", "vp", "director", "manager"} <= set(levels["terms"]["job_title_levels"])
    assert [each["match_phrase"]["job_title"] for each in titles] == [
        *("ceo", "cto", "vp", "director", "chief", "head of", "manager")
    ]


async def test_what_differs_by_contract_can_be_set() -> None:
    pdl = Pdl(listing(), listing())
    settings = {"dataset": "resume,email", "data_include": "full_name"}

    await pdl.find(Account(provider="people_data_labs", credentials=KEY, settings=settings))
    await pdl.find(
        Account(provider="people_data_labs", credentials=KEY, settings={"data_include": "all"})
    )

    assert (pdl.body(0)["dataset"], pdl.body(0)["data_include"]) == ("resume,email", "full_name")
    assert "data_include" not in pdl.body(1)


@pytest.mark.parametrize(
    "domain", ['acme.com" OR 1=1 --', "acme.com'}}]}},", '"},"match_all":{}', "*", "\\u0022"]
)
async def test_a_domain_stays_a_value_of_the_query(domain: str) -> None:
    pdl = Pdl(listing(), listing())

    await pdl.find(domain=domain)
    await pdl.find()

    ours, usual = pdl.body(0), pdl.body(1)
    assert ours["query"]["query"]["bool"].pop("filter") == [
        {"term": {"job_company_website": domain}}
    ]
    del usual["query"]["query"]["bool"]["filter"]
    assert ours == usual


async def test_a_person_is_read_with_the_address_at_work_only() -> None:
    found = await Pdl(listing(ADA)).find()

    assert isinstance(found, Found)
    (ada,) = found.answer.contacts
    assert (ada.id, ada.full_name, ada.first_name) == ("abc_0000", "Ada Lovelace", "Ada")
    assert (ada.email, ada.phone, ada.email_status) == ("ada@acme.com", None, None)
    assert (ada.title, ada.seniority) == ("Chief Technology Officer", "executive")
    assert (ada.department, ada.location) == ("Engineering", "London, England")
    assert ada.linkedin_url == "https://linkedin.com/in/ada"
    assert found.answer.facts == {
        "industry": "Computing",
        "employee_count": 12,
        "founded_year": 1843,
    }


async def test_who_has_no_address_is_kept_and_what_a_plan_withholds_is_said() -> None:
    withheld = ADA | {"work_email": True, "location_name": False, "mobile_phone": True}
    nameless = ADA | {"full_name": True, "first_name": True, "last_name": True}

    found = await Pdl(listing(withheld, nameless, ADA | {"work_email": None})).find()

    assert [contact.email for contact in found.answer.contacts] == [None, None]
    assert found.answer.rejected == ("contact 2: missing_name", "work_email: not in the plan")
    # All of them are paid for.
    assert found.units == Decimal(3)


async def test_facts_are_those_of_the_company_that_was_asked_about() -> None:
    found = await Pdl(listing(ADA | {"job_company_website": "other.com"})).find()

    assert found.answer.facts == {}


@pytest.mark.parametrize(
    ("levels", "seniority"),
    [
        (["vp"], "executive"),
        (["Director", "Manager"], "director"),
        (["entry"], None),
        ([], None),
        (None, None),
        ("manager", "manager"),
        ([7, {"a": 1}, None], None),
    ],
)
async def test_a_level_is_told_in_our_words(levels: Any, seniority: str | None) -> None:
    found = await Pdl(listing(ADA | {"job_title_levels": levels})).find()

    assert found.answer.contacts[0].seniority == seniority


@pytest.mark.parametrize(
    ("spent", "units"),
    [("2", 2), ("0", 0), ("1.5", Decimal("1.5")), (None, 1), ("many", 1), ("-1", 1), ("NaN", 1)],
)
async def test_what_it_costs_is_what_they_say_else_what_there_is(
    spent: str | None, units: Decimal
) -> None:
    found = await Pdl(listing(ADA, spent=spent)).find()

    assert found.units == units
    assert found.answer.credits_used == float(units)
    assert Pdl().adapter.most_units(5) == 5
    assert Pdl().adapter.most_units(500) == 100


@pytest.mark.parametrize(
    "response",
    [httpx.Response(404, json=NOBODY), listing(), httpx.Response(200, json={"data": None})],
)
async def test_nothing_found_is_an_answer_and_free(response: httpx.Response) -> None:
    assert await Pdl(response).find() == NotFound(units=Decimal(0))


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(404, content=b"<html>not here</html>"),
        httpx.Response(404, json={"message": "no Route matched with those values"}),
        httpx.Response(404),
        httpx.Response(404, json={"error": "not_found"}),
    ],
)
async def test_another_404_is_about_the_url(response: httpx.Response) -> None:
    pdl = Pdl(*[response] * 3)
    said = []
    for _ in range(3):
        with pytest.raises(CallFault) as raised:
            await pdl.find()
        said.append(raised.value.outcome)

    assert isinstance(said[-1], Held)
    assert said[-1].reason == "misconfigured"


@pytest.mark.parametrize(
    ("status", "headers", "reason", "wait"),
    [
        (429, {"x-ratelimit-reset": "2026-03-01T22:01:00Z"}, "rate_limited", 30),
        (429, {"x-ratelimit-reset": str(int(NOW.timestamp()) + 20)}, "rate_limited", 20),
        (429, {}, "rate_limited", 60),
        # It is the minute that ends then, and not the want of credits.
        (402, {"x-ratelimit-reset": "2026-03-01T22:01:00Z"}, "quota_exhausted", 7170),
        (401, {}, "credential_refused", 300),
        (403, {}, "credential_refused", 300),
    ],
)
async def test_what_concerns_every_call_holds_the_key(
    status: int, headers: dict[str, str], reason: str, wait: int
) -> None:
    own = Account(provider="people_data_labs", workspace_id=OWN, credentials=KEY)
    for account in (ACCOUNT, own):
        body = {"status": status, "error": {"type": "x", "message": "y"}}
        with pytest.raises(CallFault) as raised:
            await Pdl(httpx.Response(status, json=body, headers=headers)).find(account)

        held = raised.value.outcome
        assert isinstance(held, Held)
        assert (held.scope, held.reason) == (account.scope, reason)
        assert held.until == NOW + timedelta(seconds=wait)
        assert held.problem.message == f"people_data_labs search: answered {status}"


async def test_a_search_without_an_answer_may_have_been_paid_for() -> None:
    for content in (b"", b"<html>welcome</html>", b'{"data": "none"}', b'{"error": {"type": "x"}}'):
        with pytest.raises(CallFault) as raised:
            await Pdl(httpx.Response(200, content=content)).find()

        assert isinstance(raised.value.outcome, Retry)
        assert raised.value.ending is Ending.UNKNOWN


async def test_training_and_tests_go_to_the_sandbox_and_cost_nothing() -> None:
    training = Account(provider="people_data_labs", credentials=KEY, training=True)
    pdl = Pdl(listing(ADA, spent="1"), httpx.Response(404, json=NOBODY), listing(ADA))

    found = await pdl.find(training)
    await pdl.adapter.test(ACCOUNT)
    await pdl.adapter.test(ACCOUNT)

    assert {str(request.url) for request in pdl.asked} == {
        "https://sandbox.pdl.example/v5/person/search"
    }
    assert (found.units, found.answer.credits_used) == (0, 0)
    # Its companies are made up: ours is wished for, and not a condition.
    assert "filter" not in pdl.body(0)["query"]["query"]["bool"]
    assert pdl.body(1)["size"] == 1


async def test_a_key_that_is_refused_fails_the_test() -> None:
    with pytest.raises(CallFault) as raised:
        await Pdl(httpx.Response(401, json={"status": 401})).adapter.test(ACCOUNT)

    assert isinstance(raised.value.outcome, Held)
    assert "secret-key" not in repr(raised.value.outcome)


@given(records=st.lists(RECORDS, max_size=8))
def test_whatever_is_in_an_answer_it_is_read_and_can_be_stored(records: list[Any]) -> None:
    found = read_found({"data": records}, domain="acme.com", limit=5)

    assert found.count == len(records)
    assert len(found.people.contacts) <= 5
    assert r"\u0000" not in contacts_text(Answer(contacts=found.people.contacts))

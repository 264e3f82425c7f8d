"""What behaviour 3 to 12 ask of every intent source, from its answers to what becomes of the leads."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from itertools import count
from typing import TypeAlias
from uuid import UUID

import httpx
import orjson
import pytest

from contract.intent_sources.cases import CASES, KEY, NOW, TOPIC, WORKSPACE, Case, Seen
from discovery.application.ports import Answer, IsEnough, SearchOutcome
from discovery.domain.harvest import Gathered, Harvest, Rejection, gather
from discovery.domain.lead import Lead
from discovery.domain.scoring import Score
from discovery.domain.search import Filters, Question, Range
from leadstream.http import HttpClient, ProviderClient
from leadstream.jobs.model import Failed, Held, Retry
from support.clock import FakeClock
from unit.discovery.builders import a_query, always_enough

Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]
QUERY = a_query(topic=TOPIC)

pytestmark = pytest.mark.parametrize("case", [pytest.param(each, id=each.name) for each in CASES])


async def ask(
    case: Case,
    answer: httpx.Response | Handler,
    *,
    filters: Filters | None = None,
    own: bool = False,
    is_enough: IsEnough = always_enough,
) -> SearchOutcome:
    handler = answer if callable(answer) else lambda request: answer
    client = HttpClient(httpx.MockTransport(handler))
    source = case.make(ProviderClient(client), FakeClock(NOW))
    account = case.own_account if own else case.account
    try:
        return await source.search(
            TOPIC, filters or Filters(), account=account, is_enough=is_enough
        )
    finally:
        await client.aclose()


async def harvest(case: Case, *companies: Seen) -> Harvest:
    outcome = await ask(case, case.answer(*companies))
    assert isinstance(outcome, Answer)
    return outcome.harvest


def bring_in(case: Case, found: Harvest, *known: Lead, room: int = 50) -> Gathered:
    numbers = count(100 + len(known))
    return gather(
        found,
        Question(QUERY, case.name),
        {lead.key: lead for lead in known},
        room=room,
        new_id=lambda: UUID(int=next(numbers)),
        now=NOW,
    )


def the(leads: Iterable[Lead]) -> Lead:
    (lead,) = leads
    return lead


def companies(number: int) -> list[Seen]:
    return [Seen(f"Company {n}", f"company-{n}.com", high=1) for n in range(number)]


async def test_b03_one_search_is_one_call_with_the_key_and_every_filter(case: Case) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return case.answer(Seen(high=1))

    outcome = await ask(
        case, answer, filters=Filters(country="United States", employees=Range(min=0, max=500))
    )

    (request,) = seen
    assert request.method == "GET"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    values = list(request.url.params.values())
    # A filter of 0 is sent, not dropped.
    assert {"United States", "0", "500"} <= set(values)
    assert isinstance(outcome, Answer)
    assert outcome.units == 1


async def test_b05_of_sixty_fifty_become_leads(case: Case) -> None:
    gathered = bring_in(case, await harvest(case, *companies(60)))

    assert (gathered.found, gathered.created) == (60, 50)
    assert gathered.rejected == {Rejection.OVER_DAILY_LIMIT: 10}


async def test_b06_what_is_known_is_known_and_none_is_lost(case: Case) -> None:
    before = bring_in(case, await harvest(case, *companies(10)))

    gathered = bring_in(case, await harvest(case, *companies(50)), *before.announced)

    assert (gathered.found, gathered.created, gathered.known) == (50, 40, 10)
    assert not gathered.rejected


async def test_b07_a_company_that_is_there_twice_is_one_with_all_its_signals(case: Case) -> None:
    found = await harvest(case, Seen(high=1), Seen("ACME", "ACME.com", low=2))

    gathered = bring_in(case, found)

    assert gathered.created == 1
    assert len(the(gathered.announced).signals) == 2 + (case.name != "datashopper")


@pytest.mark.parametrize("domain", ["https://www.ACME.com/", "acme.com", " ACME.COM. "])
async def test_b08_a_domain_has_one_form(case: Case, domain: str) -> None:
    found = await harvest(case, Seen(domain=domain, high=1))

    assert [each.company.domain for each in found.findings] == ["acme.com"]


@pytest.mark.parametrize("domain", ["gmail.com", "10.0.0.1", "localhost", None, 7, ""])
async def test_b08_what_is_nobodys_own_is_no_domain(case: Case, domain: object) -> None:
    found = await harvest(case, Seen(domain=domain, high=1))

    assert [each.company.domain for each in found.findings] == [None]


@pytest.mark.parametrize("name", [None, "", " \u200b ", 5, ["Acme"]])
async def test_b09_a_company_without_a_name_costs_only_itself(case: Case, name: object) -> None:
    gathered = bring_in(case, await harvest(case, *companies(49), Seen(name, "odd.com")))

    assert (gathered.found, gathered.created) == (50, 49)
    assert sum(gathered.rejected.values()) == 1


@pytest.mark.parametrize("item", [None, 5, "Acme", [], {}])
async def test_b09_what_is_no_company_costs_only_itself(case: Case, item: object) -> None:
    items = [*case.write(companies(3)), item]

    outcome = await ask(case, httpx.Response(200, json={case.listed: items}))

    assert isinstance(outcome, Answer)
    gathered = bring_in(case, outcome.harvest)
    assert (gathered.found, gathered.created) == (4, 3)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408, 425])
async def test_b10_a_fault_of_the_provider_passes(case: Case, status: int) -> None:
    outcome = await ask(case, case.refusal(status))

    assert isinstance(outcome, Retry)
    assert outcome.problem.status_code == status


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Sign in</body></html>", b"OK", b'{"DATA": [', b'"OK"', b"[" * 100_000],
    ids=["nothing", "page", "word", "half", "text", "deep"],
)
async def test_b10_what_is_no_answer_of_an_api_passes(case: Case, body: bytes) -> None:
    outcome = await ask(case, httpx.Response(200, content=body))

    assert isinstance(outcome, Retry)


async def test_b10_no_answer_passes(case: Case) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too late")

    assert isinstance(await ask(case, refuse), Retry)
    assert isinstance(await ask(case, hang), Retry)


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        ("45", timedelta(seconds=45)),
        ("Thu, 22 Jan 2026 02:02:00 GMT", timedelta(minutes=2)),
    ],
)
async def test_b11_who_is_asked_to_wait_waits_and_burns_no_attempt(
    case: Case, after: str, wait: timedelta
) -> None:
    outcome = await ask(case, case.refusal(429, {"retry-after": after}))

    assert isinstance(outcome, Held)
    assert not outcome.counts
    assert (outcome.scope, outcome.until) == (f"provider:{case.name}", NOW + wait)


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_workspaces_own_key_holds_nobody_else(case: Case, status: int) -> None:
    outcome = await ask(case, case.refusal(status), own=True)

    assert isinstance(outcome, Held)
    assert outcome.scope == f"provider:{case.name}:{WORKSPACE}"


@pytest.mark.parametrize("status", [400, 422])
async def test_what_it_refuses_fails_at_once_and_says_why(case: Case, status: int) -> None:
    outcome = await ask(case, case.refusal(status))

    assert isinstance(outcome, Failed)
    assert outcome.problem.message == f"{case.name}: answered {status}"
    assert "refused" in str(outcome.problem.excerpt)


async def test_no_problem_holds_the_key(case: Case) -> None:
    outcome = await ask(case, httpx.Response(400, json={"error": f"wrong: {KEY}"}))

    assert isinstance(outcome, Failed)
    assert KEY not in repr(outcome)


async def test_b12_a_rise_is_a_revision_and_a_fall_is_none(case: Case) -> None:
    cold = the(bring_in(case, await harvest(case, Seen(low=1))).announced)

    risen = bring_in(case, await harvest(case, Seen(high=3)), cold)
    hot = the(risen.announced)
    fallen = bring_in(case, await harvest(case, Seen(low=1)), hot)

    assert (cold.score, hot.score, hot.revision) == (Score.COLD, Score.HOT, 2)
    assert fallen.announced == ()
    assert the(fallen.leads.values()).score is Score.COLD


@pytest.mark.parametrize("body", ["null", "{}", "[]", '{"LIST": null}', '{"LIST": [], "total": 7}'])
async def test_nothing_is_an_answer(case: Case, body: str) -> None:
    outcome = await ask(case, httpx.Response(200, content=body.replace("LIST", case.listed)))

    assert isinstance(outcome, Answer)
    assert (outcome.harvest.found, outcome.note) == (0, None)


async def test_numbers_as_text_and_nonsense_cost_no_lead(case: Case) -> None:
    counts = {"employee_count": "1,200", "employees": "1,200", "industry": 5, "state": {}}
    found = await harvest(case, Seen(high=1, more=counts))

    (finding,) = found.findings
    assert finding.company.employee_count == 1200
    assert finding.company.industry is None


@pytest.mark.parametrize("day", ["2999-01-01", "yesterday", "", None, 7])
async def test_a_day_that_cannot_be_costs_no_signal(case: Case, day: object) -> None:
    outcome = await ask(case, _written(case, Seen(high=2), {NOW.date().isoformat(): day}))

    assert isinstance(outcome, Answer)
    (finding,) = outcome.harvest.findings
    assert len(finding.signals) == 2


async def test_a_strength_that_nobody_knows_is_low(case: Case) -> None:
    unknown = {"high": "enormous", "pricing": "telepathy"}

    outcome = await ask(case, _written(case, Seen(high=3), unknown))

    assert isinstance(outcome, Answer)
    (finding,) = outcome.harvest.findings
    assert (finding.score, len(finding.signals)) == (Score.COLD, 3)


def _written(case: Case, seen: Seen, instead: Mapping[str, object]) -> httpx.Response:
    """An answer with some values in place of those that the case would write."""
    text = orjson.dumps({case.listed: case.write([seen])}).decode()
    for value, other in instead.items():
        text = text.replace(f'"{value}"', orjson.dumps(other).decode())
    return httpx.Response(200, content=text)

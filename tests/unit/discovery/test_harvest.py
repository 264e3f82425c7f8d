from collections.abc import Sequence
from itertools import count
from uuid import UUID

import pytest

from discovery.adapters.items import read_answer
from discovery.domain.finding import Finding, unite
from discovery.domain.harvest import Gathered, Harvest, Rejection, gather
from discovery.domain.lead import Lead, Shelf, observe
from discovery.domain.scoring import Score
from discovery.domain.search import Query, Question
from leadstream.companies import company_domain
from unit.discovery.builders import NOW, WORKSPACE, a_finding, a_query, signals

QUERY = a_query()


def gathered(
    findings: Sequence[Finding],
    shelf: Shelf | None = None,
    *,
    room: int = 50,
    query: Query = QUERY,
) -> Gathered:
    numbers = count(1)
    harvest = Harvest(found=len(findings), findings=tuple(findings), repeated=0, rejected={})
    return gather(
        harvest,
        Question(query, "datashopper"),
        shelf or {},
        room=room,
        new_id=lambda: UUID(int=next(numbers)),
        now=NOW,
    )


def the_lead(*, high: int = 0) -> Lead:
    (lead,) = gathered([a_finding(seen=signals(high))]).leads.values()
    return lead


def test_b05_at_most_so_many_leads_are_created_as_there_is_room() -> None:
    found = gathered([a_finding(f"acme{n}.com") for n in range(60)], room=50)

    assert (found.created, found.known) == (50, 0)
    assert found.rejected == {Rejection.OVER_DAILY_LIMIT: 10}


def test_b05_known_leads_take_no_room() -> None:
    lead = the_lead()

    found = gathered([a_finding(), a_finding("other.com")], {lead.key: lead}, room=1)

    assert (found.created, found.known, found.rejected) == (1, 1, {})


def test_b06_known_and_new_are_told_apart_and_none_is_lost() -> None:
    shelf = gathered([a_finding(f"acme{n}.com") for n in range(10)]).leads

    found = gathered([a_finding(f"acme{n}.com") for n in range(50)], shelf)

    assert (found.found, found.created, found.known) == (50, 40, 10)


def test_b07_the_same_company_twice_in_an_answer_is_one_lead_with_all_signals() -> None:
    first = {"name": "Acme", "domain": "acme.com", "intent_signals": [_signal(1), _signal(2)]}
    second = {
        "name": "ACME Corp",
        "domain": "https://www.acme.com",
        "industry": "Technology",
        "intent_signals": [_signal(2), _signal(3)],
    }

    harvest = read_answer([first, second], company_domain)

    (finding,) = harvest.findings
    assert (harvest.found, harvest.repeated) == (2, 1)
    assert (finding.company.name, finding.company.industry) == ("Acme", "Technology")
    assert finding.score is Score.HOT
    assert gathered(harvest.findings).created == 1


def test_companies_without_a_domain_are_told_apart_by_name() -> None:
    findings = [
        a_finding(None, name="Acme Corp"),
        a_finding(None, name="ACME, Inc."),
        a_finding(None, name="Apex"),
        a_finding("acme.com", name="Acme Corp"),
    ]

    assert [each.company.name for each in unite(findings)] == ["Acme Corp", "Apex", "Acme Corp"]


def test_b09_one_bad_item_leaves_the_others_alone() -> None:
    items = [{"name": f"Company {n}"} for n in range(49)]

    harvest = read_answer([*items, {"domain": "acme.com"}], company_domain)

    assert len(harvest.findings) == 49
    assert harvest.rejected == {Rejection.MISSING_NAME: 1}


def test_an_answer_without_end_is_read_to_a_bound_and_counted() -> None:
    harvest = read_answer([{"name": "Acme"}] * 7_000, company_domain)

    assert harvest.found == 7_000
    assert len(harvest.findings) + harvest.repeated + sum(harvest.rejected.values()) == 7_000


def test_b12_a_rise_is_a_new_revision_and_announced_once() -> None:
    cold = the_lead()

    found = gathered([a_finding(seen=signals(high=3))], {cold.key: cold})

    (hot,) = found.announced
    assert (hot.revision, hot.score, hot.id) == (2, Score.HOT, cold.id)
    again = gathered([a_finding(seen=signals(high=3))], {hot.key: hot})
    assert again.announced == ()
    assert again.leads[hot.key].revision == 2


@pytest.mark.parametrize("seen", [0, 1])
def test_b12_a_fall_is_stored_and_not_announced(seen: int) -> None:
    hot = the_lead(high=3)

    found = gathered([a_finding(seen=signals(high=seen))], {hot.key: hot})

    (lead,) = found.leads.values()
    assert found.announced == ()
    assert (lead.revision, lead.signals) == (1, signals(high=seen))
    assert lead.score is (Score.WARM if seen else Score.COLD)


def test_b12_a_return_to_a_score_that_was_announced_is_not_announced_again() -> None:
    hot = the_lead(high=3)
    fallen = observe(hot, a_finding(), query=QUERY, source="datashopper", now=NOW)

    risen = observe(
        fallen, a_finding(seen=signals(high=3)), query=QUERY, source="datashopper", now=NOW
    )

    assert (risen.score, risen.revision) == (Score.HOT, 1)


def test_a_rise_brings_new_facts_and_erases_none() -> None:
    cold = the_lead()
    known = observe(cold, a_finding(), query=QUERY, source="datashopper", now=NOW)
    stored = {**known.company, "industry": "Finance", "employee_count": 10}
    found = read_answer(
        [
            {
                "name": "Acme Corp",
                "domain": "acme.com",
                "employee_count": 20,
                "intent_signals": [_signal(1)],
            }
        ],
        company_domain,
    ).findings[0]

    risen = observe(_with_company(known, stored), found, query=QUERY, source="datashopper", now=NOW)

    assert risen.company["industry"] == "Finance"
    assert risen.company["employee_count"] == 20


def test_a_new_lead_is_the_finding_of_its_query() -> None:
    lead = the_lead(high=1)

    assert (lead.workspace_id, lead.query_id) == (WORKSPACE, a_query().id)
    assert (lead.domain, lead.score, lead.created_at) == ("acme.com", Score.WARM, NOW)


def _with_company(lead: Lead, company: dict[str, object]) -> Lead:
    fields = {name: getattr(lead, name) for name in lead.__dataclass_fields__}
    return Lead(**{**fields, "company": company})


def _signal(hour: int) -> dict[str, str]:
    return {
        "signal_type": "Research",
        "signal_strength": "high",
        "detected_at": f"2026-01-22T0{hour}:00:00Z",
    }

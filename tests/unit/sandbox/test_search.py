from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from leadstream_dev.sandbox.data.companies import Filters
from leadstream_dev.sandbox.data.search import Finder, Query

DAY = date(2026, 11, 23)
CALIFORNIA = Filters(country="United States", state="California")
Companies = list[dict[str, Any]]


def find(
    topic: str = "AI",
    filters: Filters = CALIFORNIA,
    day: date = DAY,
    *,
    seed: int = 1,
    results: int = 50,
    odd: bool = False,
) -> Companies:
    return Finder(seed).find(Query(topic, filters, day), results=results, odd=odd)


def domains(companies: Companies) -> set[str]:
    return {company["domain"] for company in companies}


def score(company: dict[str, Any]) -> str:
    counts = Counter(signal["signal_strength"] for signal in company["intent_signals"])
    if counts["high"] >= 3 or (counts["high"] >= 2 and counts["medium"] >= 3):
        return "hot"
    return "warm" if counts["high"] >= 1 or counts["medium"] >= 4 else "cold"


def test_the_same_question_has_the_same_answer() -> None:
    assert find(odd=True) == find(odd=True)


@pytest.mark.parametrize(
    "other",
    [
        find("Payments"),
        find(seed=2),
        find(day=DAY + timedelta(days=1)),
        find(filters=Filters(country="United States", state="Texas")),
    ],
)
def test_another_question_has_another_answer(other: Companies) -> None:
    assert len(domains(other) & domains(find())) < 20


def test_about_a_fifth_is_hot_and_a_third_warm() -> None:
    companies = [company for number in range(40) for company in find(f"topic {number}")]

    shares = Counter(map(score, companies))

    assert len(companies) == 2000
    assert 0.17 <= shares["hot"] / 2000 <= 0.23
    assert 0.31 <= shares["warm"] / 2000 <= 0.39
    assert 0.41 <= shares["cold"] / 2000 <= 0.49


def test_the_next_day_has_some_known_companies_with_other_signals() -> None:
    today = {company["domain"]: company for company in find()}
    tomorrow = {company["domain"]: company for company in find(day=DAY + timedelta(days=1))}

    known = today.keys() & tomorrow.keys()

    assert 2 <= len(known) <= 20
    changed = [
        domain
        for domain in known
        if today[domain]["intent_signals"] != tomorrow[domain]["intent_signals"]
    ]
    assert changed == list(known)
    facts = {"name", "industry", "employee_count", "location"}
    assert all(today[domain][fact] == tomorrow[domain][fact] for domain in known for fact in facts)


def test_searches_with_like_filters_overlap() -> None:
    one, other = find("AI", Filters()), find("Payments", Filters())

    assert 1 <= len(domains(one) & domains(other)) <= 15


def test_no_company_is_found_twice_unless_oddly() -> None:
    for number in range(20):
        companies = find(f"topic {number}", results=100)
        assert len(domains(companies)) == len(companies) == 100


def test_no_signal_is_there_twice_unless_oddly() -> None:
    for company in find(results=200):
        keys = [
            (s["signal_type"], s["source"], s["detected_at"]) for s in company["intent_signals"]
        ]
        assert len(keys) == len(set(keys))
        assert all(key[2] < DAY.isoformat() for key in keys)


def test_gaps_are_left_where_no_filter_asks() -> None:
    free = find("AI", Filters(), results=300)
    asked = find("AI", Filters(min_employees=1, industries=("Retail",)), results=300)

    assert any(company["industry"] is None for company in free)
    assert any(company["employee_count"] is None for company in free)
    assert all(company["industry"] == "Retail" for company in asked)
    assert all(company["employee_count"] >= 1 for company in asked)


def test_every_industry_of_the_spec_and_its_aliases_is_there() -> None:
    found = {company["industry"] for company in find("AI", Filters(), results=500)}

    assert found >= {
        "Technology",
        "Finance",
        "Financial Services",
        "Healthcare",
        "Healthcare Technology",
        "Retail",
        "E-commerce",
        "Marketing",
        "Manufacturing",
    }


def test_the_odd_ones_are_a_tenth_and_a_twin() -> None:
    plain, odd = find(), find(odd=True)

    changed = [company for company in odd if company not in plain]

    assert len(odd) == len(plain) == 50
    assert 5 <= len(changed) <= 6
    assert any("name" not in company for company in odd)
    assert any("domain" not in company for company in odd)
    counts = Counter(company.get("domain") for company in odd)
    assert 2 in counts.values()


def test_every_kind_of_oddity_shows_up_sooner_or_later() -> None:
    companies = [company for number in range(60) for company in find(f"t{number}", odd=True)]
    names = [company.get("name", "") for company in companies]
    found = [str(company.get("domain")) for company in companies]
    strengths = {
        signal["signal_strength"] for company in companies for signal in company["intent_signals"]
    }

    assert any(name.strip() == "" and name for name in names)
    for mark in ("<img", "<!channel>", "\r\n", "東京"):
        assert any(mark in name for name in names)
    for mark in ("gmail.com", "10.0.0.1", "https://www.", "münchen-"):
        assert any(mark in domain for domain in found)
    assert strengths == {"high", "medium", "low", "volcanic"}
    assert any(str(company.get("website")).startswith("javascript:") for company in companies)


@pytest.mark.parametrize(
    "filters",
    [
        Filters(min_employees=0, max_employees=0),
        Filters(min_employees=100_000),
        Filters(max_employees=3),
        Filters(min_revenue=5_000_000_000),
        Filters(max_revenue=0),
        Filters(min_revenue=1, max_revenue=2),
        Filters(city="Winterthur"),
        Filters(industries=("Beekeeping",)),
    ],
)
def test_unusual_filters_are_met_too(filters: Filters) -> None:
    for company in find(filters=filters):
        employees, revenue = company["employee_count"], company["revenue"]
        assert filters.min_employees is None or employees >= filters.min_employees
        assert filters.max_employees is None or employees <= filters.max_employees
        assert filters.min_revenue is None or revenue >= filters.min_revenue
        assert filters.max_revenue is None or revenue <= filters.max_revenue
        assert filters.city in (None, company["location"]["city"])
        assert filters.industries in ((), (company["industry"],))

from datetime import timedelta
from typing import Any

import pytest

from discovery.adapters.items import read_answer
from discovery.adapters.push_sources import Source
from discovery.adapters.pushed import Fault, read_pushed
from discovery.domain.scoring import Strength
from leadstream.companies import company_domain
from unit.discovery.builders import NOW, WORKSPACE


def a_signal(**changed: Any) -> dict[str, Any]:
    signal = {
        "company": {"name": "Acme", "domain": "acme.com", "employee_count": "1,200"},
        "signal_type": "Pricing page",
        "signal_strength": "high",
        "detected_at": "2026-01-22T01:00:00Z",
    }
    return {name: value for name, value in (signal | changed).items() if value is not None}


def faults(*signals: object) -> list[Fault]:
    pushed, found = read_pushed(signals, source="bombora", now=NOW)
    assert len(pushed) == len(signals) - len({each.index for each in found})
    return found


@pytest.mark.parametrize(
    ("signal", "field", "reason"),
    [
        ("text", "", "must be an object"),
        (None, "", "must be an object"),
        (a_signal(company=None), "company", "is missing"),
        (a_signal(company="Acme"), "company", "must be an object"),
        (a_signal(company={"domain": "acme.com"}), "company.name", "is missing"),
        (a_signal(company={"name": " \u200b "}), "company.name", "is missing"),
        (a_signal(company={"name": 7}), "company.name", "must be a text"),
        (a_signal(company={"name": "x" * 501}), "company.name", "is longer than 500 characters"),
        (a_signal(signal_type=None), "signal_type", "is missing"),
        (a_signal(signal_type=" "), "signal_type", "is missing"),
        (a_signal(signal_type=["Pricing"]), "signal_type", "must be a text"),
        (a_signal(topic=3), "topic", "must be a text"),
        (a_signal(detected_at=None), "detected_at", "is missing"),
        (a_signal(detected_at="soon"), "detected_at", "is no time"),
        (a_signal(detected_at="11/12/2025"), "detected_at", "is no time"),
        (
            a_signal(detected_at=(NOW + timedelta(minutes=6)).isoformat()),
            "detected_at",
            "is in the future",
        ),
    ],
    ids=str,
)
def test_what_can_not_be_taken_is_told_by_index_field_and_reason(
    signal: object, field: str, reason: str
) -> None:
    (fault,) = faults(a_signal(), signal, a_signal())

    assert (fault.index, fault.field) == (1, field)
    assert fault.reason.startswith(reason)


@pytest.mark.parametrize(
    "signal",
    [
        a_signal(detected_at=(NOW + timedelta(minutes=4)).isoformat()),
        a_signal(detected_at=int(NOW.timestamp())),
        a_signal(signal_strength="tremendous"),
        a_signal(signal_strength=None),
        a_signal(company={"name": "Acme", "employee_count": "many", "location": "Ohio"}),
        a_signal(topic="", extra={"of": "theirs"}),
    ],
    ids=str,
)
def test_what_is_optional_spoils_no_signal(signal: object) -> None:
    assert faults(signal) == []


def test_each_fault_of_each_signal_is_told() -> None:
    found = faults(a_signal(company=None, signal_type=None), a_signal(), a_signal(detected_at="x"))

    assert [(each.index, each.field) for each in found] == [
        (0, "company"),
        (0, "signal_type"),
        (2, "detected_at"),
    ]


def test_signals_of_one_company_are_one_finding_that_says_where_they_are_from() -> None:
    other = a_signal(company={"name": "ACME Inc", "website": "https://www.acme.com/"}, source="6s")
    third = a_signal(signal_type="Compare", signal_strength="tremendous")
    pushed, _ = read_pushed([a_signal(), other, third], source="bombora", now=NOW)

    harvest = read_answer([each.item for each in pushed], company_domain)

    (finding,) = harvest.findings
    assert (harvest.found, harvest.repeated) == (3, 2)
    assert finding.company.employee_count == 1200
    assert {(each.source, each.strength) for each in finding.signals} == {
        ("bombora", Strength.HIGH),
        ("6s", Strength.HIGH),
        ("bombora", Strength.LOW),
    }


@pytest.mark.parametrize(
    ("topic", "query"),
    [
        ("AI tools", "AI"),
        (" ai-TOOLS ", "AI"),
        ("Payroll", "Rest"),
        (None, "Rest"),
    ],
)
def test_a_topic_feeds_its_query_however_it_is_spelled(topic: str | None, query: str) -> None:
    assert a_source("Rest").query_of(topic) == query


def test_topics_that_differ_in_marks_or_late_are_not_one() -> None:
    long = "Payroll " * 15
    topics = {"C++": "a", "C#": "b", "日本語": "c", long + "1": "d", long + "2": "e"}
    source = Source(WORKSPACE, WORKSPACE, "bombora", None, topics, is_paused=False)

    assert [source.query_of(topic) for topic in topics] == ["a", "b", "c", "d", "e"]
    assert [source.query_of(topic) for topic in ("C", "!!!", long)] == [None, None, None]


def test_a_topic_that_feeds_nothing_has_no_query() -> None:
    assert a_source(None).query_of("Payroll") is None
    assert a_source(None).query_of(None) is None


def a_source(query: str | None) -> Source:
    return Source(WORKSPACE, WORKSPACE, "bombora", query, {"AI Tools": "AI"}, is_paused=False)

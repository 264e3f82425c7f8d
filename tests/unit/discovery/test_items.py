import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.adapters.documents import read_signals, signals_text
from discovery.adapters.items import read_item
from discovery.domain.finding import Finding
from discovery.domain.harvest import Rejection
from discovery.domain.scoring import Score, Strength
from leadstream.companies import company_domain
from leadstream.contracts import Company

ACME = {
    "name": "Acme Corp",
    "domain": "acme.com",
    "website": "https://www.acme.com",
    "industry": "Technology",
    "employee_count": 250,
    "revenue": 10000000,
    "location": {"city": "San Francisco", "state": "CA", "country": "United States"},
    "founded_year": 1999,
    "technologies": ["Kafka", "PostgreSQL"],
    "social_profiles": {"linkedin": "https://linkedin.example/acme"},
    "intent_signals": [
        {
            "signal_type": "Company researching AI tools",
            "signal_strength": "high",
            "detected_at": "2026-01-22T10:30:00Z",
            "source": "DataShopper",
        }
    ],
    "unheard_of": {"ignored": True},
}


def read(item: object) -> Finding:
    finding = read_item(item, company_domain)
    assert isinstance(finding, Finding), finding
    return finding


def test_an_item_is_read_with_all_its_facts() -> None:
    finding = read(ACME)

    company = finding.company
    assert (company.name, company.domain, company.industry) == (
        "Acme Corp",
        "acme.com",
        "Technology",
    )
    assert (company.employee_count, company.revenue, company.founded_year) == (
        250,
        10_000_000,
        1999,
    )
    assert company.location.city == "San Francisco"
    assert company.technologies == ("Kafka", "PostgreSQL")
    assert company.social_profiles == {"linkedin": "https://linkedin.example/acme"}
    assert finding.signals[0].strength is Strength.HIGH
    assert finding.signals[0].detected_at == datetime(2026, 1, 22, 10, 30, tzinfo=UTC)
    assert finding.score is Score.WARM


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ("Acme", Rejection.NOT_AN_OBJECT),
        (None, Rejection.NOT_AN_OBJECT),
        (["Acme"], Rejection.NOT_AN_OBJECT),
        ({"domain": "acme.com"}, Rejection.MISSING_NAME),
        ({"name": None, "domain": "acme.com"}, Rejection.MISSING_NAME),
        ({"name": "   ", "domain": "acme.com"}, Rejection.MISSING_NAME),
        ({"name": "\0\ud800"}, Rejection.MISSING_NAME),
        ({"name": ""}, Rejection.MISSING_NAME),
        ({"name": "\u200b\u200c\u200d\ufeff"}, Rejection.MISSING_NAME),
        ({"name": "\u3164\u2800\ufe0f"}, Rejection.MISSING_NAME),
        ({"name": 7}, Rejection.INVALID_NAME),
        ({"name": ["Acme"]}, Rejection.INVALID_NAME),
        ({"name": "A" * 501}, Rejection.INVALID_NAME),
        ({"name": "Acme", "intent_signals": "many"}, Rejection.INVALID_SIGNALS),
        ({"name": "Acme", "intent_signals": {"high": 3}}, Rejection.INVALID_SIGNALS),
    ],
)
def test_b09_a_malformed_item_is_rejected_with_its_reason(item: object, reason: Rejection) -> None:
    assert read_item(item, company_domain) is reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("employee_count", -1),
        ("employee_count", 2.5),
        ("employee_count", "50-200"),
        ("employee_count", "1.200"),
        ("employee_count", "many"),
        ("employee_count", True),
        ("employee_count", 10**30),
        ("employee_count", math.inf),
        ("revenue", -0.5),
        ("revenue", math.nan),
        ("revenue", []),
        ("founded_year", 12_345),
        ("website", 5),
        ("website", "https://acme.example/" + "x" * 3000),
        ("industry", {}),
        ("industry", "  "),
    ],
)
def test_a_fact_that_cannot_be_read_is_left_out_and_the_item_kept(
    field: str, value: object
) -> None:
    finding = read(ACME | {field: value})

    assert getattr(finding.company, field) is None


@pytest.mark.parametrize("value", [None, "x", 7, [], {"city": 5}, {"country": None}])
def test_an_odd_location_is_no_location(value: object) -> None:
    location = read(ACME | {"location": value}).company.location

    assert (location.city, location.country) == (None, None)


def test_whole_numbers_may_be_written_as_fractions() -> None:
    company = read(ACME | {"employee_count": 250.0, "revenue": 10.6, "founded_year": 0}).company

    assert (company.employee_count, company.revenue, company.founded_year) == (250, 11, 0)


def test_facts_are_read_as_people_write_them() -> None:
    signal = {"id": 7, "signal_type": " Research\n", "signal_strength": " HIGH "}
    written = {
        "name": " Acme\xa0 Corp\u200b ",
        "employee_count": "1,200",
        "revenue": "$1.5M",
        "founded_year": "1999",
        "technologies": "Kafka, PostgreSQL; ",
        "intent_signals": {**signal, "detected_at": "2026-01-22"},
    }

    finding = read(ACME | written)

    company = finding.company
    assert (company.name, company.employee_count) == ("Acme Corp", 1200)
    assert (company.revenue, company.founded_year) == (1_500_000, 1999)
    assert company.technologies == ("Kafka", "PostgreSQL")
    (read_signal,) = finding.signals
    assert (read_signal.strength, read_signal.signal_type) == (Strength.HIGH, "Research")
    assert read_signal.detected_at == datetime(2026, 1, 22, tzinfo=UTC)
    assert read_signal.provider_id == "7"


@pytest.mark.parametrize("signals", [None, [], {}, "", False])
def test_no_signals_are_none(signals: object) -> None:
    finding = read(ACME | {"intent_signals": signals})

    assert (finding.signals, finding.score) == ((), Score.COLD)


def test_signals_with_ids_of_their_own_count_each() -> None:
    signal = {"signal_type": "Research", "signal_strength": "high", "detected_at": "2026-01-22"}

    three = read(ACME | {"intent_signals": [signal | {"id": name} for name in ("a", "b", "c")]})
    one = read(ACME | {"intent_signals": [signal | {"id": "a"}] * 3})
    unnamed = read(ACME | {"intent_signals": [signal | {"id": " "}, signal | {"id": None}]})

    assert (three.score, one.score) == (Score.HOT, Score.WARM)
    assert (len(three.signals), len(one.signals), len(unnamed.signals)) == (3, 1, 1)


@pytest.mark.parametrize(
    "none",
    [
        *(0, 0.0, -0.0, 1.5, math.nan, 1e300, True, False, None, [], {}),
        *("", " ", "0", "000", "-", "--", "?", str(UUID(int=0))),
        *("n/a", "N/A", "NULL", "null", "None", "nil", "undefined"),
    ],
)
def test_what_stands_where_an_id_would_be_is_none(none: object) -> None:
    signal = {"id": none, "signal_strength": "high"}
    named = [signal | {"signal_type": kind} for kind in ("Funding", "Hiring", "Launch")]
    dated = [
        signal | {"signal_type": "Funding", "detected_at": f"2026-01-2{day}"} for day in range(3)
    ]

    for signals in (named, dated):
        finding = read(ACME | {"intent_signals": signals})
        assert [each.provider_id for each in finding.signals] == [None] * 3
        assert finding.score is Score.HOT


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (101, "101"),
        (101.0, "101"),
        (" 101 ", "101"),
        (-7, "-7"),
        ("10", "10"),
        ("null-7", "null-7"),
        ("a" * 125, "a" * 125),
    ],
)
def test_an_id_is_the_same_however_it_is_written(written: object, read_as: str) -> None:
    signal = {"id": written, "signal_type": "Research"}

    assert read(ACME | {"intent_signals": [signal]}).signals[0].provider_id == read_as


@pytest.mark.parametrize("length", [125, 126, 500, 3_000])
def test_long_ids_that_differ_at_their_end_are_two(length: int) -> None:
    signal = {"signal_type": "Research", "signal_strength": "high"}
    ids = ["x" * (length - 1) + end for end in "abca"]

    signals = read(ACME | {"intent_signals": [signal | {"id": each} for each in ids]}).signals

    assert len(signals) == 3
    assert all(len(signal.provider_id or "") <= 125 for signal in signals)


def test_a_day_that_can_be_read_in_two_ways_still_parts_signals() -> None:
    signal: dict[str, Any] = {"signal_type": "Research", "signal_strength": "high"}
    days = ["11/12/2026", " 11/12/2026", "11/10/2026", "10/11/26", "Q3 2026"]
    # These change with each answer, or say nothing.
    vague = ["yesterday", "2 days ago", "3 days ago", "n/a", "", None]

    read_days = read(ACME | {"intent_signals": [signal | {"detected_at": day} for day in days]})
    read_vague = read(ACME | {"intent_signals": [signal | {"detected_at": day} for day in vague]})

    assert (len(read_days.signals), len(read_vague.signals)) == (4, 1)
    assert {each.detected_at for each in read_days.signals} == {None}


def test_what_parts_signals_is_kept_where_they_are_stored() -> None:
    signals = read(
        ACME
        | {"intent_signals": [{"signal_type": "Research", "id": 7, "detected_at": "11/12/2026"}]}
    ).signals

    assert read_signals(orjson.loads(signals_text(signals))) == signals


def test_text_that_postgres_cannot_hold_is_removed_and_the_item_kept() -> None:
    finding = read(
        {
            "name": "Ac\0me\ud800 Corp",
            "industry": "Tech\0nology",
            "technologies": ["Kaf\udc00ka", "\0"],
            "social_profiles": {"x\0": "https://x.example/\0acme"},
            "intent_signals": [{"signal_type": "Re\0search", "signal_strength": "high"}],
        }
    )

    assert finding.company.name == "Acme Corp"
    assert finding.company.industry == "Technology"
    assert finding.company.technologies == ("Kafka",)
    assert finding.company.social_profiles == {"x": "https://x.example/acme"}
    assert finding.signals[0].signal_type == "Research"


@pytest.mark.parametrize(
    "signal",
    [None, "high", {}, {"signal_type": None, "signal_strength": "high"}, {"signal_type": " "}],
)
def test_a_signal_that_does_not_say_what_it_is_does_not_count(signal: object) -> None:
    finding = read(ACME | {"intent_signals": [signal, *ACME["intent_signals"]]})  # type: ignore[misc]  # a list

    assert len(finding.signals) == 1


@pytest.mark.parametrize("moment", ["yesterday", 5, "", "0001-01-01T00:00:00+14:00", "9999-12-31"])
def test_a_time_that_cannot_be_read_is_none(moment: object) -> None:
    signal = {"signal_type": "Research", "signal_strength": "high", "detected_at": moment}

    assert read(ACME | {"intent_signals": [signal]}).signals[0].detected_at is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
_ITEMS = st.fixed_dictionaries(
    {"name": st.text(max_size=20) | _JSON},
    optional={field: _JSON for field in ACME if field != "name"},
)


@given(_ITEMS)
def test_whatever_an_item_holds_its_lead_fits_the_contract(item: dict[str, Any]) -> None:
    finding = read_item(item, company_domain)

    if isinstance(finding, Finding):
        company = Company.model_validate(finding.company.document())
        assert "\\u0000" not in company.model_dump_json()


def test_the_largest_lead_there_can_be_fits_into_an_event() -> None:
    long = '"' * 5000
    finding = read(
        {
            "name": "A" * 500,
            "website": "https://x.example/" + '"' * 2000,
            "description": long + long,
            "industry": long,
            "location": dict.fromkeys(("city", "state", "country", "address"), long),
            "technologies": [f"{n}{long}" for n in range(500)],
            "social_profiles": {f"{n}{long}": '"' * 2048 for n in range(500)},
            "intent_signals": [
                {"signal_type": f"{n}{long}", "signal_strength": "high", "source": long}
                for n in range(500)
            ],
        }
    )

    company = Company.model_validate(finding.company.document()).model_dump_json()
    assert len(company) + len(orjson.dumps(finding.signals)) < 900_000


@pytest.mark.parametrize(
    ("domain", "website", "known_by"),
    [
        (None, "https://www.acme.com/about", "acme.com"),
        ("", "acme.com", "acme.com"),
        ("n/a", "http://acme.com:8080", "acme.com"),
        (42, "https://acme.com", "acme.com"),
        ("gmail.com", "https://acme.com", "acme.com"),
        ("facebook.com", "https://acme.com", "acme.com"),
        ("10.0.0.1", "https://acme.com", "acme.com"),
        ("acme.com", "https://other.com", "acme.com"),
        ("acme.com", "https://facebook.com/acme", "acme.com"),
        (None, "https://www.facebook.com/acme", None),
        ("acme.wixsite.com", "https://linktr.ee/acme", None),
        (None, None, None),
        (None, ["https://acme.com"], None),
    ],
)
def test_the_website_gives_the_domain_where_the_domain_gives_none(
    domain: object, website: object, known_by: str | None
) -> None:
    item = {"name": "Acme", "domain": domain, "website": website}

    finding = read_item(item, company_domain)

    assert isinstance(finding, Finding)
    assert finding.company.domain == known_by

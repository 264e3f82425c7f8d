"""What several queries see of one company, and who it is taken to be when more is known of it."""

from itertools import count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discovery.domain.finding import Finding
from discovery.domain.harvest import Gathered, Harvest, gather
from discovery.domain.lead import Lead, Shelf, discover, observe
from discovery.domain.scoring import Score, Signal, Strength, score
from discovery.domain.search import Query, Question
from unit.discovery.builders import NOW, a_finding, a_query, signals

ONE, TWO = a_query("one", topic="AI"), a_query("two", topic="Robots")


def found_by(query: Query, *seen: Signal) -> Lead:
    return discover(
        a_finding(seen=seen), lead_id=UUID(int=1), query=query, source="datashopper", now=NOW
    )


def seen_by(query: Query, lead: Lead, *seen: Signal) -> Lead:
    return observe(lead, a_finding(seen=seen), query=query, source="datashopper", now=NOW)


def bring_in(*findings: Finding, shelf: Shelf, room: int = 50, query: Query = ONE) -> Gathered:
    numbers = count(100)
    harvest = Harvest(found=len(findings), findings=findings, repeated=0, rejected={})
    return gather(
        harvest,
        Question(query, "datashopper"),
        shelf,
        room=room,
        new_id=lambda: UUID(int=next(numbers)),
        now=NOW,
    )


def test_b50_a_query_that_sees_nothing_takes_nothing_from_what_another_saw() -> None:
    hot = found_by(ONE, *signals(high=3))

    seen = seen_by(TWO, hot)

    assert (seen.score, seen.revision, seen.signals) == (Score.HOT, 1, hot.signals)


def test_b50_what_two_queries_saw_counts_together_and_a_rise_is_one_revision() -> None:
    one, *others = signals(high=3)
    warm = found_by(ONE, one)

    hot = seen_by(TWO, warm, *others)

    assert (hot.score, hot.revision) == (Score.HOT, 2)
    assert set(hot.signals) == set(signals(high=3))
    assert seen_by(TWO, hot, *others).revision == 2


def test_b50_what_two_queries_both_saw_counts_once() -> None:
    warm = found_by(ONE, *signals(high=1))

    assert seen_by(TWO, warm, *signals(high=1)).score is Score.WARM


def test_b12_a_query_replaces_what_it_saw_itself() -> None:
    both = seen_by(TWO, found_by(ONE, *signals(high=3)), *signals(medium=4))

    fallen = seen_by(ONE, both)

    assert (fallen.score, fallen.revision) == (Score.WARM, 1)
    assert fallen.signals == signals(medium=4)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ONE, TWO, a_query("three")]),
            st.lists(st.tuples(st.integers(0, 4), st.sampled_from(Strength)), max_size=5),
        ),
        max_size=12,
    )
)
def test_b50_the_score_is_always_that_of_the_latest_of_each_query(
    looks: list[tuple[Query, list[tuple[int, Strength]]]],
) -> None:
    lead = found_by(ONE)
    latest: dict[UUID, list[Signal]] = {}
    told = Score.COLD
    revision = 1
    for query, drawn in looks:
        latest[query.id] = [
            Signal(signal_type=f"t{number}", strength=strength, detected_at=None, source=None)
            for number, strength in drawn
        ]
        lead = seen_by(query, lead, *latest[query.id])
        expected = score(signal for each in latest.values() for signal in each)
        if expected.is_above(told):
            told, revision = expected, revision + 1
        assert (lead.score, lead.revision) == (expected, revision)


def test_a_lead_keeps_the_topic_that_it_was_found_for() -> None:
    lead = found_by(ONE)
    changed = a_query("one", topic="Something else")

    seen = seen_by(TWO, seen_by(changed, lead, *signals(high=1)), *signals(high=3))

    assert seen.topic == ONE.topic
    assert [sight.topic_id for sight in seen.sights.values()] == [ONE.topic.id, TWO.topic.id]


@pytest.mark.parametrize("room", [0, 3, 10, 30, 100])
def test_b51_the_best_are_created_whatever_the_order_of_the_answer(room: int) -> None:
    cold = [a_finding(f"cold{n}.com") for n in range(50)]
    warm = [a_finding(f"warm{n}.com", seen=signals(high=1)) for n in range(10)]
    hot = [a_finding(f"hot{n}.com", seen=signals(high=3)) for n in range(10)]

    found = bring_in(*cold, *warm, *hot, shelf={}, room=room)

    assert [lead.domain for lead in found.announced] == [
        each.company.domain for each in [*hot, *warm, *cold][:room]
    ]


def test_a_lead_known_by_its_name_is_the_company_whose_domain_is_found_later() -> None:
    nameless = discover(
        a_finding(None), lead_id=UUID(int=1), query=ONE, source="datashopper", now=NOW
    )
    shelf = {nameless.key: nameless}

    found = bring_in(a_finding("acme.com", name="ACME Corp."), shelf=shelf)

    assert (found.created, found.known) == (0, 1)
    lead = found.leads["domain:acme.com"]
    assert (lead.id, lead.domain, lead.company["domain"]) == (nameless.id, "acme.com", "acme.com")
    assert found.leads[nameless.key] is lead


def test_a_lead_with_a_domain_is_no_other_domains_namesake() -> None:
    lead = discover(
        a_finding("acme.com"), lead_id=UUID(int=1), query=ONE, source="datashopper", now=NOW
    )
    shelf = {lead.key: lead, a_finding(None).key: lead}

    found = bring_in(a_finding("acme.org"), a_finding(None), shelf=shelf)

    assert (found.created, found.known) == (1, 1)
    assert found.leads["domain:acme.org"].id != lead.id


def test_of_two_domains_only_one_takes_the_lead_that_was_known_by_its_name() -> None:
    nameless = discover(
        a_finding(None), lead_id=UUID(int=1), query=ONE, source="datashopper", now=NOW
    )
    findings = [a_finding("acme.com"), a_finding(None, seen=signals(high=1)), a_finding("acme.org")]

    found = bring_in(*findings, shelf={nameless.key: nameless})

    assert (found.created, found.known) == (1, 2)
    assert (found.leads["domain:acme.com"].id, found.leads["domain:acme.com"].score) == (
        nameless.id,
        Score.WARM,
    )
    assert found.leads["domain:acme.org"].id != nameless.id

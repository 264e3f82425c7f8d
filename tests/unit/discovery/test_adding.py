"""What is pushed or imported adds to what was seen; what a search sees replaces it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from uuid import UUID

import pytest

from discovery.domain.finding import Finding
from discovery.domain.harvest import Gathered, Harvest, gather
from discovery.domain.lead import Shelf
from discovery.domain.scoring import Score
from discovery.domain.search import Question
from unit.discovery.builders import NOW, a_finding, a_query, signals


def gathered(findings: Sequence[Finding], shelf: Shelf, *, adds: bool, source: str) -> Gathered:
    numbers = count(1)
    harvest = Harvest(
        found=len(findings), findings=tuple(findings), repeated=0, rejected={}, adds=adds
    )
    question = Question(a_query(), source)
    return gather(
        harvest, question, shelf, room=50, new_id=lambda: UUID(int=next(numbers)), now=NOW
    )


@pytest.mark.parametrize(("adds", "score"), [(True, Score.HOT), (False, Score.WARM)])
def test_signals_one_by_one_add_up(adds: bool, score: Score) -> None:
    shelf: Shelf = {}

    for signal in signals(high=3):
        shelf = gathered([a_finding(seen=[signal])], shelf, adds=adds, source="push").leads

    (lead,) = shelf.values()
    assert lead.score is score


def test_the_same_signal_again_adds_nothing() -> None:
    finding = a_finding(seen=signals(high=1))
    first = gathered([finding], {}, adds=True, source="push")

    again = gathered([finding], first.leads, adds=True, source="push")

    assert (again.created, again.known, again.announced) == (0, 1, ())
    (before,), (after,) = first.leads.values(), again.leads.values()
    assert replace(after, seen_at=before.seen_at) == before


def test_a_search_takes_nothing_from_what_was_pushed() -> None:
    pushed = gathered([a_finding(seen=signals(high=3))], {}, adds=True, source="push")

    searched = gathered([a_finding()], pushed.leads, adds=False, source="datashopper")

    (lead,) = searched.leads.values()
    assert lead.score is Score.HOT

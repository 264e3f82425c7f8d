"""Whose faults open a circuit, and who is given his attempts back."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.jobs.circuit import Circuits, Turn
from leadstream.jobs.model import Failed, Outcome, Problem, Retry, Succeeded
from leadstream.pauses import Pause

AWAY = Retry(problem=Problem(error_class="server_error", message="answered 503"))
NOW = datetime(2026, 11, 29, tzinfo=UTC)
SCOPE = "destination:x"
MAX_ATTEMPTS = 3


class Board:
    """Nothing is held."""

    def circuit(self, scope: str) -> Pause | None:
        return None


def judge(
    circuits: Circuits, job: UUID, *, attempt: int = 1, outcome: Outcome = AWAY, after: int = 0
) -> tuple[Outcome, Turn | None]:
    began = NOW + timedelta(seconds=after)
    (judged,), turn = circuits.judge(SCOPE, [(job, began, attempt)], [outcome], probed=None)
    return judged, turn


def circuits() -> Circuits:
    return Circuits(Board())  # type: ignore[arg-type]  # all it asks for


def test_three_jobs_open_it_and_all_three_are_given_back() -> None:
    mine, jobs = circuits(), [uuid4() for _ in range(3)]

    judged = [judge(mine, job, after=n) for n, job in enumerate(jobs)]

    (outcome, turn) = judged[-1]
    assert [each.counts for each, _ in judged] == [True, True, False]
    assert turn is not None
    assert turn.is_open
    assert [job for job, _, _ in turn.given_back] == jobs[:2]
    assert outcome.name == "outage"


@pytest.mark.parametrize("answer", [Succeeded(), Failed(problem=AWAY.problem)])
def test_any_answer_starts_the_count_afresh(answer: Outcome) -> None:
    mine = circuits()
    judge(mine, uuid4())
    judge(mine, uuid4())

    judge(mine, uuid4(), outcome=answer)

    assert judge(mine, uuid4()) == (AWAY, None)


def test_what_has_come_to_its_end_without_a_call_is_no_answer() -> None:
    mine = circuits()
    judge(mine, uuid4())
    judge(mine, uuid4())

    judge(mine, uuid4(), outcome=Failed(problem=AWAY.problem, tried=False))

    _, turn = judge(mine, uuid4())
    assert turn is not None
    assert turn.is_open


def test_one_job_alone_fails_with_its_third_attempt() -> None:
    mine, job = circuits(), uuid4()

    judged = [judge(mine, job, attempt=n, after=n) for n in (1, 2, 3)]

    assert judged == [(AWAY, None)] * 3


def test_attempts_at_other_replicas_count() -> None:
    """Two jobs, of which this replica sees the last attempt each: they are five faults, and more."""
    mine = circuits()
    judge(mine, uuid4(), attempt=2)

    judged, turn = judge(mine, uuid4(), attempt=3, after=1)

    assert turn is not None
    assert not judged.counts


@given(jobs=st.integers(2, 8), seed=st.integers(0, 10_000))
def test_two_jobs_or_more_outlive_an_outage(jobs: int, seed: int) -> None:
    """Each has its attempts in its turn, until one of them says that the provider is away."""
    dice, mine = random.Random(seed), circuits()  # noqa: S311 - no secret
    attempts = Counter({uuid4(): 0 for _ in range(jobs)})
    for round_number in range(MAX_ATTEMPTS):
        for job in dice.sample(sorted(attempts), jobs):
            after = round_number * jobs
            judged, turn = judge(mine, job, attempt=attempts[job] + 1, after=after)
            if turn is not None:
                return
            attempts[job] += judged.counts
    raise AssertionError("no circuit opened")

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from delivery.application.deliver import Answer, Dropped, Tried
from delivery.domain.delivery import Status
from delivery.entrypoints.recorder import progress_of
from leadstream.jobs.model import (
    Failed,
    Held,
    Job,
    JobState,
    Outcome,
    Priority,
    Problem,
    Released,
    Retry,
    Settled,
    Succeeded,
)
from unit.delivery.drafts import NOW

PROBLEM = Problem(error_class="server_error", message="answered 500", status_code=500)
FRESH = Tried(answer=Answer(), doubted_before=False)
DOUBTED = replace(FRESH, doubted_before=True)


def settled(outcome: Outcome, state: JobState = JobState.READY) -> Settled:
    job = Job(
        id=UUID(int=1),
        kind="deliver-slack",
        priority=Priority.HOT,
        lane="destination:x",
        payload={},
        workspace_id=UUID(int=2),
        lead_id=UUID(int=3),
        attempts=0,
        lost=0,
        created_at=NOW,
        lease_id=UUID(int=4),
    )
    return Settled(
        job=job,
        outcome=outcome,
        state=state,
        attempts=1,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=1),
    )


def progress(outcome: Outcome, state: JobState = JobState.READY) -> Any:
    found = progress_of(settled(outcome, state))
    assert found is not None
    return found


def test_accepted_is_delivered_with_its_receipt() -> None:
    accepted = replace(FRESH, answer=Answer(receipt="e1"))

    found = progress(Succeeded(result=accepted, status_code=200), JobState.SUCCEEDED)

    assert (found.status, found.tried, found.receipt) == (Status.DELIVERED, True, "e1")
    assert found.at == NOW + timedelta(seconds=1)


def test_dropped_is_cancelled_without_an_attempt() -> None:
    found = progress(Succeeded(result=Dropped(reason="switched off")), JobState.SUCCEEDED)

    assert (found.status, found.tried, found.error) == (Status.CANCELLED, False, "switched off")


@pytest.mark.parametrize(
    ("state", "status"), [(JobState.READY, None), (JobState.FAILED, Status.FAILED)]
)
def test_a_failed_attempt_ends_the_delivery_only_if_it_ends_the_job(
    state: JobState, status: Status | None
) -> None:
    found = progress(Retry(problem=PROBLEM, result=FRESH), state)

    assert (found.status, found.tried, found.status_code) == (status, True, 500)


@pytest.mark.parametrize(
    ("outcome", "certain"),
    [
        (Retry(problem=PROBLEM, result=FRESH), True),
        (Failed(problem=PROBLEM, result=FRESH), True),
        (Retry(problem=PROBLEM, result=DOUBTED), False),
        (Retry(problem=PROBLEM, result=FRESH, ambiguous=True), False),
        # The worker's own word: it was cut off, and the handler has said nothing.
        (Retry(problem=PROBLEM, ambiguous=True), False),
        (Failed(problem=PROBLEM), False),
    ],
)
def test_only_an_answer_ends_the_doubt_and_only_its_own(outcome: Outcome, certain: bool) -> None:
    assert progress(outcome).certain is certain


def test_an_attempt_that_was_cut_off_is_counted_as_unanswered() -> None:
    found = progress(Retry(problem=PROBLEM, ambiguous=True))

    assert (found.tried, found.unanswered) == (True, True)


def test_a_pause_is_no_attempt_and_its_answer_ends_the_doubt() -> None:
    held = Held(scope="destination:x", reason="rate_limited", problem=PROBLEM, result=FRESH)

    found = progress(held)

    assert (found.status, found.tried, found.certain) == (None, False, True)


def test_an_obstacle_is_no_attempt() -> None:
    found = progress(Failed(problem=PROBLEM), JobState.FAILED)

    assert (found.status, found.tried) == (Status.FAILED, False)


@pytest.mark.parametrize("outcome", [Released(), Succeeded()])
def test_where_nothing_was_learned_nothing_is_written(outcome: Outcome) -> None:
    assert progress_of(settled(outcome)) is None

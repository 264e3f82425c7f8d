"""Why something is held, and what holds a job."""

from typing import Any

import pytest

from console.domain.pauses import ALL_CAUSES, CAUSES, PERSON, cause, holds, waiting_filter
from leadstream.pauses.store import REASONS
from support.admin_answers import WORKSPACE, a_job, a_pause


def test_every_reason_of_the_services_has_a_cause() -> None:
    assert set(CAUSES) == REASONS
    assert set(ALL_CAUSES) == {*CAUSES.values(), PERSON}


def test_what_somebody_wrote_is_a_persons() -> None:
    assert cause("quarter end") == PERSON


@pytest.mark.parametrize(
    ("scope", "does"),
    [
        ("all", True),
        ("kind:deliver-email", True),
        ("kind:deliver-slack", False),
        (f"workspace:{WORKSPACE}", True),
        ("workspace:another", False),
        ("destination:d", True),
        ("destination:e", False),
        ("provider:resend", True),
        ("topic:lead.enriched", False),
    ],
)
def test_a_pause_holds_what_is_in_its_scope(scope: str, *, does: bool) -> None:
    job = a_job(state="ready", lane="destination:d", held_by=["quarter end"])

    assert holds(a_pause(scope=scope), job) is does


@pytest.mark.parametrize(
    "job",
    [
        a_job(state="failed", held_by=["quarter end"]),
        a_job(state="ready", held_by=["circuit_open"]),
        a_job(state="ready", held_by=None),
    ],
)
def test_what_the_service_does_not_say_holds_nothing(job: dict[str, Any]) -> None:
    assert not holds(a_pause(scope="all"), job)


@pytest.mark.parametrize(
    ("scope", "given"),
    [
        ("all", {}),
        ("kind:deliver-email", {"kind": "deliver-email"}),
        (f"workspace:{WORKSPACE}", {"workspace_id": WORKSPACE}),
        ("destination:d", {}),
    ],
)
def test_what_waits_is_listed_as_closely_as_a_filter_can(scope: str, given: dict[str, str]) -> None:
    assert waiting_filter(a_pause(scope=scope)) == {"state": "ready"} | given

"""One attempt to erase a person through a connection: what it ends with, whatever the platform says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from leadstream.jobs.model import Failed, Held, Job, Priority, Released, Retry, Succeeded
from platform_upload.application.erase_person import (
    MOST_NAMED,
    Ended,
    ErasePerson,
    Found,
    UnreadablePersonError,
    named,
)
from platform_upload.application.ports import Person, Trace
from platform_upload.domain.answers import Refused, Verdict
from platform_upload.domain.connection import Connection
from support.clock import FakeClock
from unit.platform_upload.builders import (
    NOW,
    WORKSPACE,
    FakeAdapter,
    FakeConnections,
    a_budget,
    a_connection,
)

ADA = Person(email="ada@acme.com", names=("Ada Lovelace",))
LEAD = UUID(int=7)


@dataclass
class FakePeople:
    traces: Mapping[str, Sequence[Trace]] = field(
        default_factory=lambda: {"fake": [Trace(lead_id=LEAD, external_id="r1")]}
    )
    under_way: bool = False
    knows: bool = True
    reads: bool = True

    async def find(self, job_id: UUID, connection: Connection) -> Found | None:
        if not self.reads:
            raise UnreadablePersonError("it needs the key k1")
        return Found(person=ADA, traces=self.traces, leads=[LEAD]) if self.knows else None

    async def are_under_way(self, job_id: UUID) -> bool:
        return self.under_way


def a_handler(adapter: FakeAdapter, people: FakePeople) -> ErasePerson:
    return ErasePerson(
        connections=FakeConnections(a_connection(adapter="fake")),
        people=people,
        erasers={"fake": adapter},
        clock=FakeClock(NOW),
        budget=a_budget,
    )


def a_job() -> Job:
    return Job(
        id=uuid4(),
        kind="erase-person",
        priority=Priority.HOT,
        lane=a_connection().lane,
        payload={},
        workspace_id=WORKSPACE,
        lead_id=None,
        attempts=0,
        lost=0,
        created_at=NOW,
        lease_id=uuid4(),
    )


async def test_what_was_done_is_told() -> None:
    outcome = await a_handler(FakeAdapter(), FakePeople())(a_job())

    assert isinstance(outcome, Succeeded)
    assert isinstance(outcome.result, Ended)
    assert outcome.result.erased.records == (str(LEAD)[:8],)


async def test_a_lead_that_is_under_way_is_waited_for() -> None:
    outcome = await a_handler(FakeAdapter(), FakePeople(under_way=True))(a_job())

    assert isinstance(outcome, Released)
    assert outcome.after > timedelta(0)


@pytest.mark.parametrize(
    ("people", "said"),
    [(FakePeople(knows=False), "forgotten"), (FakePeople(reads=False), "undecryptable")],
)
async def test_whom_nobody_knows_any_more_fails_visibly(people: FakePeople, said: str) -> None:
    outcome = await a_handler(FakeAdapter(), people)(a_job())

    assert isinstance(outcome, Failed)
    assert outcome.problem.error_class == said


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Verdict.CREDENTIAL, Held),
        (Verdict.QUOTA, Held),
        (Verdict.PERMANENT, Failed),
        (Verdict.CONFIGURATION, Failed),
        (Verdict.RETRY, Retry),
        (Verdict.AMBIGUOUS, Retry),
    ],
)
async def test_a_platform_that_says_no_is_obeyed_and_not_quoted(
    verdict: Verdict, kind: type
) -> None:
    refused = Refused(
        verdict=verdict, code="X", message=f"no {ADA.email}", excerpt=f"{ADA.names[0]}"
    )

    outcome = await a_handler(FakeAdapter(says=[refused]), FakePeople())(a_job())

    assert isinstance(outcome, kind)
    assert isinstance(outcome, Held | Failed | Retry)
    assert ADA.email not in str(outcome.problem)
    assert ADA.names[0] not in str(outcome.problem)


async def test_records_of_another_adapter_are_somebodys_to_erase() -> None:
    people = FakePeople(
        traces={
            "fake": [Trace(lead_id=LEAD, external_id="r1")],
            "other": [Trace(lead_id=LEAD, external_id="r2"), Trace(lead_id=LEAD, external_id=None)],
        }
    )

    outcome = await a_handler(FakeAdapter(), people)(a_job())

    assert isinstance(outcome, Succeeded)
    (left,) = outcome.result.erased.left
    assert left.startswith("other: the connection leads to fake by now")
    assert f"r2, of lead {LEAD}" in left


def test_a_list_that_nobody_would_read_is_cut() -> None:
    traces = [Trace(lead_id=LEAD, external_id=str(n)) for n in range(MOST_NAMED + 3)]

    assert named(traces).endswith(" and 3 more")

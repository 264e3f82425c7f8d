from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from leadstream.jobs.model import Failed, Held, Job, Outcome, Released, Retry, Succeeded
from platform_upload.application.outcomes import MISCONFIGURED, Upload
from platform_upload.application.ports import Past, UnreadableConnectionError
from platform_upload.application.upload_leads import UploadLeads
from platform_upload.domain.answers import Verdict
from platform_upload.domain.connection import Connection, Status
from support.clock import FakeClock
from unit.platform_upload.builders import (
    NOW,
    FakeAdapter,
    FakeConnections,
    FakePasts,
    a_budget,
    a_connection,
    a_document,
    a_job,
    refused,
)


class Case:
    def __init__(self) -> None:
        self.adapter = FakeAdapter()
        self.connections = FakeConnections()
        self.pasts = FakePasts()

    async def upload(self, *jobs: Job) -> list[Outcome]:
        handler = UploadLeads(
            connections=self.connections,
            pasts=self.pasts,
            uploaders={"fake": self.adapter},
            clock=FakeClock(NOW),
            budget=a_budget,
        )
        return list(await handler(jobs))


@pytest.fixture
def case() -> Case:
    return Case()


async def test_accepted_leads_succeed_and_say_which_adapter(case: Case) -> None:
    outcomes = await case.upload(a_job(1), a_job(2))

    assert [type(each) for each in outcomes] == [Succeeded, Succeeded]
    assert isinstance(outcomes[0], Succeeded)
    assert isinstance(outcomes[0].result, Upload)
    assert outcomes[0].result.adapter == "fake"


async def test_outcomes_are_in_the_order_of_the_jobs(case: Case) -> None:
    jobs = [a_job(n) for n in range(4)]
    bad = jobs[2].lead_id
    assert bad
    case.adapter.bad_rows[bad] = refused(Verdict.PERMANENT)

    outcomes = await case.upload(*jobs)

    assert [isinstance(each, Failed) for each in outcomes] == [False, False, True, False]


async def test_b35_without_a_connection_the_leads_wait(case: Case) -> None:
    case.connections.connection = None

    (outcome,) = await case.upload(a_job())

    assert case.connections.holds == [("connection_missing", None)]
    assert isinstance(outcome, Held)
    # For the history: the pause that holds is the other one.
    assert outcome.until == NOW
    assert case.adapter.calls == []


async def test_b35_a_connection_made_at_this_moment_is_not_paused_afterwards(case: Case) -> None:
    case.connections.connection = None
    case.connections.meanwhile = a_connection()

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Released)
    assert case.connections.holds == []


async def test_a_refused_credential_pauses_the_connection_until_somebody_changes_it(
    case: Case,
) -> None:
    case.adapter.says = [refused(Verdict.CREDENTIAL, status_code=401)]

    outcomes = await case.upload(a_job(1), a_job(2))

    assert case.connections.holds == [("credential_refused", None)]
    assert [type(each) for each in outcomes] == [Held, Held]


async def test_an_answer_to_old_credentials_does_not_pause_the_new_ones(case: Case) -> None:
    case.adapter.says = [refused(Verdict.CREDENTIAL, status_code=401)]
    case.connections.meanwhile = a_connection(version=2, credentials={"key": "new"})

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Released)
    assert case.connections.holds == []


async def test_a_platform_that_is_gone_switches_the_connection_off(case: Case) -> None:
    case.adapter.says = [refused(Verdict.DISABLE, message="gone")]

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Held)
    assert case.connections.connection
    assert case.connections.connection.status is Status.DISABLED


async def test_a_fault_in_the_platforms_set_up_is_looked_at_again(case: Case) -> None:
    case.adapter.says = [refused(Verdict.CONFIGURATION)]

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Held)
    assert case.connections.holds == [("misconfigured", NOW + MISCONFIGURED)]


async def test_an_exhausted_quota_holds_the_connection_for_a_time(case: Case) -> None:
    case.adapter.says = [refused(Verdict.QUOTA, after=timedelta(minutes=15))]

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == (a_connection().lane, "quota_exhausted")
    assert outcome.until == NOW + timedelta(minutes=15)


async def test_b11_a_rate_limit_holds_the_connection_and_burns_no_attempt(case: Case) -> None:
    case.adapter.says = [refused(Verdict.RETRY, throttled=True, after=timedelta(seconds=30))]

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Held)
    assert outcome.until == NOW + timedelta(seconds=30)


async def test_b34_a_lost_answer_is_retried_as_one_whose_effect_is_unknown(case: Case) -> None:
    case.adapter.says = [refused(Verdict.AMBIGUOUS)]

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Retry)
    assert outcome.ambiguous


async def test_a_lead_that_the_platform_is_done_with_is_no_failure(case: Case) -> None:
    job = a_job()
    assert job.lead_id
    case.adapter.bad_rows[job.lead_id] = refused(Verdict.PERMANENT, closed=True)

    (outcome,) = await case.upload(job)

    assert isinstance(outcome, Succeeded)


async def test_two_revisions_of_a_lead_are_one_record_with_the_newest_content(case: Case) -> None:
    older = a_job(1, revision=1, intent_score="warm")
    newer = a_job(1, revision=2, intent_score="hot")
    assert newer.lead_id
    case.pasts.known[newer.lead_id] = Past(newest=newer.payload)

    outcomes = await case.upload(newer, older)

    assert [type(each) for each in outcomes] == [Succeeded, Succeeded]
    assert case.adapter.calls == [[newer.lead_id]]
    assert case.adapter.records[newer.lead_id]["intent_score"] == "hot"


async def test_an_older_revision_that_comes_late_sends_the_newest_content(case: Case) -> None:
    older = a_job(1, revision=1, intent_score="warm")
    newer = a_job(1, revision=2, intent_score="hot")
    assert older.lead_id
    case.pasts.known[older.lead_id] = Past(newest=newer.payload)

    await case.upload(older)

    assert case.adapter.records[older.lead_id]["intent_score"] == "hot"


async def test_a_platform_without_records_is_told_of_each_revision(case: Case) -> None:
    case.adapter.keeps_state = False
    case.adapter.limit = type(case.adapter.limit)(items=1, size_bytes=10**6)
    older = a_job(1, revision=1, intent_score="warm")
    newer = a_job(1, revision=2, intent_score="hot")

    await case.upload(older, newer)

    assert len(case.adapter.calls) == 2


@pytest.mark.parametrize("status", [Status.PAUSED, Status.DISABLED])
async def test_a_connection_that_is_not_active_is_not_called(case: Case, status: Status) -> None:
    case.connections.connection = a_connection(status=status)

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Held)
    assert case.adapter.calls == []
    assert case.connections.holds == [(f"connection_{status}", None)]


async def test_credentials_that_no_key_opens_hold_the_connection() -> None:
    class Unreadable(FakeConnections):
        async def get(self, connection_id: UUID) -> Connection | None:
            raise UnreadableConnectionError("needs the key k1", version=1)

    case = Case()
    case.connections = Unreadable()

    (outcome,) = await case.upload(a_job())

    assert isinstance(outcome, Held)
    assert case.connections.holds == [("misconfigured", NOW + MISCONFIGURED)]


def test_the_builder_has_the_thirteen_keys() -> None:
    assert len(a_document()) == 13


async def test_a_correction_is_another_message_and_the_same_at_each_attempt(case: Case) -> None:
    job = a_job(1)
    first = replace(job, payload={**job.payload, "corrections": 1})
    second = replace(job, payload={**job.payload, "corrections": 2})

    for each in (job, first, replace(first, attempts=1), second):
        await case.upload(each)

    plain, corrected, again, other = case.adapter.keys
    assert plain == job.id
    assert corrected == again
    assert len({plain, corrected, other}) == 3

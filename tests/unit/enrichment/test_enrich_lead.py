from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enrichment.application.ports import (
    RATE_LIMITED,
    Busy,
    Cached,
    CallFault,
    CarryOn,
    Ending,
    Lost,
    OverBudget,
)
from enrichment.application.results import Completed, Skipped
from enrichment.application.verify_addresses import MAX_REFUSED
from enrichment.domain.contact import EmailStatus
from enrichment.domain.lead import SkipReason
from leadstream.accounts import Plan
from leadstream.jobs.model import Failed, Held, Problem, Released, Retry, Succeeded
from unit.enrichment.fakes import NOW, FakeWorkspaces, World, a_flight, a_job, people

PROBLEM = Problem(error_class="some_problem", message="it did not work")
EARLIER = NOW - timedelta(days=20)
TOO_EARLY = Held(scope="provider:clay", reason=RATE_LIMITED, problem=PROBLEM, until=NOW)


async def test_a_lead_without_a_domain_is_skipped_and_its_right_to_a_call_returned() -> None:
    world = World()

    outcome = await world.run(a_job(domain="gmail.com"))

    assert isinstance(outcome.result, Skipped)
    assert outcome.result.reason is SkipReason.MISSING_DOMAIN
    assert (world.source.enriched, world.pace.returned) == ([], 1)


async def test_a_company_without_a_name_is_skipped() -> None:
    outcome = await World().run(a_job(name=" "))

    assert outcome.result.reason is SkipReason.INCOMPLETE_COMPANY


async def test_a_new_answer_is_verified_and_completed_with_one_right_more() -> None:
    world = World()
    job = a_job()

    outcome = await world.run(job)

    done = outcome.result
    assert isinstance(done, Completed)
    assert done.paid
    assert done.answer.contacts[0].email_status is EmailStatus.VALID
    assert done.kept is not None
    assert done.kept.closed is not None
    assert done.kept.closed.ending is Ending.SUCCEEDED
    assert (world.pace.taken, world.pace.returned) == (1, 0)


async def test_the_paid_answer_is_kept_before_the_first_verification() -> None:
    world = World()
    kept_by_then: list[Any] = []
    world.source.before_verifying = lambda: kept_by_then.extend(world.answers.kept)

    await world.run(a_job())

    ((answer, closed, opens),) = kept_by_then
    assert answer == people("ann")
    assert closed.ending is Ending.SUCCEEDED
    assert opens == 0


async def test_a_cached_answer_costs_no_call() -> None:
    world = World()
    world.answers.begun = Cached(people("ann"), paid=False, at=EARLIER)

    outcome = await world.run(a_job())

    assert outcome.result.paid is False
    assert outcome.result.kept is None
    (ann,) = outcome.result.answer.contacts
    assert (ann.provider, ann.collected_at, outcome.result.at) == ("clay", EARLIER, NOW)
    assert (world.source.enriched, world.source.verified, world.pace.returned) == ([], [], 1)


@pytest.mark.parametrize(("seconds", "wait"), [(0.0, 0.1), (2.0, 1.0), (60.0, 5.0)])
async def test_while_another_job_asks_the_job_waits_without_an_attempt(
    seconds: float, wait: float
) -> None:
    world = World()
    world.answers.begun = Busy(seconds)

    assert await world.run(a_job()) == Released(after=timedelta(seconds=wait))
    assert world.pace.returned == 1


async def test_a_lost_call_is_an_attempt_of_unknown_outcome_and_not_made_again_in_it() -> None:
    world = World()
    world.answers.begun = Lost()

    outcome = await world.run(a_job())

    assert isinstance(outcome, Retry)
    assert outcome.ambiguous
    assert world.source.enriched == []


async def test_a_spent_budget_holds_the_lane_until_the_next_day() -> None:
    world = World()
    world.answers.begun = OverBudget()
    job = a_job()

    outcome = await world.run(job)

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == (job.lane, "provider_budget_spent")
    assert outcome.until == datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("manual", [True, False])
async def test_only_the_nightly_pipeline_has_a_budget(manual: bool) -> None:
    world = World()

    await world.run(a_job(manual=manual))

    assert world.answers.budgeted is not manual


async def test_a_fault_of_the_paid_call_is_the_attempts_outcome() -> None:
    world = World()
    failed = Failed(problem=PROBLEM)
    world.source.answer = CallFault(failed)

    assert await world.run(a_job()) == failed


async def test_when_the_store_is_away_nothing_is_called() -> None:
    world = World()
    world.answers.away = True

    assert await world.run(a_job()) == Released(after=timedelta(seconds=1))
    assert (world.source.enriched, world.pace.returned) == ([], 1)


@pytest.mark.parametrize(("lost_after", "verified"), [(0, 0), (1, 1)])
async def test_when_the_store_goes_away_a_paid_answer_is_completed_as_far_as_it_is(
    lost_after: int, verified: int
) -> None:
    world = World()
    world.source.answer = people("ann", "bob")
    world.source.verdicts = {"ann": EmailStatus.INVALID}
    world.answers.lost_after = lost_after

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert len(outcome.result.answer.contacts) == 2
    assert len(world.source.verified) == verified


async def test_who_was_erased_is_not_verified() -> None:
    world = World()
    world.source.answer = people("ann", "bob")
    world.answers.erased = frozenset({"ann"})

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert [each.id for each in outcome.result.answer.contacts] == ["bob"]
    assert world.source.verified == ["bob@acme.com"]


async def test_who_is_erased_while_another_is_verified_is_not() -> None:
    world = World()
    world.source.answer = people("ann", "bob", "cyd")
    world.source.verdicts = {"ann": EmailStatus.INVALID}

    def erase() -> None:
        world.answers.erased = frozenset({"bob"})

    world.source.before_verifying = erase

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert [each.id for each in outcome.result.answer.contacts] == ["ann", "cyd"]
    assert world.source.verified == ["ann@acme.com", "cyd@acme.com"]


async def test_who_was_erased_is_left_out_where_nobody_is_verified() -> None:
    world = World(workspaces=FakeWorkspaces(plan=Plan(contacts=("clay",), verify=())))
    world.source.answer = people("ann", "bob")
    world.answers.erased = frozenset({"ann"})

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert [each.id for each in outcome.result.answer.contacts] == ["bob"]


async def test_while_nobody_knows_who_was_erased_a_paid_answer_is_kept_and_nobody_is_verified() -> (
    None
):
    world = World()
    world.source.answer = people("ann", "bob")
    world.answers.erased = None

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert len(outcome.result.answer.contacts) == 2
    assert (world.answers.kept, world.source.verified) == ([], [])


async def test_addresses_are_verified_in_order_until_one_is_valid() -> None:
    world = World()
    world.source.answer = people("ann", "bob", "cyd")
    world.source.verdicts = {"ann": EmailStatus.INVALID}

    outcome = await world.run(a_job())

    statuses = [contact.email_status for contact in outcome.result.answer.contacts]
    assert statuses == [EmailStatus.INVALID, EmailStatus.VALID, None]
    assert world.source.verified == ["ann@acme.com", "bob@acme.com"]


@pytest.mark.parametrize(
    "outcome",
    [
        Failed(problem=PROBLEM),
        Retry(problem=PROBLEM),
        Retry(problem=PROBLEM, ambiguous=True),
        Held(scope="provider:clay", reason="quota_exhausted", problem=PROBLEM),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
async def test_a_fault_of_the_verifier_is_unknown_and_the_next_is_asked(
    outcome: Failed | Retry | Held,
) -> None:
    world = World()
    world.source.answer = people("ann", "bob")
    world.source.verdicts = {"ann": CallFault(outcome)}

    done = (await world.run(a_job())).result

    statuses = [contact.email_status for contact in done.answer.contacts]
    assert statuses == [EmailStatus.UNKNOWN, EmailStatus.VALID]


async def test_a_verifier_that_is_too_busy_pauses_the_provider() -> None:
    world = World()
    world.source.verdicts = {"ann": CallFault(TOO_EARLY)}

    assert await world.run(a_job()) == TOO_EARLY


async def test_a_verifier_that_was_too_busy_often_enough_is_given_up() -> None:
    world = World()
    world.answers.begun = CarryOn(a_flight(), people("ann"), NOW, refused=MAX_REFUSED)
    world.source.verdicts = {"ann": CallFault(TOO_EARLY)}

    done = (await world.run(a_job())).result

    assert done.answer.contacts[0].email_status is EmailStatus.UNKNOWN


async def test_a_half_verified_answer_is_carried_on_with_and_remembers_who_paid() -> None:
    world = World()
    job = a_job()
    carried = people("ann", "bob").with_status(0, EmailStatus.INVALID, by="clay")
    world.answers.begun = CarryOn(a_flight(paid_by=job.id), carried, EARLIER, refused=0)

    done = (await world.run(job)).result

    assert world.source.enriched == []
    assert world.source.verified == ["bob@acme.com"]
    assert done.paid
    assert {each.collected_at for each in done.answer.contacts} == {EARLIER}
    assert (done.kept.at, done.at) == (EARLIER, NOW)


async def test_a_pause_that_comes_in_between_is_obeyed_and_progress_kept() -> None:
    world = World()
    world.source.answer = people("ann", "bob")
    world.source.verdicts = {"ann": EmailStatus.INVALID}
    world.source.before_verifying = lambda: setattr(world, "paused", True)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Released)
    assert world.source.verified == ["ann@acme.com"]
    # One for Ann, and none while nobody may call.
    assert world.pace.taken == 1
    answer, _, opens = world.answers.kept[-1]
    assert answer.contacts[0].email_status is EmailStatus.INVALID
    assert opens is None


async def test_a_pause_that_comes_during_the_wait_for_a_right_is_obeyed() -> None:
    world = World()
    world.pace.while_waiting = lambda: setattr(world, "paused", True)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Released)
    assert world.source.verified == []
    assert (world.pace.taken, world.pace.returned) == (1, 1)


async def test_without_a_right_to_a_call_the_job_comes_back_later() -> None:
    world = World()
    world.pace.rights = 0

    outcome = await world.run(a_job())

    assert isinstance(outcome, Released)
    assert world.source.verified == []
    assert world.answers.kept[-1][2] is None


async def test_addresses_that_take_too_long_are_left_unasked() -> None:
    world = World()
    world.source.answer = people("ann", "bob", "cyd")
    world.source.verdicts = dict.fromkeys(("ann", "bob", "cyd"), EmailStatus.UNKNOWN)
    world.source.before_verifying = lambda: world.clock.advance(timedelta(seconds=10))

    done = (await world.run(a_job())).result

    assert world.source.verified == ["ann@acme.com", "bob@acme.com"]
    assert done.answer.contacts[2].email_status is None

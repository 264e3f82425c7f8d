"""How an attempt of one source walks over what all the sources of a plan know."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from enrichment.application.kinds import kind_of
from enrichment.application.ports import (
    RATE_LIMITED,
    Cached,
    CallFault,
    CarryOn,
    Ending,
    Hold,
    OverCap,
    Resume,
)
from enrichment.application.providers import Objected, Pending
from enrichment.application.results import Completed, Kept
from enrichment.application.verify_addresses import MAX_REFUSED
from enrichment.domain.answer import Answer
from enrichment.domain.contact import EmailStatus
from leadstream.accounts import Plan, StopWhen
from leadstream.jobs.model import Failed, Held, Passed, Problem, Released, Retry, Succeeded
from unit.enrichment.fakes import (
    NOW,
    FakePace,
    FakeSource,
    FakeWorkspaces,
    World,
    a_flight,
    a_job,
    people,
)

PDL, CLAY, HUNTER = "people_data_labs", "clay", "hunter"
PROBLEM = Problem(error_class="some_problem", message="it did not work")
NOBODY = Answer(credits_used=1)


def a_world(
    *contacts: str,
    asks: str = PDL,
    verify: tuple[str, ...] = (HUNTER,),
    stop_when: StopWhen = StopWhen.FOUND,
    **changes: Any,
) -> World:
    plan = Plan(contacts=contacts or (PDL, CLAY), verify=verify, stop_when=stop_when)
    return World(source=FakeSource(name=asks), workspaces=FakeWorkspaces(plan=plan), **changes)


def cached(answer: Answer, *, paid: bool = True) -> Cached:
    return Cached(answer, paid, NOW)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (CLAY, "enrich-lead"),
        (PDL, "enrich-lead-people-data-labs"),
        ("clay_public_v0", "enrich-lead-clay-public-v0"),
    ],
)
def test_each_source_has_a_kind(source: str, kind: str) -> None:
    assert kind_of(source) == kind


async def test_where_nobody_is_found_the_job_is_passed_on_with_what_was_paid_for() -> None:
    world = a_world()
    world.source.answer = NOBODY
    job = a_job()

    outcome = await world.run(job)

    assert isinstance(outcome, Passed)
    assert (outcome.kind, outcome.tried) == ("enrich-lead", True)
    kept = outcome.result.kept
    assert isinstance(kept, Kept)
    assert (kept.answer, kept.flight.paid_by) == (NOBODY, job.id)
    assert kept.closed is not None
    assert (kept.closed.ending, kept.closed.units, kept.closed.ref) == (
        Ending.SUCCEEDED,
        Decimal(1),
        "theirs",
    )


async def test_what_is_known_already_is_passed_by_without_an_attempt() -> None:
    world = a_world()
    world.answers.begun = cached(NOBODY)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Passed)
    assert (outcome.tried, outcome.result.kept) == (False, None)
    assert (world.source.enriched, world.pace.returned) == ([], 1)


async def test_somebody_found_is_enough_where_nobody_says_more() -> None:
    world = a_world()
    world.hunter.verdicts = {"ann": EmailStatus.INVALID}

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert outcome.result.providers == (PDL,)
    assert outcome.result.answer.contacts[0].provider == PDL


async def test_only_a_valid_address_is_enough_where_that_is_wanted() -> None:
    world = a_world(stop_when=StopWhen.VERIFIED)
    world.hunter.verdicts = {"ann": EmailStatus.INVALID}

    assert isinstance(await world.run(a_job()), Passed)


async def test_the_last_source_completes_with_what_all_of_them_know_and_charge() -> None:
    world = a_world(asks=CLAY, stop_when=StopWhen.VERIFIED)
    world.answers.known = {PDL: cached(people("bob"))}
    world.source.answer = people("ann")

    done = (await world.run(a_job())).result

    assert isinstance(done, Completed)
    assert [(each.id, each.provider) for each in done.answer.contacts] == [
        ("ann", CLAY),
        ("bob", PDL),
    ]
    assert (done.providers, done.paid, done.answer.credits_used) == ((PDL, CLAY), True, 2)


async def test_somebody_elses_answer_costs_nothing_of_this_lead() -> None:
    world = a_world(asks=CLAY)
    world.answers.known = {PDL: cached(NOBODY, paid=False)}

    done = (await world.run(a_job())).result

    assert (done.paid, done.answer.credits_used) == (True, 1)


async def test_a_job_whose_source_has_left_the_plan_goes_where_the_plan_says() -> None:
    world = a_world(CLAY, asks=PDL)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Passed)
    assert (outcome.kind, outcome.tried, world.source.enriched) == ("enrich-lead", False, [])


async def test_what_is_asked_for_afresh_says_so_and_else_the_cache_does() -> None:
    job, world = a_job(), a_world()
    await world.run(job)
    assert world.answers.fresher_than is None

    job = a_job()
    await world.run(replace(job, payload={**job.payload, "fresh": True}))

    assert world.answers.fresher_than == job.created_at


async def test_a_paid_answer_is_written_down_although_the_next_can_not_be_looked_up() -> None:
    world = a_world()
    world.source.answer = NOBODY
    world.source.before_answering = lambda: setattr(world.answers, "away", True)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Passed)
    assert outcome.result.kept.answer == NOBODY


async def test_without_a_key_the_job_waits_until_there_is_one() -> None:
    world = a_world()
    world.workspaces.missing = frozenset({PDL})
    job = a_job()

    outcome = await world.run(job)

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == (
        f"provider:{PDL}:{job.workspace_id}",
        "credential_missing",
    )
    assert outcome.until is None


async def test_a_next_source_without_a_key_is_where_the_job_waits() -> None:
    world = a_world()
    world.source.answer = NOBODY
    world.workspaces.missing = frozenset({CLAY})

    outcome = await world.run(a_job())

    assert isinstance(outcome, Passed)
    assert outcome.kind == "enrich-lead"


async def test_a_key_that_nobody_can_open_holds_its_workspace() -> None:
    world = a_world()
    world.workspaces.unreadable = frozenset({PDL})
    job = a_job()

    outcome = await world.run(job)

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == (
        f"provider:{PDL}:{job.workspace_id}",
        "credential_unreadable",
    )


async def test_an_empty_plan_holds_the_lane_and_fails_nobody() -> None:
    world = a_world()
    world.workspaces.plan = Plan(training=True)
    job = a_job()

    outcome = await world.run(job)

    assert isinstance(outcome, Held)
    assert (outcome.scope, outcome.reason) == (job.lane, "configuration")


async def test_what_was_said_of_an_older_key_holds_nobody() -> None:
    world = a_world()
    refused = Held(scope=f"provider:{PDL}", reason="credential_refused", problem=PROBLEM)
    world.source.answer = CallFault(refused)
    assert await world.run(a_job()) == refused

    world.workspaces.is_changed = True

    assert isinstance(await world.run(a_job()), Released)


async def test_a_reached_cap_holds_the_lane_before_anything_is_asked() -> None:
    world = a_world()
    until = NOW + timedelta(days=1)
    world.answers.begun = OverCap(until=until, problem=PROBLEM)
    job = a_job()

    outcome = await world.run(job)

    assert outcome == Held(scope=job.lane, reason=PROBLEM.error_class, problem=PROBLEM, until=until)
    assert world.source.enriched == []


async def test_a_cap_that_is_reached_while_verifying_waits_with_the_answer_kept() -> None:
    world = a_world()
    world.answers.over_cap = OverCap(until=NOW, problem=PROBLEM)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Held)
    assert (world.answers.kept[0][0], world.hunter.verified) == (people("ann"), [])


async def test_what_is_pending_is_kept_and_the_job_handed_back() -> None:
    world = a_world()
    pending = Pending(ref="run-1", after=timedelta(seconds=20))
    world.source.answer = pending

    assert await world.run(a_job()) == Released(after=pending.after)
    assert world.answers.pending == [pending]


async def test_what_is_pending_and_can_not_be_kept_may_have_been_paid() -> None:
    world = a_world()
    world.source.answer = Pending(ref="run-1", after=timedelta(seconds=20))
    world.answers.lost_after = 0

    outcome = await world.run(a_job())

    assert isinstance(outcome, Retry)
    assert outcome.ambiguous


async def test_what_was_pending_is_asked_after_and_completed() -> None:
    world = a_world()
    pending = Pending(ref="run-1", after=timedelta(0), known=people("ann"))
    world.answers.begun = Resume(flight=a_flight(provider=PDL), pending=pending, since=NOW)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert [each for _, each in world.source.asked] == [pending]


async def test_what_never_ends_is_given_up_after_an_hour() -> None:
    world = a_world()
    long_ago = NOW - timedelta(hours=1, seconds=1)
    pending = Pending(ref="run-1", after=timedelta(0))
    world.answers.begun = Resume(flight=a_flight(), pending=pending, since=long_ago)
    world.source.answer = pending

    outcome = await world.run(a_job())

    assert isinstance(outcome, Retry)
    assert (outcome.problem.error_class, outcome.ambiguous) == ("never_finished", True)
    assert world.answers.pending == []


async def test_what_was_done_while_nobody_could_ask_is_not_given_up() -> None:
    """A pause or a service that was down: the answer is paid for, and there."""
    world = a_world()
    pending = Pending(ref="run-1", after=timedelta(0), known=people("ann"))
    yesterday = NOW - timedelta(days=1)
    world.answers.begun = Resume(flight=a_flight(provider=PDL), pending=pending, since=yesterday)

    outcome = await world.run(a_job())

    assert isinstance(outcome, Succeeded)
    assert [each for _, each in world.source.asked] == [pending]


async def test_verifiers_are_asked_in_order_until_one_knows_something() -> None:
    world = a_world(CLAY, asks=CLAY, verify=(HUNTER, CLAY))
    world.source.answer = people("ann", "bob")
    world.hunter.verdicts = dict.fromkeys(("ann", "bob"), EmailStatus.UNKNOWN)
    world.source.verdicts = {"ann": EmailStatus.ACCEPT_ALL}

    done = (await world.run(a_job())).result

    assert world.hunter.verified == ["ann@acme.com", "bob@acme.com"]
    assert world.source.verified == ["ann@acme.com", "bob@acme.com"]
    statuses = [each.email_status for each in done.answer.contacts]
    assert statuses == [EmailStatus.ACCEPT_ALL, EmailStatus.VALID]
    assert [each.account.provider for each in world.answers.opened] == [
        *(HUNTER, CLAY, HUNTER, CLAY)
    ]
    # A job comes with the right to ask its source, and takes those to ask others.
    assert (world.hunters_pace.taken, world.pace.taken) == (2, 2)


async def test_a_verifier_that_was_asked_is_not_asked_again_after_the_worker_was_lost() -> None:
    world = a_world(CLAY, asks=CLAY, verify=(HUNTER, CLAY))
    carried = people("ann").with_status(0, EmailStatus.UNKNOWN, by=HUNTER)
    world.answers.begun = CarryOn(a_flight(), carried, NOW, refused=0)

    await world.run(a_job())

    assert (world.hunter.verified, world.source.verified) == ([], ["ann@acme.com"])


async def test_an_address_that_an_earlier_source_had_verified_is_not_paid_for_again() -> None:
    world = a_world(asks=CLAY, stop_when=StopWhen.VERIFIED)
    known = people("ann").with_status(0, EmailStatus.INVALID, by=HUNTER)
    world.answers.known = {PDL: cached(known)}
    world.source.answer = people("ann", "bob")

    await world.run(a_job())

    assert world.hunter.verified == ["bob@acme.com"]


async def test_who_objects_is_erased_and_left_out() -> None:
    world = a_world()
    world.source.answer = people("ann", "bob")
    world.hunter.verdicts = {"ann": Objected()}

    done = (await world.run(a_job())).result

    assert world.people.erased == ["ann@acme.com"]
    assert [each.id for each in done.answer.contacts] == ["bob"]


async def test_while_nobody_can_be_erased_the_attempt_is_handed_back() -> None:
    world = a_world()
    world.hunter.verdicts = {"ann": Objected()}
    world.people.away = True

    assert isinstance(await world.run(a_job()), Released)


async def test_a_verifier_that_is_not_done_is_asked_again_later_and_not_for_ever() -> None:
    world = a_world()
    pending = Pending(ref="", after=timedelta(seconds=2))
    world.hunter.verdicts = {"ann": pending}
    assert await world.run(a_job()) == Released(after=pending.after)

    world.answers.begun = CarryOn(a_flight(), people("ann"), NOW, refused=MAX_REFUSED)

    done = (await world.run(a_job())).result
    assert done.answer.contacts[0].email_status is EmailStatus.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "asked"), [("quota_exhausted", 1), ("credential_refused", 1)], ids=str
)
async def test_a_verifier_that_can_not_be_asked_is_shown_and_left_alone(
    reason: str, asked: int
) -> None:
    world = a_world()
    world.source.answer = people("ann", "bob")
    hold = Held(scope="provider:hunter", reason=reason, problem=PROBLEM)
    world.hunter.verdicts = dict.fromkeys(("ann", "bob"), CallFault(hold))

    done = (await world.run(a_job())).result

    assert len(world.hunter.verified) == asked
    assert done.kept.holds == (hold,)


async def test_what_was_said_of_a_verifiers_older_key_is_not_shown() -> None:
    world = a_world()
    hold = Held(scope="provider:hunter", reason="quota_exhausted", problem=PROBLEM)
    world.hunter.verdicts = {"ann": CallFault(hold)}
    world.workspaces.is_changed = True

    done = (await world.run(a_job())).result

    assert done.kept.holds == ()


async def test_a_verifier_without_a_key_is_shown_and_holds_nobody() -> None:
    world = a_world()
    world.workspaces.missing = frozenset({HUNTER})

    done = (await world.run(a_job())).result

    assert [hold.reason for hold in done.kept.holds] == ["credential_missing"]
    assert done.answer.contacts[0].email_status is None


async def test_a_verifier_that_is_held_is_waited_for_only_where_it_was_too_fast() -> None:
    world = a_world()
    world.held = {"provider:hunter": Hold(RATE_LIMITED, NOW + timedelta(seconds=7))}
    assert await world.run(a_job()) == Released(after=timedelta(seconds=7))
    assert world.answers.kept[-1][2] is None

    world.held = {"provider:hunter": Hold("quota_exhausted", None)}

    assert isinstance(await world.run(a_job()), Succeeded)
    assert world.hunter.verified == []


async def test_a_pause_of_the_own_key_is_obeyed_between_calls() -> None:
    job, world = a_job(), a_world(CLAY, asks=CLAY, verify=(CLAY,))
    world.held = {f"provider:{CLAY}:{job.workspace_id}": Hold("by hand", None)}

    assert isinstance(await world.run(job), Released)
    assert world.source.verified == []


async def test_without_a_right_to_ask_a_verifier_the_job_comes_back() -> None:
    world = a_world(hunters_pace=FakePace(rights=0))

    assert isinstance(await world.run(a_job()), Released)
    assert world.hunter.verified == []


async def test_people_who_are_known_are_not_lost_with_a_source_that_refuses_the_company() -> None:
    world = a_world(PDL, CLAY, "clay_public_v0", asks=CLAY, stop_when=StopWhen.VERIFIED)
    world.answers.known = {PDL: cached(people("bob"))}
    world.source.answer = CallFault(Failed(problem=PROBLEM))

    done = (await world.run(a_job())).result

    assert [each.id for each in done.answer.contacts] == ["bob"]
    assert done.providers == (PDL, CLAY)
    assert (done.kept, done.refused) == (None, Ending.REFUSED)


async def test_a_refusal_for_good_is_the_attempts_outcome() -> None:
    world = a_world()
    failed = Failed(problem=PROBLEM)
    world.source.answer = CallFault(failed)

    assert await world.run(a_job()) == failed

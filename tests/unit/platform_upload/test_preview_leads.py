from datetime import timedelta
from uuid import UUID

import pytest

from platform_upload.application.budget import Budget
from platform_upload.application.ports import Past, Plan, Requested
from platform_upload.application.preview_leads import (
    Action,
    Preview,
    PreviewLeads,
    action_of,
)
from platform_upload.domain.answers import RefusedError, Verdict
from platform_upload.domain.batches import BatchLimit
from unit.platform_upload.builders import (
    FakeAdapter,
    FakePasts,
    FakeRequests,
    a_budget,
    a_connection,
    a_document,
    a_job,
    refused,
)


class Case:
    def __init__(self) -> None:
        self.adapter = FakeAdapter(limit=BatchLimit(items=2, size_bytes=10**6))
        self.requests = FakeRequests()
        self.pasts = FakePasts()

    def asks(self, number: int, *, revision: int = 1, score: str = "hot") -> UUID:
        lead_id = UUID(a_document(number)["id"])
        payload = a_job(number, revision=revision).payload
        self.requests.known[lead_id] = Requested(revision=revision, score=score)
        self.pasts.known[lead_id] = Past(newest=payload)
        return lead_id

    async def preview(self, *leads: UUID, budget: Budget | None = None) -> list[Preview]:
        preview = PreviewLeads(requests=self.requests, pasts=self.pasts)
        return await preview(self.adapter, a_connection(), leads, budget or a_budget())


@pytest.fixture
def case() -> Case:
    return Case()


def actions(found: list[Preview]) -> list[str]:
    return [each.action.value for each in found]


async def test_answers_are_in_the_order_asked_for_and_calls_take_what_an_upload_takes(
    case: Case,
) -> None:
    leads = [case.asks(number) for number in range(5)]
    case.adapter.records[leads[1]] = a_document(1)
    case.adapter.records[leads[2]] = a_document(2, company_name="Before")

    found = await case.preview(*leads)

    assert [each.lead_id for each in found] == leads
    assert actions(found) == ["create", "unchanged", "update", "create", "create"]
    plan = found[2].plan
    assert plan
    assert plan.changes == {"company_name": ("Before", "Acme Corp")}
    assert [len(each) for each in case.adapter.calls] == [2, 2, 1]


async def test_what_there_is_nothing_to_send_of_is_not_asked_for(case: Case) -> None:
    cold, known = case.asks(1, score="cold"), case.asks(2)
    forgotten, other = case.asks(3), case.asks(4, revision=2)
    del case.pasts.known[forgotten]
    # A newer revision was asked for, of which the job is not there any more.
    case.requests.known[other] = Requested(revision=3, score="hot")

    found = await case.preview(cold, UUID(int=1), forgotten, other, known)

    assert actions(found) == ["refused", "unknown", "unknown", "unknown", "create"]
    assert case.adapter.calls == [[known]]


@pytest.mark.parametrize(
    ("verdict", "action"),
    [(Verdict.PERMANENT, Action.REFUSED), (Verdict.RETRY, Action.UNTRIED)],
)
async def test_a_lead_that_the_platform_refuses_costs_no_other(
    case: Case, verdict: Verdict, action: Action
) -> None:
    bad, good = case.asks(1), case.asks(2)
    case.adapter.bad_rows[bad] = refused(verdict)

    found = await case.preview(bad, good)

    assert [each.action for each in found] == [action, Action.CREATE]
    assert found[0].refused == refused(verdict)


async def test_what_concerns_all_is_raised(case: Case) -> None:
    lead = case.asks(1)
    case.adapter.says = [refused(Verdict.CREDENTIAL)]

    with pytest.raises(RefusedError) as caught:
        await case.preview(lead)

    assert caught.value.refused.verdict is Verdict.CREDENTIAL


async def test_what_was_found_out_before_a_refusal_counts(case: Case) -> None:
    leads = [case.asks(number) for number in range(5)]
    case.adapter.says, case.adapter.says_after = [refused(Verdict.RETRY, throttled=True)], 1

    found = await case.preview(*leads)

    assert actions(found) == ["create"] * 2 + ["untried"] * 3
    assert found[4].refused == refused(Verdict.RETRY, throttled=True)
    assert len(case.adapter.calls) == 2


async def test_out_of_time_the_rest_is_untried(case: Case) -> None:
    leads = [case.asks(number) for number in range(5)]

    found = await case.preview(*leads, budget=a_budget(calls=2))

    assert actions(found) == ["create"] * 4 + ["untried"]


async def test_out_of_time_for_all_is_a_refusal(case: Case) -> None:
    lead = case.asks(1)

    with pytest.raises(RefusedError) as caught:
        await case.preview(lead, budget=a_budget(calls=0))

    assert caught.value.refused.code == "timeout"


@pytest.mark.parametrize(
    ("plan", "action"),
    [
        (Plan(changes={"a": (None, 1)}), Action.CREATE),
        (Plan(changes={}), Action.CREATE),
        (Plan(external_id="1", changes={"a": (1, 2)}), Action.UPDATE),
        (Plan(external_id="1", changes={}, note="contacts"), Action.UPDATE),
        (Plan(external_id="1", changes={}), Action.UNCHANGED),
    ],
)
def test_what_a_plan_is_called(plan: Plan, action: Action) -> None:
    assert action_of(plan) is action


def test_a_budget_says_what_was_spent() -> None:
    budget = a_budget(calls=3)

    for _ in range(2):
        budget.spend(timedelta(seconds=1))

    assert budget.spent == 2

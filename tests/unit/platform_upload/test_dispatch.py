import pytest

from platform_upload.application.dispatch import dispatch
from platform_upload.domain.answers import Accepted, Refused, Untried, Verdict
from platform_upload.domain.batches import BatchLimit
from unit.platform_upload.builders import (
    FakeAdapter,
    a_budget,
    a_connection,
    parcels,
    refused,
)


async def test_b33_a_batch_refused_as_a_whole_is_halved_until_the_bad_lead_stands_alone() -> None:
    batch = parcels(100)
    bad = batch[37]
    adapter = FakeAdapter(limit=BatchLimit(items=100, size_bytes=10**6), poison={bad.lead.id})

    answers = await dispatch(adapter, a_connection(), batch, a_budget())

    assert isinstance(answers[bad.key], Refused)
    assert set(adapter.records) == {p.lead.id for p in batch} - {bad.lead.id}
    # 100 → 50 → 25 → 13 → 7 → 4 → 2 → 1: a call for each half on the way down, and no more.
    assert len(adapter.calls) <= 15


async def test_several_bad_leads_are_each_found() -> None:
    batch = parcels(16)
    adapter = FakeAdapter(
        limit=BatchLimit(items=16, size_bytes=10**6),
        poison={batch[0].lead.id, batch[7].lead.id, batch[15].lead.id},
    )

    answers = await dispatch(adapter, a_connection(), batch, a_budget())

    assert [n for n, p in enumerate(batch) if isinstance(answers[p.key], Refused)] == [0, 7, 15]
    assert len(adapter.records) == 13


async def test_what_the_budget_does_not_reach_is_untried_and_something_is_settled() -> None:
    batch = parcels(64)
    adapter = FakeAdapter(
        limit=BatchLimit(items=64, size_bytes=10**6), poison={p.lead.id for p in batch}
    )

    answers = await dispatch(adapter, a_connection(), batch, a_budget(calls=16))

    assert len(adapter.calls) == 16
    assert isinstance(answers[batch[0].key], Refused)
    assert isinstance(answers[batch[63].key], Untried)


async def test_an_attempt_that_settles_nothing_has_failed() -> None:
    batch = parcels(4)

    answers = await dispatch(FakeAdapter(), a_connection(), batch, a_budget(calls=0))

    assert {getattr(answer, "verdict", None) for answer in answers.values()} == {Verdict.AMBIGUOUS}


async def test_more_than_one_call_takes_is_cut_up() -> None:
    adapter = FakeAdapter(limit=BatchLimit(items=1, size_bytes=10**6))
    batch = parcels(3)

    await dispatch(adapter, a_connection(), batch, a_budget())

    assert adapter.calls == [[p.lead.id] for p in batch]


@pytest.mark.parametrize(
    "verdict",
    [Verdict.RETRY, Verdict.AMBIGUOUS, Verdict.CREDENTIAL, Verdict.QUOTA, Verdict.CONFIGURATION],
)
async def test_a_platform_that_cannot_take_one_batch_is_not_asked_for_the_next(
    verdict: Verdict,
) -> None:
    adapter = FakeAdapter(limit=BatchLimit(items=2, size_bytes=10**6), says=[refused(verdict)])
    batch = parcels(6)

    answers = await dispatch(adapter, a_connection(), batch, a_budget())

    assert len(adapter.calls) == 1
    assert [answers[p.key] for p in batch[:2]] == [refused(verdict)] * 2
    assert [answers[p.key] for p in batch[2:]] == [Untried()] * 4


async def test_b33_rows_refused_one_by_one_cost_the_others_nothing() -> None:
    batch = parcels(3)
    bad = refused(Verdict.PERMANENT)
    adapter = FakeAdapter(bad_rows={batch[1].lead.id: bad})

    answers = await dispatch(adapter, a_connection(), batch, a_budget())

    assert len(adapter.calls) == 1
    assert answers[batch[1].key] == bad
    assert isinstance(answers[batch[0].key], Accepted)

import pytest

from platform_upload.application.dispatch import dispatch
from platform_upload.domain.answers import Accepted, Untried, Verdict
from platform_upload.domain.batches import BatchLimit
from unit.platform_upload.builders import (
    FakeAdapter,
    a_budget,
    a_connection,
    parcels,
    refused,
)


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

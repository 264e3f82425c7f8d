"""Points that all replicas share: taken before a call, settled by its bill."""

import httpx
import pytest

from leadstream.postgres import Database
from platform_upload.adapters.costs import Allowance, Bill, CostPacer, Reserved
from platform_upload.application.budget import SpentError
from platform_upload.application.dispatch import dispatch
from platform_upload.domain.answers import Refused, Verdict
from unit.platform_upload.builders import a_budget, a_connection, a_parcel
from unit.platform_upload.odd_answers import adapter_of, connection_to

SLOW = Allowance(1_000, 0.001)
CONNECTION = a_connection()


async def can_take(pacer: CostPacer, points: int) -> bool:
    try:
        await pacer.reserve(CONNECTION, points, a_budget(seconds=0.01))
    except SpentError:
        return False
    return True


async def test_replicas_share_one_bucket(database: Database) -> None:
    one, two = (CostPacer(database, lowest=SLOW) for _ in range(2))

    taken = [await can_take(pacer, 400) for pacer in (one, two, one)]

    assert taken == [True, True, False]
    # What is too much for the one is nothing for the other to wait for.
    assert await can_take(two, 100)


async def test_what_a_call_did_not_cost_comes_back(database: Database) -> None:
    pacer = CostPacer(database, lowest=SLOW)
    reserved = await pacer.reserve(CONNECTION, 900, a_budget())

    await pacer.settle(CONNECTION, reserved, Bill(requested=900, spent=2))

    assert await can_take(pacer, 900)


@pytest.mark.parametrize("bill", [None, Bill(), Bill(requested=900)])
async def test_without_a_bill_a_call_has_cost_all_of_it(
    database: Database, bill: Bill | None
) -> None:
    pacer = CostPacer(database, lowest=SLOW)
    reserved = await pacer.reserve(CONNECTION, 900, a_budget())

    await pacer.settle(CONNECTION, reserved, bill)

    assert not await can_take(pacer, 100)


async def test_somebody_else_who_spends_the_points_is_noticed(database: Database) -> None:
    pacer = CostPacer(database, lowest=SLOW)
    reserved = await pacer.reserve(CONNECTION, 10, a_budget())

    await pacer.settle(CONNECTION, reserved, Bill(spent=10, available=50, allowance=SLOW))

    assert not await can_take(pacer, 60)
    assert await can_take(pacer, 40)


async def test_an_allowance_is_learnt(database: Database) -> None:
    pacer = CostPacer(database, lowest=Allowance(100, 0.001))
    reserved = await pacer.reserve(CONNECTION, 50, a_budget())
    large = Allowance(10_000, 1_000_000)

    await pacer.settle(CONNECTION, reserved, Bill(spent=50, available=9_950, allowance=large))

    # Ten thousand are there in a hundredth of a second.
    reserved = await pacer.reserve(CONNECTION, 9_000, a_budget(seconds=30))
    assert reserved.points == 9_000


async def test_a_call_that_no_bucket_holds_is_the_platforms_to_refuse(database: Database) -> None:
    pacer = CostPacer(database, lowest=SLOW)

    reserved: Reserved = await pacer.reserve(CONNECTION, 5_000, a_budget())

    assert reserved.points == 950


async def test_who_gets_no_points_in_time_has_made_no_attempt(database: Database) -> None:
    pacer = CostPacer(database, lowest=SLOW)
    connection = connection_to("shopify")
    await pacer.reserve(connection, 950, a_budget())
    adapter = adapter_of("shopify", _nobody, points=pacer)
    parcel = a_parcel()

    answers = await dispatch(adapter, connection, [parcel], a_budget(seconds=0.5))

    said = answers[parcel.key]
    assert isinstance(said, Refused)
    assert (said.verdict, said.throttled) == (Verdict.RETRY, True)
    # Where nothing waits for its turn, it is time that ran out.
    with pytest.raises(SpentError):
        await adapter.preview(connection, [parcel], a_budget(seconds=0.5))


def _nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"{request.url} was called")

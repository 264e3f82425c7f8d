"""What goes wrong between us and a platform, on every adapter: whom it holds up, and what it costs."""

from datetime import timedelta

import pytest

from contract.platforms.case import PlatformCase, Trait
from contract.platforms.site import Site
from support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE = 2


async def test_who_calls_too_often_waits_and_no_attempt_is_counted(
    site: Site, case: PlatformCase
) -> None:
    await site.connect()
    await site.upload(*site.leads(1))
    throttle = case.throttled()
    await site.script(case.write_of(1), throttle.answer)
    (late,) = site.leads(1, start=1)

    await site.upload(late)
    (refused,) = (entry for entry in site.calls() if entry["fault"] == "script:answer")
    await site.upload(*site.leads(1, start=2))
    if throttle.seconds > PATIENCE:
        # More than a test waits: until then nobody calls, and here an operator lets them go.
        assert site.calls()[-1].seq == refused.seq
        await site.lift("rate_limited", at_least=timedelta(seconds=0.9 * throttle.seconds))

    async def is_through() -> bool:
        return await site.statuses() == {"uploaded": 3}

    await eventually(is_through, "they have not gone out by themselves", within=30)
    assert await site.outcomes(late) == ["held", "succeeded"]
    assert {job["attempts"] for job in await site.jobs()} == {1}
    if throttle.seconds <= PATIENCE:
        after = [entry.time - refused.time for entry in site.calls() if entry.seq > refused.seq]
        assert min(after) >= timedelta(seconds=0.9 * throttle.seconds)


@pytest.mark.needs(Trait.SESSIONS)
async def test_an_expired_session_is_renewed_once_and_nobody_notices(
    site: Site, case: PlatformCase
) -> None:
    await site.connect()
    await site.upload(site.lead(1))
    opened = len(site.calls(operation=case.sessions().name))
    await case.expire(site.stage.sandbox, site.account)

    await site.upload(site.lead(2, company_name="Acme 2"))

    assert await site.statuses() == {"uploaded": 2}
    assert len(site.calls(operation=case.sessions().name)) == opened + 1
    assert {job["attempts"] for job in await site.jobs()} == {1}


@pytest.mark.needs(Trait.CREDENTIALS)
async def test_b36_wrong_credentials_hold_their_connection_until_they_are_changed(
    site: Site, case: PlatformCase
) -> None:
    other = Site(case, site.stage)
    await site.connect()
    await other.connect()
    right = await case.turn_away(site.stage.sandbox, site.account)
    await site.upload(*site.leads(2))
    await other.upload(*other.leads(2))
    assert await other.statuses() == {"uploaded": 2}
    assert await site.statuses() == {"pending": 2}
    assert await site.holds() == {"credential_refused"}
    assert {job["attempts"] for job in await site.jobs()} == {0}

    await site.stage.post(f"/connections/{site.connection()}/rotate", {"credentials": right})
    await site.settle()

    assert await site.statuses() == {"uploaded": 2}
    await other.leave()


@pytest.mark.needs(Trait.CONFIGURATION)
async def test_a_mistake_in_the_platforms_set_up_holds_and_fails_nobody(
    site: Site, case: PlatformCase
) -> None:
    await site.connect()
    await case.misconfigure(site.stage.sandbox, site.account)
    await site.upload(*site.leads(2))
    assert await site.statuses() == {"pending": 2}
    assert await site.holds() == {"misconfigured"}
    assert {job["attempts"] for job in await site.jobs()} == {0}
    assert all(row["error"] for row in await site.rows())

    await case.mend(site.stage.sandbox, site.account)
    await site.stage.post(f"/connections/{site.connection()}/test")
    await site.settle()

    assert await site.statuses() == {"uploaded": 2}


@pytest.mark.needs(Trait.OPTIONAL_FIELDS)
async def test_b54_a_bad_optional_field_costs_no_lead_and_is_said(
    site: Site, case: PlatformCase
) -> None:
    refused = await case.refuse_field(site.stage.sandbox)
    await site.connect()
    event = site.lead()

    await site.upload(event)

    row = await site.row(event)
    assert row["status"] == "uploaded"
    assert refused in [each["field"] for each in row["adjustments"]]
    kept = await site.record(event)
    assert kept[case.name_field] == event["lead"]["company_name"]

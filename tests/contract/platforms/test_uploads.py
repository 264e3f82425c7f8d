"""Behaviour 29 to 37, on every adapter."""

import asyncio
from collections import Counter
from math import ceil

import pytest

from contract.platforms.case import PlatformCase, Trait
from contract.platforms.site import Site
from contract.platforms.stage import Stage
from support.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

INDUSTRIES = {
    "Technology": "tech-platform",
    "Finance": "finance-platform",
    "Healthcare": "healthcare-platform",
    "Retail": "retail-platform",
    "Marketing": "marketing-platform",
    "Farming": "general-platform",
}


async def test_b29_cold_leads_never_go_and_others_once_a_revision(site: Site) -> None:
    await site.connect()
    (hot,), (warm,), (cold,) = (
        site.leads(1, start=n, intent_score=score)
        for n, score in enumerate(("hot", "warm", "cold"))
    )

    await site.upload(hot, warm, cold, hot)
    handed = Counter(lead for call in site.handed() for lead in call)
    calls = len(site.calls())
    await site.upload(warm, cold, hot)

    assert handed == {hot["lead_id"]: 1, warm["lead_id"]: 1}
    assert len(site.calls()) == calls
    assert await site.statuses() == {"uploaded": 2, "refused": 1}
    assert (await site.row(cold))["error"] == "cold leads are not uploaded"

    await site.upload(site.lead(0, revision=2, company_name="Acme Incorporated"))

    assert await site.statuses() == {"uploaded": 3, "refused": 1}
    newest = (await site.records())[hot["lead_id"]][-1]
    assert newest[site.case.name_field] == "Acme Incorporated"
    assert cold["lead_id"] not in str([entry.line for entry in site.calls()])


async def test_b30_each_industry_goes_to_its_platform(site: Site) -> None:
    """Any adapter serves any platform: here each has an account of this kind."""
    for platform in INDUSTRIES.values():
        await site.connect(platform)
    events = {
        platform: site.lead(n, industry=industry, company_name=f"Acme {n}")
        for n, (industry, platform) in enumerate(INDUSTRIES.items())
    }

    await site.upload(*events.values())

    assert {
        platform: list(await site.records(site.account_at(platform)))
        for platform in INDUSTRIES.values()
    } == {platform: [event["lead_id"]] for platform, event in events.items()}


async def test_b31_a_lead_is_what_the_platform_has_for_it(site: Site, case: PlatformCase) -> None:
    await site.connect()
    event = site.lead()

    await site.upload(event)

    assert (await site.row(event))["status"] == "uploaded"
    assert await site.record(event) == case.expected(event)


async def test_b32_leads_go_in_as_few_calls_as_their_batches(
    site: Site, case: PlatformCase
) -> None:
    count = min(500, case.at_once) if case.batch > 1 else 3
    hot, warm = site.leads(count), site.leads(2, start=count, intent_score="warm")
    await site.take(*hot, *warm)

    await site.connect()
    await site.settle()

    assert await site.statuses() == {"uploaded": count + 2}
    assert len(site.handed()) == ceil(count / case.batch) + ceil(2 / case.batch)
    scores = {event["lead_id"]: event["lead"]["intent_score"] for event in (*hot, *warm)}
    assert all(len({scores[lead] for lead in call}) == 1 for call in site.handed())


@pytest.mark.needs(Trait.ROW_ERRORS)
async def test_b33_only_accepted_rows_are_uploaded(site: Site, case: PlatformCase) -> None:
    events = site.leads(4)
    await case.refuse_row(site.stage.sandbox, events[2])
    await site.connect()

    await site.upload(*events)

    accepted = [event["lead_id"] for event in events if event is not events[2]]
    assert await site.statuses() == {"uploaded": 3, "failed": 1}
    assert (await site.row(events[2]))["status"] == "failed"
    assert await site.outcomes(events[2]) == ["failed"]
    assert set(await site.records()) == set(accepted)
    assert await site.billed() == dict.fromkeys(accepted, 1)


@pytest.mark.needs(Trait.SIZE_LIMIT)
async def test_b33_what_is_too_large_is_halved_until_the_bad_lead_stands_alone(
    site: Site, case: PlatformCase
) -> None:
    events = site.leads(min(case.batch, 12) + 1)
    bad = events[-1]
    for count in (1, 2):
        await site.behave(case.write_of(count), about=bad, errors=case.too_large())
    await site.connect()

    await site.upload(*events)

    assert await site.statuses() == {"uploaded": len(events) - 1, "failed": 1}
    assert (await site.row(bad))["status"] == "failed"
    assert set(await site.records()) == {each["lead_id"] for each in events} - {bad["lead_id"]}
    assert bad["lead_id"] not in await site.billed()


async def test_b34_a_lost_answer_makes_no_second_record_and_is_billed_once(
    site: Site, case: PlatformCase
) -> None:
    await site.connect()
    await site.upload(*site.leads(1))
    await site.script(case.write_of(2), {"action": "lose"})
    events = site.leads(2, start=1)

    await site.upload(*events)

    assert await site.statuses() == {"uploaded": 3}
    assert {lead: len(found) for lead, found in (await site.records()).items()} == dict.fromkeys(
        (row["lead_id"] for row in await site.rows()), 1
    )
    assert set((await site.billed()).values()) == {1}
    lost = [event for event in events if len(await site.outcomes(event)) == 2]
    assert [await site.outcomes(event) for event in lost] == [["unknown", "succeeded"]] * len(lost)
    assert lost


async def test_b35_without_a_connection_leads_wait_and_go_once_it_is_there(site: Site) -> None:
    events = site.leads(2)
    await site.upload(*events)
    assert await site.statuses() == {"pending": 2}
    assert await site.holds() == {"connection_missing"}
    assert {(job["state"], job["attempts"]) for job in await site.jobs()} == {("ready", 0)}

    await site.connect()
    await site.settle()

    assert await site.statuses() == {"uploaded": 2}
    assert set(await site.records()) == {event["lead_id"] for event in events}


async def test_b36_a_platform_that_hangs_slows_nobody_else(
    site: Site, stage: Stage, case: PlatformCase
) -> None:
    """Two workspaces with an account each; one of the accounts never answers."""
    other = Site(case, stage)
    stuck = site.lead()
    await site.behave(case.write_of(1), about=stuck, hang=1.0)
    await asyncio.gather(site.connect(), other.connect())
    await site.take(stuck)

    async def is_stuck() -> bool:
        return bool(site.handed())

    await eventually(is_stuck, "nothing hangs", within=30)
    await other.upload(*other.leads(3))

    assert await other.statuses() == {"uploaded": 3}
    assert await site.statuses() == {"pending": 1}
    await other.leave()


async def test_b37_one_bill_whatever_comes_again(site: Site, stage: Stage) -> None:
    await site.connect()
    event = site.lead(intent_score="warm")
    await site.upload(event)
    await site.upload(event)
    # As after the records of a retention period are read again.
    for table in ("jobs", "uploads"):
        await stage.database.pool.execute(
            f"DELETE FROM {table} WHERE workspace_id = $1",  # noqa: S608 - two names of our own
            site.workspace,
        )

    await site.upload(event)
    await site.upload(site.lead(revision=2))

    assert await site.billed() == {event["lead_id"]: 1}
    assert await site.statuses() == {"uploaded": 2}
    if site.case.keeps_state:
        assert {lead: len(found) for lead, found in (await site.records()).items()} == {
            event["lead_id"]: 1
        }

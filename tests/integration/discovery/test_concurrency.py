"""Several replicas on one database: no company twice, no day's limit overrun, nothing lost."""

import asyncio
from collections import Counter
from datetime import timedelta
from random import Random

from integration.discovery.builders import (
    ACME,
    MORNING,
    TOPIC,
    a_company,
    a_lead_id,
    a_query,
    a_tick,
    companies,
    enriched,
)
from integration.discovery.conftest import MakeReplica
from leadstream_dev.sandbox import Sandbox


async def test_b07_queries_that_find_the_same_companies_at_once_make_each_one_lead(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica() for _ in range(3)]
    random = Random(1)  # noqa: S311 - the same shuffle every time
    for number in range(12):
        topic = f"Topic {number}"
        await a_query(replicas[0], f"query {number}", topic=topic)
        # Overlapping, each in another order: whoever locks in the order of the answer would deadlock.
        found = companies(30, first=number * 5)
        random.shuffle(found)
        await sandbox.control.catalogue(topic, found)

    await replicas[0].take_in("scheduler.tick", a_tick())
    await asyncio.gather(*(each.finish() for each in replicas))

    leads = await replicas[0].rows("leads")
    runs = await replicas[0].rows("query_runs")
    assert Counter(lead["domain"] for lead in leads) == Counter(
        f"company-{n}.com" for n in range(85)
    )
    assert sum(run["created"] for run in runs) == 85
    assert all(run["found"] == run["created"] + run["known"] == 30 for run in runs)
    assert len(await replicas[0].events("lead.discovered")) == 85
    assert {job["state"] for job in await replicas[0].rows("jobs")} == {"succeeded"}


async def test_b05_re_runs_at_once_share_the_days_limit(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica() for _ in range(3)]
    await a_query(replicas[0])
    for number in range(6):
        found = companies(20, first=number * 20)
        await sandbox.control.script("datashopper", "search", {"body": {"results": found}})
    ticks = [a_tick(at=MORNING + timedelta(minutes=number)) for number in range(6)]

    await replicas[0].take_in("scheduler.tick", *ticks)
    await asyncio.gather(*(each.finish() for each in replicas))

    runs = await replicas[0].rows("query_runs")
    assert sum(run["created"] for run in runs) == 50
    assert all(run["found"] == run["created"] + run["known"] + run["rejected"] for run in runs)
    assert len(await replicas[0].rows("leads")) == 50


async def test_b12_a_rise_that_several_runs_see_is_announced_once(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica() for _ in range(3)]
    await sandbox.control.catalogue(TOPIC, [a_company(f"company-{n}.com") for n in range(10)])
    for number in range(8):
        await a_query(replicas[0], f"query {number}", topic=TOPIC)
    await replicas[0].take_in("scheduler.tick", a_tick())
    await asyncio.gather(*(each.finish() for each in replicas))
    hot = [a_company(f"company-{n}.com", high=3) for n in range(10)]
    await sandbox.control.catalogue(TOPIC, hot)

    await replicas[0].take_in("scheduler.tick", a_tick(at=MORNING + timedelta(days=1)))
    await asyncio.gather(*(each.finish() for each in replicas))

    events = await replicas[0].events("lead.discovered")
    assert Counter(event["revision"] for event in events) == {1: 10, 2: 10}
    assert {lead["revision"] for lead in await replicas[0].rows("leads")} == {2}


async def test_a_lead_made_elsewhere_is_known_to_the_run_that_finds_its_company(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica()
    await a_query(replica)
    theirs = [enriched(a_lead_id(), domain=f"company-{n}.com") for n in range(20)]
    await sandbox.control.catalogue(TOPIC, companies(20))

    await asyncio.gather(
        *(replica.take_in("lead.enriched", event) for event in theirs),
        replica.take_in("scheduler.tick", a_tick()),
    )
    await replica.finish()
    await replica.take_in("scheduler.tick", a_tick(at=MORNING + timedelta(days=1)))
    await replica.finish()

    # Whoever was first has the company; never two of a run's making.
    keys = await replica.rows("lead_keys")
    assert Counter(key["key"] for key in keys) == Counter(
        f"domain:company-{n}.com" for n in range(20)
    )
    last = (await replica.rows("query_runs", "run_on"))[-1]
    assert (last["created"], last["known"]) == (0, 20)
    assert {key["workspace_id"] for key in keys} == {ACME}

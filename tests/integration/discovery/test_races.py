"""Two transactions that meet at the same row, one step at a time: what the locks and the order of the keys are for."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from discovery.adapters.catalogue import PostgresQueries
from discovery.adapters.items import read_answer
from discovery.adapters.news import read_news
from discovery.adapters.read_model import apply_news
from discovery.adapters.recorder import RunRecorder
from discovery.application.run_query import Ran
from integration.discovery.builders import (
    ACME,
    MORNING,
    a_company,
    a_lead_id,
    a_query,
    companies,
    enriched,
)
from integration.discovery.replicas import Replica
from leadstream.companies import company_domain
from leadstream.contracts import LeadEnriched
from leadstream.jobs.model import Job, JobState, Priority, Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx

record = RunRecorder("datashopper")


async def a_run(replica: Replica, query_id: UUID, found: Sequence[Any]) -> Settled:
    """A job whose attempt has just found these companies."""
    query = await PostgresQueries(replica.database).find(query_id)
    assert query
    job = Job(
        id=uuid4(),
        kind="run-query",
        priority=Priority.WARM,
        lane=f"workspace:{ACME}",
        payload={
            "query_id": str(query_id),
            "tick_id": str(uuid4()),
            "run_on": MORNING.date().isoformat(),
        },
        workspace_id=ACME,
        lead_id=None,
        attempts=0,
        lost=0,
        created_at=MORNING,
        lease_id=uuid4(),
    )
    return Settled(
        job=job,
        outcome=Succeeded(result=Ran(query, read_answer(found, company_domain))),
        state=JobState.SUCCEEDED,
        attempts=1,
        started_at=MORNING,
        finished_at=MORNING + timedelta(seconds=1),
    )


@asynccontextmanager
async def waiting_behind(tx: Any, replica: Replica, run: Settled) -> AsyncIterator[Any]:
    """Record a run in a transaction that must wait for `tx`; the block ends `tx`, then it may go on."""

    async def record_it() -> Sequence[OutboxEvent]:
        async with replica.database.transaction() as own:
            return await record(own, [run])

    task = asyncio.create_task(record_it())
    await asyncio.sleep(0.3)
    assert not task.done(), "it did not wait"
    yield task
    await tx.commit()
    async with asyncio.timeout(30):
        await task


@asynccontextmanager
async def transaction_in_hand(replica: Replica) -> AsyncIterator[tuple[Tx, Any]]:
    """A connection with a transaction that the test itself commits."""
    async with replica.database.pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        tx = Tx(connection)
        tx._is_open = True
        yield tx, transaction


async def runs(replica: Replica) -> list[tuple[int, int]]:
    rows = await replica.rows("query_runs", "created DESC, known")
    return [(row["created"], row["known"]) for row in rows]


async def test_b07_a_company_that_another_run_is_just_storing_is_known(discovery: Replica) -> None:
    one, two = await a_query(discovery, "one"), await a_query(discovery, "two")
    first = await a_run(discovery, one, [a_company("acme.com")])
    second = await a_run(discovery, two, [a_company("acme.com"), a_company("other.com")])

    async with transaction_in_hand(discovery) as (tx, transaction):
        await record(tx, [first])
        async with waiting_behind(transaction, discovery, second) as task:
            pass

    assert len(task.result()) == 1
    assert await runs(discovery) == [(1, 0), (1, 1)]
    assert len(await discovery.rows("leads")) == 2


async def test_b07_a_company_whose_run_is_rolled_back_is_new(discovery: Replica) -> None:
    one, two = await a_query(discovery, "one"), await a_query(discovery, "two")
    first = await a_run(discovery, one, [a_company("acme.com")])
    second = await a_run(discovery, two, [a_company("acme.com")])

    async with transaction_in_hand(discovery) as (tx, transaction):
        await record(tx, [first])
        task = asyncio.create_task(_record(discovery, second))
        await asyncio.sleep(0.3)
        await transaction.rollback()
        await task

    assert await runs(discovery) == [(1, 0)]
    assert len(await discovery.rows("leads")) == len(await discovery.rows("lead_keys")) == 1


async def test_b05_a_re_run_counts_what_the_run_before_it_is_just_storing(
    discovery: Replica,
) -> None:
    query_id = await a_query(discovery)
    first = await a_run(discovery, query_id, companies(30))
    second = await a_run(discovery, query_id, companies(30, first=30))

    async with transaction_in_hand(discovery) as (tx, transaction):
        await record(tx, [first])
        async with waiting_behind(transaction, discovery, second) as task:
            pass

    assert len(task.result()) == 20
    assert len(await discovery.rows("leads")) == 50


async def test_b12_a_rise_that_another_run_is_just_announcing_is_not_announced_again(
    discovery: Replica,
) -> None:
    one, two = await a_query(discovery, "one"), await a_query(discovery, "two")
    await _record(discovery, await a_run(discovery, one, [a_company("acme.com")]))
    hot = [a_company("acme.com", high=3)]
    first, second = await a_run(discovery, one, hot), await a_run(discovery, two, hot)

    async with transaction_in_hand(discovery) as (tx, transaction):
        assert len(await record(tx, [first])) == 1
        async with waiting_behind(transaction, discovery, second) as task:
            pass

    assert task.result() == []
    (lead,) = await discovery.rows("leads")
    assert (lead["revision"], lead["intent_data"]["score"]) == (2, "hot")


async def test_runs_claim_companies_in_one_order_and_never_wait_for_each_other(
    discovery: Replica,
) -> None:
    one, two = await a_query(discovery, "one"), await a_query(discovery, "two")
    first = await a_run(discovery, one, [a_company("a.com")])
    last = await a_run(discovery, one, [a_company("z.com")])
    second = await a_run(discovery, two, [a_company("z.com"), a_company("a.com")])

    async with transaction_in_hand(discovery) as (tx, transaction):
        await record(tx, [first])
        async with waiting_behind(transaction, discovery, second):
            # Had the other claimed z.com before it waited for a.com, neither could go on, and Postgres would end one.
            async with asyncio.timeout(30):
                await record(tx, [last])

    assert await runs(discovery) == [(1, 0), (1, 0), (0, 2)]


async def test_a_company_whose_lead_is_just_being_told_of_is_known(discovery: Replica) -> None:
    query_id = await a_query(discovery)
    run = await a_run(discovery, query_id, [a_company("acme.com")])
    event = LeadEnriched.model_validate_json(orjson.dumps(enriched(a_lead_id())))

    async with transaction_in_hand(discovery) as (tx, transaction):
        await apply_news(tx, [read_news(event)])
        await tx.flush()
        async with waiting_behind(transaction, discovery, run):
            pass

    assert await runs(discovery) == [(0, 1)]
    (lead,) = await discovery.rows("leads")
    assert lead["id"] == event.lead_id


async def _record(replica: Replica, run: Settled) -> Sequence[OutboxEvent]:
    async with replica.database.transaction() as tx:
        return await record(tx, [run])

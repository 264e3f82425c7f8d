"""A lead is bound to one workspace, whoever else binds it at the same moment."""

import asyncio
from uuid import uuid4

from leadstream.kafka.binding import bind_leads
from leadstream.postgres import Database
from support.ledger import until

ANOTHER_WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"


async def test_the_first_record_of_a_lead_binds_it(database: Database) -> None:
    lead, other, first, second = (uuid4() for _ in range(4))

    async with database.transaction() as tx:
        bound = await bind_leads(tx, [(lead, first), (lead, second)])
        again = await bind_leads(tx, [(lead, second), (other, second)])

    assert {each: bound[each].workspace_id for each in bound} == {lead: first}
    assert {each: again[each].workspace_id for each in again} == {lead: first, other: second}


async def test_of_two_that_bind_a_lead_at_once_both_hear_of_the_first(database: Database) -> None:
    lead, other, first, second = (uuid4() for _ in range(4))

    async def bind_second() -> None:
        async with database.transaction() as tx:
            bound = await bind_leads(tx, [(lead, second), (other, second)])
        assert {each: bound[each].workspace_id for each in bound} == {lead: first, other: second}

    async with database.transaction() as tx:
        await tx.execute("SELECT 1")
        await bind_leads(tx, [(lead, first)])
        late = asyncio.create_task(bind_second())
        await until(lambda: database.pool.fetchval(ANOTHER_WAITS))
    await late

"""Calls at once to Marketo: ten for a connection, however many replicas there are."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from integration.platform_upload.bench import Bench, id_of, uploads
from integration.platform_upload.conftest import MakeReplica
from integration.platform_upload.machine import Replica
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.entry import Entry
from platform_upload.adapters.marketo.adapter import MarketoAdapter
from platform_upload.adapters.slots import Slots
from platform_upload.application.budget import Budget, SpentError
from platform_upload.application.ports import Plan
from platform_upload.application.upload_leads import UploadLeads
from platform_upload.bootstrap import MARKETO_CALLS_AT_ONCE
from platform_upload.domain.answers import RefusedError
from platform_upload.domain.connection import Connection
from unit.platform_upload.builders import a_budget, a_connection, a_parcel

TAKEN = (
    "SELECT count(*) FROM rate_limits WHERE name LIKE '%:slot-%' AND updated_at > clock_timestamp()"
)


def adapter_of(replica: Replica) -> MarketoAdapter:
    handler = cast(UploadLeads, replica.parts.kinds[0].group_handler)
    return cast(MarketoAdapter, handler.uploaders["marketo"])


async def connection_of(replica: Replica) -> Connection:
    handler = cast(UploadLeads, replica.parts.kinds[0].group_handler)
    connection = await handler.connections.get(UUID(id_of()))
    assert connection
    return connection


def most_at_once(entries: Sequence[Entry]) -> int:
    """How many calls the platform had before it at the same time."""
    ends = {e.seq: e.time + timedelta(milliseconds=e["took_ms"]) for e in entries}
    return max(sum(o.time <= e.time < ends[o.seq] for o in entries) for e in entries)


async def test_ten_calls_at_once_are_shared_by_two_services(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replicas = [await make_replica(), await make_replica()]
    await Bench(replicas[0], sandbox).connect("marketo")
    connection = await connection_of(replicas[0])
    # So slow that it is not the pace which keeps them apart.
    await sandbox.control.behave("marketo", "read", latency={"seconds": 3})

    found = await asyncio.gather(
        *(
            adapter_of(replicas[number % 2]).preview(connection, [a_parcel(number)], a_budget())
            for number in range(24)
        )
    )

    assert {type(plan) for (plan,) in found} == {Plan}
    reads = sandbox.ledger.entries(provider="marketo", operation="read")
    assert len(reads) == 24
    assert most_at_once(reads) == 10
    assert await replicas[0].database.pool.fetchval(TAKEN) == 0


async def test_ten_groups_share_one_token(make_replica: MakeReplica, sandbox: Sandbox) -> None:
    replica = await make_replica()
    await Bench(replica, sandbox).connect("marketo")
    connection = await connection_of(replica)
    adapter = adapter_of(replica)

    await asyncio.gather(
        *(adapter.preview(connection, [a_parcel(number)], a_budget()) for number in range(10))
    )

    assert len(sandbox.ledger.entries(provider="marketo", operation="token")) == 1


@pytest.mark.parametrize("step", [{"action": "drop"}, {"status": 502, "body": "<html>"}])
async def test_a_failed_call_gives_its_place_back(
    make_replica: MakeReplica, sandbox: Sandbox, step: dict[str, Any]
) -> None:
    bench = Bench(await make_replica(), sandbox)
    await bench.connect("marketo")
    await sandbox.control.script("marketo", None, {"action": "pass"}, step)

    await bench.upload(*uploads(2))

    assert await bench.statuses() == ["uploaded"] * 2
    assert await bench.replica.database.pool.fetchval(TAKEN) == 0


async def test_who_finds_no_place_in_time_has_made_no_attempt(
    make_replica: MakeReplica, sandbox: Sandbox
) -> None:
    replica = await make_replica()
    await Bench(replica, sandbox).connect("marketo")
    connection = await connection_of(replica)
    slots = Slots(replica.database, count=MARKETO_CALLS_AT_ONCE)
    async with AsyncExitStack() as others:
        for _ in range(MARKETO_CALLS_AT_ONCE):
            await others.enter_async_context(slots.held(connection, a_budget()))

        with pytest.raises(RefusedError) as caught:
            await adapter_of(replica).upload(connection, [a_parcel()], a_budget(seconds=2))

    assert caught.value.refused.throttled
    assert sandbox.ledger.entries(provider="marketo", operation="read") == []


async def test_what_a_killed_process_held_comes_back_by_itself(database: Database) -> None:
    connection = a_connection()
    async with AsyncExitStack() as never_left:
        for _ in range(2):
            slots = Slots(database, count=2)
            held = slots.held(connection, Budget(calls=1, total=timedelta(seconds=1)))
            await never_left.enter_async_context(held)
        with pytest.raises(SpentError):
            async with Slots(database, count=2).held(connection, _short()):
                pytest.fail("a third place of two")

        async with Slots(database, count=2).held(connection, a_budget()):
            taken = await database.pool.fetchval(TAKEN)

    # Those of the dead are anybody's by now, and nobody's by their end.
    assert 1 <= taken <= 2
    assert await database.pool.fetchval(TAKEN) == 0


async def test_a_place_that_has_passed_to_somebody_else_is_not_given_back(
    database: Database,
) -> None:
    connection, slots = a_connection(), Slots(database, count=1)
    async with AsyncExitStack() as late:
        await late.enter_async_context(slots.held(connection, Budget(calls=1, total=timedelta(0))))
        async with slots.held(connection, a_budget()):
            await late.aclose()

            assert await database.pool.fetchval(TAKEN) == 1


async def test_each_connection_has_its_own_places(database: Database) -> None:
    slots = Slots(database, count=1)
    other = a_connection(id=UUID(int=7))

    async with slots.held(a_connection(), a_budget()), slots.held(other, a_budget()):
        assert await database.pool.fetchval(TAKEN) == 2


async def test_places_that_were_removed_with_a_connection_are_made_again(
    database: Database,
) -> None:
    slots = Slots(database, count=3)
    async with slots.held(a_connection(), a_budget()):
        await database.pool.execute("DELETE FROM rate_limits")

    async with slots.held(a_connection(), a_budget()):
        assert await database.pool.fetchval(TAKEN) == 1


async def test_a_clock_that_was_set_back_keeps_no_place(database: Database) -> None:
    slots = Slots(database, count=1)
    async with slots.held(a_connection(), a_budget()):
        await database.pool.execute(
            "UPDATE rate_limits SET updated_at = updated_at + interval '3 hours'"
        )

    async with slots.held(a_connection(), a_budget(seconds=5)):
        assert await database.pool.fetchval(TAKEN) == 1


def _short() -> Budget:
    return Budget(calls=1, total=timedelta(milliseconds=300))

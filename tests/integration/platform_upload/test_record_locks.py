"""Locks over calls to a platform, shared by replicas, and the notes that hold even where a lock was lost."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest

from leadstream.postgres import Database
from platform_upload.adapters.creations import Creations
from platform_upload.adapters.record_locks import RecordLocks
from platform_upload.application.budget import SpentError
from platform_upload.domain.answers import RefusedError, Verdict
from support.waiting import eventually
from unit.platform_upload.builders import a_budget, refused

RECORD = uuid4()


@pytest.fixture
async def locks(database: Database) -> AsyncIterator[tuple[RecordLocks, RecordLocks]]:
    """Of two replicas."""
    pair = RecordLocks(database), RecordLocks(database)
    yield pair
    for each in pair:
        await each.aclose()


@pytest.fixture
async def creations(database: Database) -> AsyncIterator[Creations]:
    made = Creations(database)
    yield made
    await made.aclose()


async def is_free(locks: RecordLocks) -> bool:
    try:
        async with locks.hold(RECORD, a_budget(seconds=0.1)):
            return True
    except SpentError:
        return False


@pytest.mark.parametrize("other", [0, 1])
async def test_one_at_a_time_in_a_process_and_over_all(
    locks: tuple[RecordLocks, RecordLocks], other: int
) -> None:
    async with locks[0].hold(RECORD, a_budget()):
        assert not await is_free(locks[other])
        async with locks[0].hold(uuid4(), a_budget()):
            assert not await is_free(locks[other])

    assert await is_free(locks[other])


async def test_who_waits_gets_it_afterwards(locks: tuple[RecordLocks, RecordLocks]) -> None:
    order: list[str] = []

    async def wait() -> None:
        async with locks[1].hold(RECORD, a_budget()):
            order.append("second")

    async with locks[0].hold(RECORD, a_budget()):
        waiting = asyncio.create_task(wait())
        assert not await is_free(locks[1])
        order.append("first")
    await waiting

    assert order == ["first", "second"]


async def test_a_lock_is_given_back_by_whoever_fails_or_is_cancelled(
    locks: tuple[RecordLocks, RecordLocks],
) -> None:
    async def hold_on() -> None:
        async with locks[0].hold(RECORD, a_budget()):
            await asyncio.Event().wait()

    held = asyncio.create_task(hold_on())

    async def taken() -> bool:
        return not await is_free(locks[1])

    await eventually(taken, "the lock is not taken")
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held

    assert await is_free(locks[1])


async def test_a_session_that_was_cut_is_replaced(
    locks: tuple[RecordLocks, RecordLocks], database: Database
) -> None:
    assert await is_free(locks[0])
    async with locks[0].hold(RECORD, a_budget()):
        await database.pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    session = locks[0]._session

    async def is_noticed() -> bool:
        return session is None or session.is_closed()

    await eventually(is_noticed, "the session is not known to be cut")
    assert await is_free(locks[0])
    assert await is_free(locks[1])


async def test_what_was_asked_for_moments_ago_is_not_asked_for_again_even_without_a_lock(
    creations: Creations,
) -> None:
    await creations.announce(RECORD)

    with pytest.raises(RefusedError) as caught:
        await creations.announce(RECORD)

    assert caught.value.refused.verdict is Verdict.RETRY
    found = await creations.get(RECORD)
    assert found
    assert found.record_id is None
    assert timedelta(seconds=1) < found.wait <= timedelta(seconds=30)


async def test_after_half_a_minute_it_may_be(creations: Creations, database: Database) -> None:
    await creations.announce(RECORD)
    await database.pool.execute("UPDATE creations SET asked_at = asked_at - interval '30 seconds'")

    found = await creations.get(RECORD)
    await creations.announce(RECORD)

    assert found
    assert found.wait == timedelta(0)


async def test_what_was_made_is_known_for_an_hour(creations: Creations, database: Database) -> None:
    await creations.announce(RECORD)
    await creations.made(RECORD, "12")
    known = await creations.get(RECORD)
    await database.pool.execute("UPDATE creations SET asked_at = asked_at - interval '61 minutes'")

    await creations.announce(uuid4())

    assert known
    assert known.record_id == "12"
    assert await creations.get(RECORD) is None


@pytest.mark.parametrize(
    ("verdict", "changes", "forgotten"),
    [
        (Verdict.PERMANENT, {}, True),
        (Verdict.CREDENTIAL, {}, True),
        (Verdict.CONFIGURATION, {}, True),
        (Verdict.RETRY, {"throttled": True}, True),
        (Verdict.RETRY, {"code": "not_sent"}, True),
        (Verdict.RETRY, {"code": "http_503"}, False),
        (Verdict.AMBIGUOUS, {}, False),
    ],
)
async def test_a_refusal_without_a_doubt_leaves_no_note(
    creations: Creations, verdict: Verdict, changes: dict[str, object], forgotten: bool
) -> None:
    await creations.announce(RECORD)

    await creations.refused(RECORD, refused(verdict, **changes))

    assert (await creations.get(RECORD) is None) is forgotten


async def test_a_lock_is_given_back_although_its_holder_is_cut_off_while_it_does(
    locks: tuple[RecordLocks, RecordLocks],
) -> None:
    leave = asyncio.Event()

    async def hold_on() -> None:
        async with locks[0].hold(RECORD, a_budget()):
            await leave.wait()

    held = asyncio.create_task(hold_on())

    async def taken() -> bool:
        return not await is_free(locks[1])

    await eventually(taken, "the lock is not taken")
    # Somebody else's statement is under way: it waits for its turn to give the lock back.
    async with locks[0]._turn:
        leave.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held

    assert await is_free(locks[0])
    assert await is_free(locks[1])

import asyncio
import shutil
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from leadstream.contracts.codec import Decoded
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Job, Outcome, Succeeded
from leadstream.kafka.flood import CONSECUTIVE
from leadstream.kafka.handlers import Work
from leadstream.pauses import active_pauses
from leadstream.pauses.store import delete_pause
from leadstream.postgres import Database, Tx
from leadstream_dev.postgres import PostgresServer
from support.intake import (
    DEAD_LETTERS,
    TOPIC,
    a_lead,
    ensure_topics,
    group_at_end,
    jobs,
    lag,
    produce,
    relaying,
    take_in,
    taking_in,
)
from support.kafka import KafkaAdmin
from support.ledger import an_idle_worker, migrated, until, working

GARBAGE: list[bytes | None] = [
    b"{",
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b'{"lead_id": "x"}',
    b"[" * 100_000,
    b'"' + b"x" * 1_000_000 + b'"',
    a_lead("a\\u0000b").replace(b"\\\\", b"\\"),
    b'{"lead_id": NaN}',
    b'{"lead_id": "\\ud800"}',
    None,
]


@pytest.fixture
async def group(kafka: str, kafka_admin: KafkaAdmin) -> str:
    await ensure_topics(kafka_admin, TOPIC, DEAD_LETTERS)
    name = f"test-{uuid4()}"
    await group_at_end(kafka, name, [TOPIC])
    return name


async def test_records_become_jobs_and_their_offsets_are_committed(
    database: Database, kafka: str, group: str
) -> None:
    async with taking_in(database, kafka, group):
        await produce(kafka, [(None, a_lead()) for _ in range(1000)])
        await until(lambda: _count(database, 1000))
        await until(lambda: _caught_up(kafka, group))


async def test_the_worker_hears_of_which_kinds_there_are_new_jobs(
    database: Database, kafka: str, group: str
) -> None:
    worker = an_idle_worker(database, JobKind(name="enrich-lead", handler=_nothing))
    lead, wake = a_lead(), worker._desks["enrich-lead"].wake

    async with taking_in(database, kafka, group, adding=worker.adding):
        await produce(kafka, [(None, lead)])
        await until(wake.is_set)
        wake.clear()
        # The same once more makes no job.
        await produce(kafka, [(None, lead)])
        await until(lambda: _caught_up(kafka, group))

    assert not wake.is_set()


async def test_jobs_begin_with_the_batch_that_brings_them(
    database: Database, kafka: str, group: str
) -> None:
    done: list[Job] = []

    async def note(job: Job) -> Outcome:
        done.append(job)
        return Succeeded()

    kind = JobKind(name="enrich-lead", handler=note)
    async with (
        working(database, kind, lease=timedelta(hours=1)) as worker,
        taking_in(database, kafka, group, adding=worker.adding),
    ):
        await produce(kafka, [(None, a_lead()) for _ in range(100)] * 2)
        await until(lambda: _caught_up(kafka, group))
        await until(lambda: len(done) >= 100)

    assert len({job.id for job in done}) == len(done) == 100
    assert {job.lost for job in done} == {0}


async def test_records_collect_while_an_intake_lingers(
    database: Database, kafka: str, group: str
) -> None:
    batches: list[int] = []

    async def note(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
        batches.append(len(events))
        return await take_in(tx, events)

    async with taking_in(database, kafka, group, {TOPIC: note}, linger=timedelta(seconds=1)):
        started = asyncio.get_running_loop().time()
        for _ in range(20):
            await produce(kafka, [(None, a_lead())])
        await until(lambda: _caught_up(kafka, group))
        took = asyncio.get_running_loop().time() - started

    assert sum(batches) == 20
    assert len(batches) <= took + 2


async def test_b18_the_same_record_ten_times_is_one_job(
    database: Database, kafka: str, group: str
) -> None:
    lead, last = a_lead(), a_lead("the last one")

    async with taking_in(database, kafka, group):
        await produce(kafka, [(b"k", lead)] * 10 + [(b"k", last)])
        await until(lambda: _caught_up(kafka, group))

    assert await jobs(database) == 2


async def test_b45_any_bytes_are_set_aside_whole_and_their_neighbours_are_untouched(
    database: Database, kafka: str, group: str, kafka_admin: KafkaAdmin
) -> None:
    before = await kafka_admin.ends(DEAD_LETTERS)
    records = [(b"key", value) for value in GARBAGE]
    mixed = [record for each in records for record in ((b"key", a_lead()), each)]

    async with taking_in(database, kafka, group), relaying(database, kafka):
        await produce(kafka, [*mixed, (None, b"{"), (b"\xff\xfe", b"{")])
        await until(lambda: _count(database, len(GARBAGE)))
        await until(lambda: _caught_up(kafka, group))
        await until(lambda: _outbox_empty(database))

    letters = await kafka_admin.records(DEAD_LETTERS, since=before)
    found = sorted((letter.key or b"", letter.value or b"") for letter in letters)
    expected = [*records, (b"", b"{"), (b"\xff\xfe", b"{")]
    assert found == sorted((key or b"", value or b"") for key, value in expected)
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["dlq_reason"]
        assert headers["dlq_error"]
        assert headers["dlq_topic"] == TOPIC.encode()


@pytest.mark.skipif(
    shutil.which("kcat") is None, reason="kcat is not installed: apt-get install kcat"
)
async def test_b45_a_header_name_that_is_not_utf_8_does_not_stop_the_partition(
    database: Database, kafka: str, group: str
) -> None:
    # aiokafka's producer refuses such a name; kcat, like most others, does not.
    command = [b"kcat", b"-P", b"-b", kafka.encode(), b"-t", TOPIC.encode(), b"-p", b"0"]
    for number in range(10):
        header = [b"-H", b"\xff\xfe=1"] if number % 3 else []
        process = await asyncio.create_subprocess_exec(
            *command, *header, stdin=asyncio.subprocess.PIPE
        )
        await process.communicate(a_lead())
        assert process.returncode == 0

    async with taking_in(database, kafka, group):
        await until(lambda: _count(database, 10))
        await until(lambda: _caught_up(kafka, group))


async def test_a_record_read_again_is_set_aside_once(
    database: Database, kafka: str, group: str, kafka_admin: KafkaAdmin
) -> None:
    before = await kafka_admin.ends(DEAD_LETTERS)
    again = f"{group}-again"
    await group_at_end(kafka, again, [TOPIC])
    await produce(kafka, [(b"k", b"garbage")])

    for name in (group, again):
        async with taking_in(database, kafka, name), relaying(database, kafka):
            await until(partial(_caught_up, kafka, name))
            await until(lambda: _outbox_empty(database))

    assert len(await kafka_admin.records(DEAD_LETTERS, since=before)) == 1


async def test_b42_a_lead_belongs_to_the_workspace_that_named_it_first(
    database: Database, kafka: str, group: str
) -> None:
    lead = uuid4()
    own, foreign = a_lead(lead=lead), a_lead(lead=lead, workspace=uuid4())

    async with taking_in(database, kafka, group):
        await produce(kafka, [(b"k", own), (b"k", foreign), (b"k", own)])
        await until(lambda: _caught_up(kafka, group))

    reasons = await database.pool.fetch("SELECT reason FROM dead_letters")
    assert [row["reason"] for row in reasons] == ["workspace_mismatch"]
    assert await jobs(database) == 1


async def test_what_postgres_refuses_in_one_record_does_not_hold_up_the_others(
    database: Database, kafka: str, group: str
) -> None:
    async def refusing(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
        if any(each.event.company.name == "poison" for each in events):
            await tx.execute("SELECT 'x'::integer")
        return await take_in(tx, events)

    records = [a_lead() for _ in range(20)]
    records.insert(7, a_lead("poison"))

    async with taking_in(database, kafka, group, {TOPIC: refusing}):
        await produce(kafka, [(b"k", record) for record in records])
        await until(lambda: _count(database, 20))
        await until(lambda: _caught_up(kafka, group))

    reasons = await database.pool.fetch("SELECT reason FROM dead_letters")
    assert [row["reason"] for row in reasons] == ["unprocessable"]


async def test_b44_postgres_restarted_under_load_loses_and_doubles_nothing(
    own_postgres: PostgresServer, kafka: str, group: str
) -> None:
    async with migrated(own_postgres.url) as database, taking_in(database, kafka, group):
        for _ in range(4):
            await produce(kafka, [(None, a_lead()) for _ in range(300)])
            await asyncio.sleep(0.2)
            await own_postgres.kill()
            await asyncio.sleep(0.5)
            await own_postgres.start()
        await until(lambda: _count(database, 1200), seconds=30)
        await until(lambda: _caught_up(kafka, group))


async def test_i3_members_that_come_and_go_lose_and_double_nothing(
    database: Database, kafka: str, group: str
) -> None:
    total = 0

    async def member(seconds: float) -> None:
        async with taking_in(database, kafka, group) as intake:
            await until(lambda: intake.joined, seconds=40)
            await asyncio.sleep(seconds)

    async with taking_in(database, kafka, group):
        coming_and_going = [
            asyncio.create_task(_later(0.3 * n, member(0.5 + 0.2 * n))) for n in range(4)
        ]
        for _ in range(10):
            await produce(kafka, [(None, a_lead()) for _ in range(200)])
            total += 200
            await asyncio.sleep(0.1)
        await asyncio.gather(*coming_and_going)
        await until(lambda: _count(database, total), seconds=60)
        await until(lambda: _caught_up(kafka, group))


async def test_a_static_member_that_drains_keeps_nobody_waiting(
    database: Database, kafka: str, group: str
) -> None:
    """A pod that is replaced never comes back under its name: nobody may wait for it until the session time-out."""
    patience = 45_000
    async with taking_in(
        database, kafka, group, instance_id="pod-1", session_timeout_ms=patience
    ) as first:
        await until(lambda: first.joined)

    async with taking_in(
        database, kafka, group, instance_id="pod-2", session_timeout_ms=patience
    ) as second:
        await until(lambda: second.joined, seconds=15)


async def test_i9_a_flood_stops_the_topic_until_an_operator_lifts_the_pause(
    database: Database, kafka: str, group: str
) -> None:
    async with taking_in(database, kafka, group) as intake:
        await produce(kafka, [(b"k", b"bad")] * (CONSECUTIVE + 100) + [(b"k", a_lead())])
        await until(lambda: intake.stopped_topics == [TOPIC])
        await asyncio.sleep(1)
        aside = await database.pool.fetchval("SELECT count(*) FROM dead_letters")
        (pause,) = await active_pauses(database)
        async with database.transaction() as tx:
            await delete_pause(tx, pause.id)
        await until(lambda: _count(database, 1))

    assert aside == CONSECUTIVE
    assert await database.pool.fetchval("SELECT count(*) FROM dead_letters") == CONSECUTIVE + 100


async def _later(seconds: float, work: Any) -> None:
    await asyncio.sleep(seconds)
    await work


async def _count(database: Database, wanted: int) -> bool:
    return await jobs(database) == wanted


async def _caught_up(kafka: str, group: str) -> bool:
    return await lag(kafka, group) == 0


async def _outbox_empty(database: Database) -> bool:
    count: int = await database.pool.fetchval("SELECT count(*) FROM outbox")
    return count == 0


async def _nothing(job: Job) -> Outcome:
    return Succeeded()

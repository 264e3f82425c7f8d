"""A session is what the code relies on, whatever the role's defaults are; and what a URL asks for is honoured."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import pytest

from leadstream.errors import PermanentError
from leadstream.ids import new_id
from leadstream.jobs.kinds import JobKind
from leadstream.jobs.model import Job, Outcome, Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.pauses import active_pauses, add_pause
from leadstream.postgres import Database, Tx, connect
from support.ledger import a_job, migrated, put, states, until, working

# What somebody may have set for the role, for reasons of their own, and what a session of ours has instead.
HOSTILE = {
    "default_transaction_isolation": ("serializable", "read committed"),
    "default_transaction_read_only": ("on", "off"),
    "default_transaction_deferrable": ("on", "off"),
    "timezone": ("Pacific/Chatham", "UTC"),
    "datestyle": ("SQL, DMY", "ISO, MDY"),
    "intervalstyle": ("sql_standard", "postgres"),
    "search_path": ("pg_catalog", "core"),
    "statement_timeout": ("1ms", "30s"),
    "lock_timeout": ("1ms", "0"),
    "idle_session_timeout": ("10ms", "0"),
    "idle_in_transaction_session_timeout": ("1ms", "1min"),
    "standard_conforming_strings": ("off", "on"),
    "bytea_output": ("escape", "hex"),
    "extra_float_digits": ("-15", "1"),
    "array_nulls": ("off", "on"),
    "transform_null_equals": ("on", "off"),
    "synchronous_commit": ("off", "on"),
    "client_encoding": ("LATIN1", "UTF8"),
    "client_min_messages": ("debug5", "warning"),
    "plan_cache_mode": ("force_generic_plan", "auto"),
    "jit": ("on", "off"),
}


@pytest.fixture
async def hostile_url(database_url: str) -> AsyncIterator[str]:
    role = f"hostile_{new_id().hex}"
    parts = urlsplit(database_url)
    admin = await asyncpg.connect(database_url)
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'pw'")
    await admin.execute(f'GRANT ALL ON DATABASE "{parts.path[1:]}" TO {role}')
    for name, (value, _) in HOSTILE.items():
        # A list is no string with a comma.
        literal = ", ".join(f"'{each.strip()}'" for each in value.split(","))
        await admin.execute(f"ALTER ROLE {role} SET {name} = {literal}")
    servers = parts.netloc.rpartition("@")[2]
    yield urlunsplit(parts._replace(netloc=f"{role}:pw@{servers}"))
    await admin.execute(f"DROP OWNED BY {role} CASCADE")
    await admin.execute(f"DROP ROLE {role}")
    await admin.close()


async def shown(connection: Any) -> dict[str, str]:
    return {name: await connection.fetchval(f"SHOW {name}") for name in HOSTILE}


async def test_the_roles_defaults_decide_nothing(hostile_url: str) -> None:
    ours = {name: own for name, (_, own) in HOSTILE.items()}

    async with migrated(hostile_url) as database:
        async with database.pool.acquire() as pooled:
            assert await shown(pooled) == ours
        async with database.dedicated() as dedicated:
            assert await shown(dedicated) == ours


async def test_jobs_events_and_pauses_of_such_a_role_end_as_any_others(hostile_url: str) -> None:
    async def handler(job: Job) -> Outcome:
        return Succeeded()

    async def recorder(tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        return [an_event(each.job.id) for each in settled]

    async with migrated(hostile_url) as database:
        await put(database, [a_job(number=n, payload={"n": n, "text": "\\ö"}) for n in range(20)])
        async with database.transaction() as tx:
            await add_pause(tx, "kind:other", reason="why", actor="test")

        async with working(database, JobKind(name="work", handler=handler, recorder=recorder)):
            await until(lambda: has_ended(database))

        assert await states(database) == {"succeeded": 20}
        assert await database.pool.fetchval("SELECT count(*) FROM outbox") == 20
        assert (
            await database.pool.fetchval("SELECT payload FROM outbox LIMIT 1")
            == b'{"a":"\xc3\xb6"}'
        )
        (pause,) = await active_pauses(database)
        assert pause.created_at.utcoffset() is not None
        # Longer than any of the role's own limits.
        async with database.dedicated() as dedicated:
            await asyncio.sleep(0.05)
            assert await dedicated.fetchval("SELECT 1") == 1


async def has_ended(database: Database) -> bool:
    return set(await states(database)) == {"succeeded"}


def an_event(job_id: UUID) -> OutboxEvent:
    return OutboxEvent(
        id=new_id(),
        topic="t",
        key=b"k",
        payload='{"a":"ö"}'.encode(),
        type="t.v1",
        aggregate_id=str(job_id),
    )


async def test_read_only_as_the_databases_default_is_obeyed(database_url: str) -> None:
    """That is how servers protect a full disk: it is waited for, and not got around."""
    async with migrated(database_url) as database:
        name = urlsplit(database_url).path[1:]
        async with database.dedicated() as admin:
            await admin.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        async with database.dedicated() as later:
            assert await later.fetchval("SHOW default_transaction_read_only") == "on"


@pytest.mark.parametrize(
    ("words", "setting", "value"),
    [
        ("application_name=mine", "application_name", "mine"),
        ("options=-c%20work_mem%3D8MB", "work_mem", "8MB"),
        ("options=-c+work_mem%3D8MB+-c+temp_buffers%3D16MB", "temp_buffers", "16MB"),
        ("connect_timeout=10&keepalives=1&keepalives_idle=30", "application_name", "leadstream-x"),
        ("sslmode=prefer&channel_binding=prefer&gssencmode=prefer", "timezone", "UTC"),
    ],
)
async def test_what_the_url_asks_for_is_so(
    database_url: str, words: str, setting: str, value: str
) -> None:
    database = await Database.connect(f"{database_url}?{words}", schema="x")

    assert await database.pool.fetchval(f"SHOW {setting}") == value
    await database.close()


@pytest.mark.parametrize(
    "options", ["-c no_such_setting=1", "-c work_mem=much", "-c shared_buffers=1GB", "-x"]
)
async def test_a_setting_that_the_server_refuses_is_said_and_not_waited_for(
    database_url: str, options: str
) -> None:
    with pytest.raises(PermanentError, match="Postgres refuses the database URL"):
        await connect(f"{database_url}?options={quote(options)}")


async def test_of_several_servers_the_one_that_answers_is_taken(database_url: str) -> None:
    parts = urlsplit(database_url)
    login, at, server = parts.netloc.rpartition("@")
    several = urlunsplit(parts._replace(netloc=f"{login}{at}127.0.0.1:1,{server}"))

    connection = await connect(f"{several}?target_session_attrs=read-write")

    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest

from leadstream.api import Audit, Caller, Change, PostgresAudit, Role
from leadstream.postgres import Database
from support.ledger import migrated

ACME = UUID(int=1)
CALLER = Caller("olivia", Role.OPERATOR, ACME)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with migrated(database_url) as database:
        yield database


async def rows(database: Database) -> list[dict[str, object]]:
    return [dict(row) for row in await database.pool.fetch("SELECT * FROM audit_log")]


async def test_a_change_is_one_row_of_who_what_and_why(database: Database) -> None:
    audit: Audit = PostgresAudit()
    change = Change(
        "pause.created",
        "pause:1",
        reason="provider is down",
        after={"scope": "all", "until": datetime(2026, 1, 1, tzinfo=UTC)},
        workspace_id=ACME,
    )

    async with database.transaction() as tx:
        await audit.record(tx, CALLER, change)

    [row] = await rows(database)
    assert isinstance(row.pop("id"), UUID)
    at = row.pop("at")
    assert isinstance(at, datetime)
    assert abs((datetime.now(UTC) - at).total_seconds()) < 60
    assert row == {
        "actor": "olivia",
        "action": "pause.created",
        "target": "pause:1",
        "reason": "provider is down",
        "before": None,
        "after": {"scope": "all", "until": "2026-01-01T00:00:00+00:00"},
        "workspace_id": ACME,
    }


async def test_without_the_change_there_is_no_row(database: Database) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await PostgresAudit().record(tx, CALLER, Change("x.changed", "x:1"))
            raise ZeroDivisionError

    assert await rows(database) == []


async def test_secrets_are_not_written_down_and_addresses_are(database: Database) -> None:
    change = Change(
        "channel.changed",
        "channel:1",
        before={"email": "old@acme.example", "secret": "whsec_AAAAAAAAAAAAAAAAAAAAAAAA"},
        after={"email": "new@acme.example", "url": "https://hooks.slack.com/services/T/B/xyz"},
    )

    async with database.transaction() as tx:
        await PostgresAudit().record(tx, CALLER, change)

    [row] = await rows(database)
    assert row["before"] == {"email": "old@acme.example", "secret": "[redacted]"}
    assert row["after"] == {
        "email": "new@acme.example",
        "url": "https://hooks.slack.com/[redacted]",
    }

"""Rows of a certain age, as the services leave them."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from leadstream.postgres import Database

WORKSPACE = UUID(int=1)


async def add_lead(
    database: Database, *, age: timedelta, seen: timedelta | None = None, uploaded: bool = False
) -> UUID:
    """A lead of discovery with its key, its history and its binding; `seen` so long ago."""
    lead = uuid4()
    await database.pool.execute(
        "INSERT INTO leads (id, workspace_id, created_at, updated_at, platform_uploaded, platform_uploaded_at)"
        " VALUES ($1, $2, now() - $3::interval, now() - $4::interval, $5, CASE WHEN $5 THEN now() - $4::interval END)",
        lead,
        WORKSPACE,
        age,
        age if seen is None else seen,
        uploaded,
    )
    await database.pool.execute(
        "INSERT INTO lead_keys (workspace_id, key, lead_id) VALUES ($1, $2::text, $3)",
        WORKSPACE,
        str(lead),
        lead,
    )
    await database.pool.execute(
        "INSERT INTO lead_history (lead_id, kind, revision, subject, happened_at, digest)"
        " VALUES ($1, 'discovered', 1, '', now(), '')",
        lead,
    )
    await bind(database, lead)
    return lead


async def bind(database: Database, *leads: UUID) -> None:
    await database.pool.executemany(
        "INSERT INTO lead_bindings (lead_id, workspace_id) VALUES ($1, $2)",
        [(lead, WORKSPACE) for lead in leads],
    )


async def add_alert(
    database: Database,
    lead: UUID,
    *,
    age: timedelta,
    revision: int = 1,
    ended: bool = True,
    held: bool = False,
) -> UUID:
    """An alert of delivery with a delivery; `held`: its end was announced without it."""
    alert = uuid4()
    await database.pool.execute(
        "INSERT INTO alerts (id, lead_id, revision, workspace_id, score, content, discovered_at, created_at, ended_at)"
        " SELECT $1, $2, $3, $4, 'hot', '{}', at, at, CASE WHEN $6 THEN at END"
        " FROM (SELECT now() - $5::interval AS at) AS one",
        alert,
        lead,
        revision,
        WORKSPACE,
        age,
        ended,
    )
    await database.pool.execute(
        "INSERT INTO deliveries (id, alert_id, workspace_id, lead_id, revision, channel, destination_id, message,"
        " status) VALUES (gen_random_uuid(), $1, $2, $3, $4, 'email', gen_random_uuid(), 'm', $5)",
        alert,
        WORKSPACE,
        lead,
        revision,
        "pending" if held or not ended else "failed",
    )
    return alert


async def add_enriched(database: Database, *, age: timedelta) -> UUID:
    """A lead of enrichment with its enrichment and a contact."""
    lead = uuid4()
    await database.pool.execute(
        "INSERT INTO leads (id, workspace_id, revision, event, updated_at)"
        " VALUES ($1, $2, 1, '{}', now() - $3::interval)",
        lead,
        WORKSPACE,
        age,
    )
    await database.pool.execute(
        "INSERT INTO enrichments (lead_id, revision, workspace_id, job_id, status)"
        " VALUES ($1, 1, $2, gen_random_uuid(), 'completed')",
        lead,
        WORKSPACE,
    )
    await database.pool.execute(
        "INSERT INTO contacts (lead_id, revision, position, workspace_id, contact_id, full_name, email_status,"
        " is_primary, provider, collected_at) VALUES ($1, 1, 0, $2, 'c', 'Ada', 'valid', true, 'clay', now())",
        lead,
        WORKSPACE,
    )
    await bind(database, lead)
    return lead


async def add_upload(database: Database, lead: UUID, *, age: timedelta, revision: int = 1) -> None:
    await database.pool.execute(
        "INSERT INTO uploads (id, workspace_id, lead_id, platform, revision, intent_score, status, created_at)"
        " VALUES (gen_random_uuid(), $1, $2, 'tech-platform', $3, 'hot', 'uploaded', now() - $4::interval)",
        WORKSPACE,
        lead,
        revision,
        age,
    )


async def add_job(database: Database, lead: UUID, *, state: str) -> None:
    await database.pool.execute(
        "INSERT INTO jobs (id, kind, state, priority, lane, lead_id, workspace_id, payload)"
        " VALUES (gen_random_uuid(), 'work', $1, 0, 'l', $2, $3, '{}')",
        state,
        lead,
        WORKSPACE,
    )


async def ids(database: Database, statement: str) -> set[UUID]:
    return {row[0] for row in await database.pool.fetch(statement)}


async def counts(database: Database, tables: Sequence[str]) -> list[int]:
    return [await database.pool.fetchval(f"SELECT count(*) FROM {each}") for each in tables]  # noqa: S608

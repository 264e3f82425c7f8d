"""A little of everything that a service has, for a workspace."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from integration.removal.service import Served

# By service: what is made by SQL ($1: the workspace, $2: a lead, $3: another id).
ROWS = {
    "discovery": [
        "INSERT INTO leads (id, workspace_id) VALUES ($2, $1)",
        "INSERT INTO lead_keys (workspace_id, key, lead_id) VALUES ($1, $3::text, $2)",
        "INSERT INTO lead_history (lead_id, kind, revision, subject, happened_at, digest)"
        " SELECT $2, 'discovered', 1, '', now(), '' WHERE $1 IS NOT NULL",
        "INSERT INTO provider_accounts (id, workspace_id, provider, credentials) VALUES ($3, $1, $3::text, '')",
        "INSERT INTO workspace_sources (workspace_id) SELECT $1 WHERE $2 <> $3 ON CONFLICT DO NOTHING",
        "INSERT INTO pauses (id, scope, reason, actor)"
        " SELECT $3, 'provider:p:' || $1::text, 'credential_refused', $2::text",
        "INSERT INTO query_runs (id, query_id, workspace_id, tick_id, run_on, status, started_at)"
        " VALUES ($3, $2, $1, $3, '2026-01-01', 'succeeded', now())",
        "INSERT INTO push_sources (id, workspace_id, name, query, secrets) VALUES ($3, $1, $3::text, 'q', '')",
        "INSERT INTO push_requests (source_id, message_id, digest, signals) VALUES ($3, 'm', '', 1)",
        "INSERT INTO arrivals (id, workspace_id, origin_id, items) VALUES ($3, $1, $2, '[]')",
        "INSERT INTO imports (id, workspace_id, query_id, file, rows, is_rehearsal) VALUES ($3, $1, $2, 'f', 1, false)",
        "INSERT INTO import_batches (import_id, number, digest, rows, keys, name_keys)"
        " VALUES ($3, 0, '', 1, '{}', '{}')",
    ],
    "enrichment": [
        "INSERT INTO leads (id, workspace_id, revision, event) VALUES ($2, $1, 1, '{}')",
        "INSERT INTO enrichments (lead_id, revision, workspace_id, job_id, status) VALUES ($2, 1, $1, $3, 'completed')",
        "INSERT INTO contacts (lead_id, revision, position, workspace_id, contact_id, full_name, email_status,"
        " is_primary, provider, collected_at) VALUES ($2, 1, 0, $1, 'c', 'Ada', 'valid', true, 'clay', now())",
        "INSERT INTO provider_accounts (id, workspace_id, provider, credentials) VALUES ($3, $1, $3::text, '')",
        "INSERT INTO workspace_sources (workspace_id) SELECT $1 WHERE $2 <> $3 ON CONFLICT DO NOTHING",
        "INSERT INTO pauses (id, scope, reason, actor)"
        " SELECT $3, 'provider:p:' || $1::text, 'credential_refused', $2::text",
        "INSERT INTO provider_calls (id, flight_id, provider, operation, domain, job_id, lease_id, lead_id,"
        " workspace_id) VALUES ($3, $3, 'clay', 'enrich', 'd', $3, $3, $2, $1)",
        "INSERT INTO provider_budgets (workspace_id, daily_calls) VALUES ($1, 5) ON CONFLICT DO NOTHING",
        "INSERT INTO provider_spending (workspace_id, day, calls)"
        " SELECT $1, '2026-01-01'::date + (random() * 10000)::int, 1",
        "INSERT INTO spending_caps (workspace_id, daily) VALUES ($1, 5) ON CONFLICT DO NOTHING",
        "INSERT INTO cap_use (workspace_id, day, month) VALUES ($1, '2026-01-01', '2026-01-01') ON CONFLICT DO NOTHING",
        "INSERT INTO spend_days (workspace_id, day, provider, operation, owner, calls, units, cost)"
        " SELECT $1, '2026-01-01'::date + (random() * 10000)::int, 'clay', 'enrich', 'all', 1, 1, 1",
        "INSERT INTO company_answers (provider, owner, domain, state, flight_id, paid_by, holder_id, held_since,"
        " held_until) VALUES ('hunter:' || $3::text, $1::text, 'd', 'ready', $3, $3, $3, now(), now())",
        "INSERT INTO credit_accounts (id, workspace_id, email, role, daily_credit_limit)"
        " VALUES ($3, $1, $3::text, 'user', 1)",
        "INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits) VALUES ($2, $3, $1, 'reserve', 1)",
    ],
    "delivery": [
        "INSERT INTO senders (workspace_id, footer) VALUES ($1, $2::text || $3::text) ON CONFLICT DO NOTHING",
        "INSERT INTO suppressions (id, workspace_id, email, reason) VALUES ($3, $1, $3::text, 'manual')",
        "INSERT INTO alerts (id, lead_id, revision, workspace_id, score, discovered_at)"
        " VALUES ($3, $2, 1, $1, 'hot', now())",
        "INSERT INTO deliveries (id, alert_id, workspace_id, lead_id, revision, channel, destination_id)"
        " VALUES (gen_random_uuid(), $3, $1, $2, 1, 'email', $3)",
    ],
    "platform-upload": [
        "INSERT INTO uploads (id, workspace_id, lead_id, platform, revision, intent_score, status)"
        " VALUES ($3, $1, $2, 'tech-platform', 1, 'hot', 'pending')",
        "INSERT INTO billing_events (id, workspace_id, lead_id, platform, event_type)"
        " VALUES ($3, $1, $2, 'tech-platform', 'platform_upload')",
    ],
    "scheduler": [],
}
ALWAYS = [
    "INSERT INTO lead_bindings (lead_id, workspace_id) VALUES ($2, $1)",
    "INSERT INTO jobs (id, kind, state, priority, lane, workspace_id, lead_id, payload)"
    " VALUES (gen_random_uuid(), 'work', 'ready', 0, 'l', $1, $2, '{}')",
    "INSERT INTO jobs (id, kind, state, priority, lane, workspace_id, lead_id, payload, finished_at)"
    " VALUES (gen_random_uuid(), 'work', 'succeeded', 0, 'l', $1, $2, '{}', now())",
    "INSERT INTO outbox_refused (seq, id, aggregatetype, aggregateid, type, topic, payload, created_at, error)"
    " SELECT coalesce(max(seq), 0) + 1, $2, 'a', 'a', 't', 't', convert_to('{\"workspace_id\":\"' || $1::text || '\"}',"
    " 'UTF8'), now(), 'e' FROM outbox_refused",
]
# What the API makes: path, and body without the workspace.
MADE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "discovery": [("queries", {"name": "q", "topic": {"name": "t"}})],
    "enrichment": [],
    "delivery": [
        ("recipients", {"email": "a@b.example"}),
        ("channels", {"type": "webhook", "name": "w", "url": "https://127.0.0.1/"}),
    ],
    "platform-upload": [
        (
            "connections",
            {
                "platform": "tech-platform",
                "adapter": "hubspot",
                "credentials": {"access_token": "pat-na1-token"},
            },
        )
    ],
    "scheduler": [],
}


async def fill(served: Served, service: str, slug: str, workspace: UUID, *, rows: int = 1) -> None:
    if service == "discovery":
        await _post(served, "workspaces", {"slug": slug})
    for path, body in MADE[service]:
        await _post(served, path, body | {"workspace_id": str(workspace)})
    if service == "scheduler":
        body = {"cron": "0 2 * * *", "params": {"workspace_id": str(workspace)}}
        (await served.http.put(f"schedules/for-{slug}", json=body)).raise_for_status()
        await _post(served, f"schedules/for-{slug}/trigger", {})
    for _ in range(rows):
        names = {"$1": workspace, "$2": uuid4(), "$3": uuid4()}
        for statement in [*ROWS[service], *ALWAYS]:
            for name, value in names.items():
                statement = statement.replace(name, f"'{value}'::uuid")
            await served.database.pool.execute(statement)


async def _post(served: Served, path: str, body: dict[str, Any]) -> None:
    (await served.http.post(path, json=body)).raise_for_status()


SHORT = timedelta(seconds=0)

"""What each service lets go of its own, and what it leaves."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import delivery.adapters.retention as delivery
import discovery.adapters.retention as discovery
import enrichment.adapters.retention as enrichment
import platform_upload.adapters.retention as platform_upload
import scheduler.adapters.retention as scheduler
from integration.retention import rows
from integration.retention.conftest import Serving
from leadstream.retention import Keeper, Rule

DAY = timedelta(days=1)
LEADS, BILLING = 730 * DAY, 2557 * DAY
OLD, YOUNG = 731 * DAY, 729 * DAY


async def test_leads_that_nobody_acted_on_go_with_all_that_is_known_of_them(
    schema_of: Serving,
) -> None:
    async with schema_of("discovery") as database:
        gone = await rows.add_lead(database, age=OLD)
        young = await rows.add_lead(database, age=YOUNG)
        seen = await rows.add_lead(database, age=OLD, seen=DAY)
        uploaded = await rows.add_lead(database, age=OLD, uploaded=True)
        billed_long_ago = await rows.add_lead(database, age=2558 * DAY, uploaded=True)

        await Keeper(
            database, discovery.retention_rules(leads=LEADS, billing=BILLING, jobs=LEADS)
        ).look()

        left = {young, seen, uploaded}
        assert await rows.ids(database, "SELECT id FROM leads") == left
        assert await rows.ids(database, "SELECT lead_id FROM lead_history") == left
        assert await rows.ids(database, "SELECT lead_id FROM lead_keys") == left
        marked = "SELECT lead_id FROM lead_bindings WHERE gone_at IS NOT NULL"
        assert await rows.ids(database, marked) == {gone, billed_long_ago}


async def test_old_leads_that_stay_do_not_hide_those_behind_them(schema_of: Serving) -> None:
    rule, *_ = discovery.retention_rules(leads=LEADS, billing=BILLING, jobs=LEADS)
    pages = Rule(
        table=rule.table, keep=rule.keep, statement=rule.statement, batch=3, walks=rule.walks
    )
    async with schema_of("discovery") as database:
        stay = [await rows.add_lead(database, age=OLD + DAY, seen=DAY) for _ in range(10)]
        go = [await rows.add_lead(database, age=OLD) for _ in range(10)]
        keeper = Keeper(database, [pages])

        while await keeper.look():
            pass

        assert await rows.ids(database, "SELECT id FROM leads") == set(stay)
        later = await rows.add_lead(database, age=OLD + 2 * DAY)
        assert not await keeper.look()
        assert later not in await rows.ids(database, "SELECT id FROM leads")
        assert len(go) == 10


async def test_what_came_by_itself_goes_when_it_is_of_no_use_any_more(schema_of: Serving) -> None:
    month = 30 * DAY
    async with schema_of("discovery") as database:
        for days in (29, 31, 729, 731):
            age = days * DAY
            for statement in (
                "INSERT INTO push_requests VALUES ($1, 'm', '', 1, now() - $2::interval)",
                "INSERT INTO arrivals VALUES ($1, $1, $1, '[]', now() - $2::interval)",
                "INSERT INTO imports VALUES ($1, $1, $1, 'open', 1, false, now() - $2::interval, NULL)",
                "INSERT INTO imports VALUES ($1, $1, $1, 'done', 1, false, now() - $2::interval, now())",
            ):
                await database.pool.execute(statement, uuid4(), age)

        await Keeper(
            database, discovery.retention_rules(leads=LEADS, billing=BILLING, jobs=month)
        ).look()

        left = await database.pool.fetch("SELECT file FROM imports ORDER BY 1")
        assert [row["file"] for row in left] == ["done", "done", "done", "open"]
        for table in ("push_requests", "arrivals"):
            assert await database.pool.fetchval(f"SELECT count(*) FROM {table}") == 1  # noqa: S608 - our own names


async def test_runs_go_with_their_rejections(schema_of: Serving) -> None:
    async with schema_of("discovery") as database:
        for days in (0, 729, 731):
            run = uuid4()
            await database.pool.execute(
                "INSERT INTO query_runs (id, query_id, workspace_id, tick_id, run_on, status, started_at)"
                " VALUES ($1, $1, $1, $1, '2026-01-01', 'succeeded', now() - $2::interval)",
                run,
                days * DAY,
            )
            await database.pool.execute("INSERT INTO query_run_rejections VALUES ($1, 'r', 1)", run)

        await Keeper(
            database, discovery.retention_rules(leads=LEADS, billing=BILLING, jobs=LEADS)
        ).look()

        assert await rows.counts(database, ["query_runs", "query_run_rejections"]) == [2, 2]


async def test_what_was_found_out_about_old_leads_goes_unless_a_job_waits(
    schema_of: Serving,
) -> None:
    async with schema_of("enrichment") as database:
        await rows.add_enriched(database, age=OLD)
        stay = {await rows.add_enriched(database, age=YOUNG)}
        for state in ("ready", "running"):
            waits = await rows.add_enriched(database, age=OLD)
            await rows.add_job(database, waits, state=state)
            stay.add(waits)
        done = await rows.add_enriched(database, age=OLD)
        await rows.add_job(database, done, state="succeeded")
        rules = enrichment.retention_rules(leads=LEADS, cache=30 * DAY, audit=400 * DAY)

        await Keeper(database, rules).look()

        for statement in (
            "SELECT id FROM leads",
            "SELECT lead_id FROM enrichments",
            "SELECT lead_id FROM contacts",
            "SELECT lead_id FROM lead_bindings",
        ):
            assert (statement, await rows.ids(database, statement)) == (statement, stay)


async def test_answers_calls_and_spent_credits_go_when_they_are_of_no_use(
    schema_of: Serving,
) -> None:
    async with schema_of("enrichment") as database:
        for days in (0, 29, 31, 101):
            age = days * DAY
            await database.pool.execute(
                "INSERT INTO company_answers (provider, domain, state, flight_id, paid_by, holder_id, held_since,"
                " held_until, answered_at) SELECT 'clay', $1, 'ready', id, id, id, at, at, at"
                " FROM (SELECT gen_random_uuid() AS id, now() - $2::interval AS at) AS one",
                f"{days}.example",
                age,
            )
            await database.pool.execute(
                "INSERT INTO provider_calls (id, flight_id, provider, operation, domain, job_id, lease_id, lead_id,"
                " workspace_id, outcome, started_at) SELECT id, id, 'clay', 'enrich', 'd', id, id, id, id, outcome,"
                " now() - $1::interval FROM (SELECT gen_random_uuid() AS id, outcome"
                " FROM unnest(ARRAY['succeeded', NULL]) AS outcome) AS one",
                age,
            )
            await database.pool.execute(
                "INSERT INTO provider_spending VALUES ($1, (now() - $2::interval)::date, 1)",
                rows.WORKSPACE,
                age,
            )
        for days in (399, 401):
            await database.pool.execute(
                "INSERT INTO spend_days SELECT $1, (now() - $2::interval)::date, 'clay', 'enrich', 'all', 1, 1, 1",
                rows.WORKSPACE,
                days * DAY,
            )
        rules = enrichment.retention_rules(leads=LEADS, cache=30 * DAY, audit=400 * DAY)

        await Keeper(database, rules).look()

        tables = ["company_answers", "provider_calls", "provider_spending", "spend_days"]
        assert await rows.counts(database, tables) == [2, 7, 3, 1]


async def test_an_answer_that_is_off_the_cache_is_not_kept(schema_of: Serving) -> None:
    rules = enrichment.retention_rules(leads=LEADS, cache=0 * DAY, audit=400 * DAY)

    assert {rule.table: rule.keep for rule in rules}["company_answers"] == timedelta(seconds=1)


async def test_the_ledger_of_credits_goes_as_the_audit_does_but_open_reservations_stay(
    schema_of: Serving,
) -> None:
    async with schema_of("enrichment") as database:
        account = uuid4()
        await database.pool.execute(
            "INSERT INTO credit_accounts (id, workspace_id, email, role, daily_credit_limit)"
            " VALUES ($1, $2, 'a@b.example', 'user', 1)",
            account,
            rows.WORKSPACE,
        )
        for days, is_open in ((399, False), (401, False), (401, True)):
            await database.pool.execute(
                "INSERT INTO credit_ledger (id, account_id, workspace_id, entry, credits, open, created_at)"
                " VALUES (gen_random_uuid(), $1, $2, 'reserve', 1, $3, now() - $4::interval)",
                account,
                rows.WORKSPACE,
                is_open,
                days * DAY,
            )
        rules = enrichment.retention_rules(leads=LEADS, cache=30 * DAY, audit=400 * DAY)

        await Keeper(database, rules).look()

        assert await rows.counts(database, ["credit_ledger", "credit_accounts"]) == [2, 1]


async def test_alerts_go_with_their_deliveries_and_the_last_takes_the_binding(
    schema_of: Serving,
) -> None:
    async with schema_of("delivery") as database:
        gone, risen, waiting = uuid4(), uuid4(), uuid4()
        await rows.bind(database, gone, risen, waiting)
        await rows.add_alert(database, gone, age=OLD)
        await rows.add_alert(database, gone, age=OLD, revision=2)
        await rows.add_alert(database, risen, age=OLD)
        young = await rows.add_alert(database, risen, age=YOUNG, revision=2)
        untold = await rows.add_alert(database, waiting, age=OLD, ended=False)
        held = await rows.add_alert(database, waiting, age=OLD, revision=2, held=True)

        await Keeper(database, delivery.retention_rules(leads=LEADS, jobs=30 * DAY)).look()

        assert await rows.ids(database, "SELECT id FROM alerts") == {young, untold, held}
        assert await rows.ids(database, "SELECT alert_id FROM deliveries") == {young, untold, held}
        assert await rows.ids(database, "SELECT lead_id FROM lead_bindings") == {risen, waiting}


@pytest.mark.parametrize("table", ["alerts", "alerts.content"])
async def test_alerts_that_wait_for_years_cost_a_look_no_more_than_its_batch(
    schema_of: Serving, table: str
) -> None:
    async with schema_of("delivery") as database:
        lead = uuid4()
        for revision in range(1, 6):
            await rows.add_alert(database, lead, age=OLD + DAY, revision=revision, held=True)
        await rows.add_alert(database, lead, age=OLD, revision=6)
        rules = delivery.retention_rules(leads=LEADS, jobs=30 * DAY)
        (rule,) = [each for each in rules if each.table == table]

        place, gone = (None, None), list[int]()
        for _ in range(4):
            row: Any = await database.pool.fetchrow(rule.statement, rule.keep, 2, *place)
            place = (row["at"], row["id"])
            gone.append(row["deleted"])

        assert gone == [0, 0, 1, 0]
        assert place == (None, None)


async def test_what_can_be_sent_no_more_is_forgotten(schema_of: Serving) -> None:
    async with schema_of("delivery") as database:
        lead = uuid4()
        kept = {
            await rows.add_alert(database, lead, age=29 * DAY),
            await rows.add_alert(database, lead, age=31 * DAY, revision=2, ended=False),
            await rows.add_alert(database, lead, age=31 * DAY, revision=4, held=True),
        }
        await rows.add_alert(database, lead, age=31 * DAY, revision=3)

        await Keeper(database, delivery.retention_rules(leads=LEADS, jobs=30 * DAY)).look()

        assert await rows.ids(database, "SELECT id FROM alerts WHERE content IS NOT NULL") == kept
        with_message = "SELECT alert_id FROM deliveries WHERE message IS NOT NULL"
        assert await rows.ids(database, with_message) == kept
        assert await rows.counts(database, ["alerts", "deliveries"]) == [4, 4]


async def test_uploads_and_bills_are_kept_for_seven_years(schema_of: Serving) -> None:
    async with schema_of("platform_upload") as database:
        gone, again = uuid4(), uuid4()
        await rows.bind(database, gone, again)
        await rows.add_upload(database, gone, age=2558 * DAY)
        await rows.add_upload(database, again, age=2558 * DAY)
        await rows.add_upload(database, again, age=2556 * DAY, revision=2)
        for days in (2556, 2558):
            await database.pool.execute(
                "INSERT INTO billing_events (id, workspace_id, lead_id, platform, event_type, created_at)"
                " VALUES (gen_random_uuid(), $1, gen_random_uuid(), 'p', 'platform_upload', now() - $2::interval)",
                rows.WORKSPACE,
                days * DAY,
            )

        rules = platform_upload.retention_rules(leads=LEADS, billing=BILLING, jobs=BILLING)
        await Keeper(database, rules).look()

        assert await rows.counts(database, ["uploads", "billing_events"]) == [1, 1]
        assert await rows.ids(database, "SELECT lead_id FROM lead_bindings") == {again}


@pytest.mark.parametrize(
    ("status", "is_accepted", "is_kept"),
    [
        ("failed", False, False),
        ("refused", False, False),
        ("closed", False, False),
        ("cancelled", False, False),
        ("pending", False, True),
        ("uploaded", True, True),
        # Accepted once, and closed there since.
        ("closed", True, True),
    ],
)
async def test_what_no_platform_has_accepted_goes_with_the_leads_that_nobody_acted_on(
    schema_of: Serving, status: str, is_accepted: bool, is_kept: bool
) -> None:
    async with schema_of("platform_upload") as database:
        young, old, asked_again = uuid4(), uuid4(), uuid4()
        await rows.bind(database, young, old, asked_again)
        for lead, days in ((young, 729), (old, 731), (asked_again, 731)):
            await rows.add_upload(database, lead, age=days * DAY)
        await database.pool.execute(
            "UPDATE uploads SET status = $1, uploaded_at = CASE WHEN $2 THEN created_at END",
            status,
            is_accepted,
        )
        await database.pool.execute(
            "INSERT INTO jobs (id, kind, priority, lane, payload)"
            " SELECT id, 'upload-lead', 0, 'connection:1', '{}' FROM uploads WHERE lead_id = $1",
            asked_again,
        )

        rules = platform_upload.retention_rules(leads=LEADS, billing=BILLING, jobs=BILLING)
        await Keeper(database, rules).look()

        left = {young, asked_again} | ({old} if is_kept else set())
        assert await rows.ids(database, "SELECT lead_id FROM uploads") == left
        assert await rows.ids(database, "SELECT lead_id FROM lead_bindings") == left


async def test_ticks_go_but_the_newest_of_each_schedule(schema_of: Serving) -> None:
    async with schema_of("scheduler") as database:
        for schedule, days in (("daily", 1), ("daily", 401), ("daily", 402), ("rare", 900)):
            await database.pool.execute(
                "INSERT INTO ticks (schedule, scheduled_for, id, emitted_at, manual, params)"
                " VALUES ($1, now() - $2::interval, gen_random_uuid(), now(), false, '{}')",
                schedule,
                days * DAY,
            )

        await Keeper(database, scheduler.retention_rules(audit=400 * DAY)).look()

        left = await database.pool.fetch("SELECT schedule FROM ticks ORDER BY schedule")
        assert [row["schedule"] for row in left] == ["daily", "rare"]


@pytest.mark.parametrize(
    "package", ["discovery", "enrichment", "delivery", "platform_upload", "scheduler"]
)
async def test_the_page_says_of_every_table_how_long_it_is_kept(
    schema_of: Serving, package: str
) -> None:
    page = Path(__file__).parents[3].joinpath("docs/retention.md").read_text(encoding="utf-8")
    async with schema_of(package) as database:
        tables = await database.pool.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = $1::text::regnamespace AND relkind = 'r'",
            package,
        )

    assert [name for (name,) in tables if f"`{name}`" not in page] == []

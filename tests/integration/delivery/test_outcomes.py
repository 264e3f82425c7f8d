"""How deliveries end, and what the other services hear of it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from delivery.adapters.metrics import POSSIBLE_REPEATS_TOTAL
from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    a_lead,
    add_recipient,
    add_slack,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, Priority, Succeeded
from leadstream.observability.metrics import DELIVERIES_TOTAL, LEADS_DELIVERED_TOTAL, REGISTRY
from leadstream.pauses import add_pause, lift
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock
from support.waiting import eventually


async def statuses(machine: Machine) -> dict[str, str]:
    rows = await machine.database.pool.fetch("SELECT channel, status FROM deliveries")
    return {row["channel"]: row["status"] for row in rows}


async def verdicts(machine: Machine) -> list[str]:
    return [event["status"] for event in await machine.events("lead.delivered")]


async def retry_all(machine: Machine) -> None:
    answer = await machine.http.post("/api/admin/jobs/retry", json={"state": "failed"})
    assert answer.status_code == 202


async def hold(machine: Machine, scope: str) -> None:
    async with machine.database.transaction() as tx:
        await add_pause(tx, scope, reason="test", actor="test")
    await machine.board.refresh()


async def let_go(machine: Machine, scope: str) -> None:
    async with machine.database.transaction() as tx:
        await lift(tx, scope)
    await machine.board.refresh()
    machine.worker.wake()


async def test_b21_one_channel_down_touches_no_other(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)
    await add_webhook(machine, sandbox)
    await sandbox.control.behave("slack", errors={"status": 500})

    await announce(machine, a_lead())
    await machine.finish()

    assert await statuses(machine) == {
        "email": "delivered",
        "slack": "failed",
        "webhook": "delivered",
    }
    assert await verdicts(machine) == ["partial"]
    assert len(await machine.events("lead.upload")) == 1
    assert len(sandbox.ledger.entries(provider="slack")) == 3
    # One destination's failure is not the stage's: somebody was told.
    assert await machine.events("lead.failed") == []

    await sandbox.control.clear()
    await retry_all(machine)
    await machine.finish()

    assert await verdicts(machine) == ["partial", "delivered"]
    first, second = await machine.events("lead.delivered")
    assert second["delivered_at"] > first["delivered_at"]
    assert sandbox.ledger.doubled_emails() == {}
    assert len(sandbox.ledger.emails()) == 1


async def test_b22_every_channel_fails_for_good(machine: Machine, sandbox: Sandbox) -> None:
    await add_slack(machine, sandbox)
    await add_webhook(machine, sandbox)
    await sandbox.control.behave("slack", errors={"status": 400, "body": "invalid_blocks"})
    await sandbox.control.behave("hooks", errors={"status": 500})

    await announce(machine, a_lead())
    await machine.finish()

    assert await verdicts(machine) == ["failed"]
    failed = (await machine.events("lead.failed"))[0]
    assert (failed["stage"], failed["attempts"], failed["error"]["code"]) == ("delivery", 3, "500")
    job = await machine.http.get(f"/api/admin/jobs/{failed['job_id']}")
    assert job.json()["kind"] == "deliver-webhook"

    # Five faults in a row would be an outage, of which a refusal is no part.
    await sandbox.control.behave("hooks", errors={"status": 400})
    await retry_all(machine)
    await machine.finish()
    # Failing once more is no news.
    assert await verdicts(machine) == ["failed"]


@pytest.mark.parametrize(("status", "calls"), [(500, 3), (302, 3), (404, 3), (400, 1), (422, 1)])
async def test_b23_which_answers_of_a_webhook_are_retried(
    machine: Machine, sandbox: Sandbox, status: int, calls: int
) -> None:
    await add_webhook(machine, sandbox)
    headers = {"location": f"{sandbox.url}/hooks/elsewhere"}
    await sandbox.control.behave("hooks", errors={"status": status, "headers": headers})

    await announce(machine, a_lead())
    await machine.finish()

    assert len(sandbox.ledger.entries(provider="hooks")) == calls
    assert sandbox.ledger.entries(hook="elsewhere") == []
    assert await statuses(machine) == {"webhook": "failed"}


async def test_b23_no_answer_in_time_is_retried_under_the_same_id(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(webhook_timeout=2), database) as machine:
        await add_webhook(machine, sandbox)
        await sandbox.control.script("hooks", None, {"action": "hang"}, {"action": "lose"})

        await announce(machine, a_lead())
        await machine.finish()

        assert await statuses(machine) == {"webhook": "delivered"}
    bodies = sandbox.ledger.webhook_bodies()
    assert len(bodies) == 1
    assert [len(found) for found in bodies.values()] == [1]
    assert len(sandbox.ledger.entries(provider="hooks")) == 3


async def test_b11_retry_after_holds_the_destination_and_burns_no_attempt(
    machine: Machine, sandbox: Sandbox
) -> None:
    channel = await add_webhook(machine, sandbox)
    slow_down = {"status": 429, "headers": {"retry-after": "1"}}
    await sandbox.control.script("hooks", None, slow_down)

    await announce(machine, a_lead())
    await machine.finish()

    first, second = sandbox.ledger.entries(provider="hooks")
    assert (second.time - first.time).total_seconds() >= 1
    row = await machine.database.pool.fetchrow("SELECT attempts FROM deliveries")
    assert row is not None
    assert row["attempts"] == 1
    reason = await machine.database.pool.fetchval(
        "SELECT reason FROM pauses WHERE scope = $1", f"destination:{channel['id']}"
    )
    assert reason == "rate_limited"


async def test_b11_an_exhausted_quota_parks_email_and_nothing_else(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await add_webhook(machine, sandbox)
    await sandbox.control.behave("resend", quota_exhausted="daily")

    await announce(machine, a_lead())
    await machine.settle()

    assert await statuses(machine) == {"email": "pending", "webhook": "delivered"}
    until = await machine.database.pool.fetchval(
        "SELECT until FROM pauses WHERE scope = 'provider:resend' AND reason = 'quota_exhausted'"
    )
    assert until > datetime.now(UTC)
    assert len(sandbox.ledger.entries(provider="resend")) == 1


async def test_b27_whoever_opts_out_while_an_email_waits_gets_nothing(
    machine: Machine, sandbox: Sandbox
) -> None:
    off = await add_recipient(machine, "off@acme.example")
    await add_recipient(machine, "gone@acme.example")
    await add_recipient(machine, "stays@acme.example")
    await hold(machine, "provider:resend")
    await announce(machine, a_lead())

    await machine.http.patch(f"/api/admin/recipients/{off['id']}", json={"enabled": False})
    body = {"workspace_id": off["workspace_id"], "email": "gone@acme.example", "reason": "bounced"}
    await machine.http.post("/api/admin/suppressions", json=body)
    await let_go(machine, "provider:resend")
    await machine.finish()

    assert {recipient for _, recipient in sandbox.ledger.emails()} == {"stays@acme.example"}
    delivered = (await machine.events("lead.delivered"))[0]
    assert delivered["status"] == "delivered"
    assert sorted(c["status"] for c in delivered["channels"]) == [
        "cancelled",
        "cancelled",
        "delivered",
    ]


@pytest.mark.parametrize("reason", ["unsubscribed", "bounced", "complained", "manual"])
async def test_b27_a_suppressed_address_gets_nothing(
    machine: Machine, sandbox: Sandbox, reason: str
) -> None:
    recipient = await add_recipient(machine, "Ops@Acme.Example")
    body = {
        "workspace_id": recipient["workspace_id"],
        "email": "ops@acme.example",
        "reason": reason,
    }
    await machine.http.post("/api/admin/suppressions", json=body)

    await announce(machine, a_lead())
    await machine.settle()

    assert sandbox.ledger.emails() == {}
    assert await verdicts(machine) == ["no_channel"]


async def test_a_cancelled_job_ends_the_lead_and_may_be_taken_up_again(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_webhook(machine, sandbox)
    await hold(machine, "kind:deliver-webhook")
    await announce(machine, a_lead())
    job = await machine.database.pool.fetchval("SELECT id FROM jobs")

    await machine.http.post(f"/api/admin/jobs/{job}/cancel")

    async def has_ended() -> bool:
        return await verdicts(machine) == ["no_channel"]

    await eventually(has_ended, "the lead has not ended")
    await let_go(machine, "kind:deliver-webhook")
    await machine.http.post(f"/api/admin/jobs/{job}/retry")
    await machine.finish()
    assert await verdicts(machine) == ["no_channel", "delivered"]


async def test_the_last_two_may_end_at_once_in_two_replicas(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, database_url: str
) -> None:
    other = await Database.connect(database_url, schema="delivery", max_size=10)
    settings = make_settings()
    async with running(SERVICE, settings, database) as one, running(SERVICE, settings, other):
        for number in range(3):
            await add_recipient(one, f"r{number}@acme.example")
            await add_webhook(one, sandbox, f"hook{number}")
        await add_slack(one, sandbox)
        leads = [a_lead(lead=UUID(int=n)) for n in range(100)]

        await announce(one, *leads)
        await one.finish(seconds=60)

        delivered = await one.events("lead.delivered")
        assert len(delivered) == len({each["lead_id"] for each in delivered}) == 100
        assert {each["status"] for each in delivered} == {"delivered"}
        assert {len(each["channels"]) for each in delivered} == {7}
    await other.close()


async def die_after_the_call(machine: Machine, kind: str) -> None:
    """Claim a job, make its call, and be gone before anything is written down."""
    jobs = await claim(machine, kind)
    handlers = next(each for each in machine.parts.kinds if each.name == kind)
    for job in jobs:
        if handlers.handler:
            outcome = await handlers.handler(job)
        else:
            assert handlers.group_handler is not None
            (outcome,) = await handlers.group_handler([job])
        assert isinstance(outcome, Succeeded)


async def claim(machine: Machine, kind: str) -> list[Job]:
    ledger = Ledger(machine.database, lease=timedelta(milliseconds=1))
    rows = await machine.database.pool.fetch("SELECT lane FROM jobs WHERE kind = $1", kind)
    return await ledger.claim(kind, [(Priority.HOT, row["lane"], 1) for row in rows])


async def test_b44_what_a_lost_worker_had_in_hand_goes_out_once(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    settings = make_settings()
    async with running(SERVICE, settings, database, working=False) as doomed:
        await add_recipient(doomed)
        await add_webhook(doomed, sandbox)
        await announce(doomed, a_lead())
        await die_after_the_call(doomed, "deliver-email")
        await die_after_the_call(doomed, "deliver-webhook")

    async with running(SERVICE, settings, database) as machine:
        await machine.finish()

        assert await verdicts(machine) == ["delivered"]
        assert len(sandbox.ledger.entries(provider="resend")) == 2
        assert sandbox.ledger.doubled_emails() == {}
        assert [len(found) for found in sandbox.ledger.email_keys().values()] == [1]
        assert [len(found) for found in sandbox.ledger.webhook_ids().values()] == [1]
        assert [len(found) for found in sandbox.ledger.webhook_bodies().values()] == [1]


async def test_b44_a_slack_message_that_may_be_a_repeat_is_counted(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    counted = POSSIBLE_REPEATS_TOTAL.labels("slack")._value.get()
    settings = make_settings()
    async with running(SERVICE, settings, database, working=False) as doomed:
        await add_slack(doomed, sandbox)
        await announce(doomed, a_lead())
        await die_after_the_call(doomed, "deliver-slack")

    async with running(SERVICE, settings, database) as machine:
        await machine.finish()

    assert [len(found) for found in sandbox.ledger.slack_messages().values()] == [2]
    assert POSSIBLE_REPEATS_TOTAL.labels("slack")._value.get() == counted + 1


async def test_a_lost_slack_answer_is_repeated_once_at_most(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_slack(machine, sandbox)
    await sandbox.control.behave("slack", lose=1.0)

    await announce(machine, a_lead())
    await machine.finish()

    assert len(sandbox.ledger.entries(provider="slack")) == 2
    assert await statuses(machine) == {"slack": "failed"}


async def test_a_lost_email_answer_is_absorbed_by_the_key(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await sandbox.control.script("resend", None, {"action": "lose"}, {"action": "half"})

    await announce(machine, a_lead())
    await machine.finish()

    assert await verdicts(machine) == ["delivered"]
    assert len(sandbox.ledger.entries(provider="resend")) == 3
    assert sandbox.ledger.doubled_emails() == {}


async def test_an_email_whose_key_has_expired_is_given_up_until_somebody_asks(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    settings = make_settings()
    async with running(SERVICE, settings, database, working=False) as doomed:
        await add_recipient(doomed)
        await announce(doomed, a_lead())
        await die_after_the_call(doomed, "deliver-email")
    await sandbox.control.settings(clock_offset=25 * 3600)
    tomorrow = FakeClock(datetime.now(UTC) + timedelta(hours=25))

    async with running(SERVICE, settings, database, clock=tomorrow) as machine:
        await machine.finish()
        assert await verdicts(machine) == ["failed"]
        assert sandbox.ledger.doubled_emails() == {}

        await retry_all(machine)
        await machine.finish()
        assert await verdicts(machine) == ["failed", "delivered"]
        # The operator was told that it may be the second one, and asked for it.
        assert list(sandbox.ledger.doubled_emails().values()) == [2]


async def test_the_rendered_email_is_resent_unchanged(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as doomed:
        await add_recipient(doomed)
        await announce(doomed, a_lead())
        await die_after_the_call(doomed, "deliver-email")

    other = make_settings(resend_from="Renamed <x@y.example>", app_url="https://moved.example")
    async with running(SERVICE, other, database) as machine:
        await machine.finish()

    first, second = sandbox.ledger.entries(provider="resend")
    assert first.body == second.body
    assert second["replayed"]


async def test_b36_a_dead_destination_slows_nobody_else(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    settings = make_settings(webhook_timeout=60, drain_timeout=0.1)
    async with running(SERVICE, settings, database) as machine:
        await add_webhook(machine, sandbox, "dead")
        await add_webhook(machine, sandbox, "alive")
        await sandbox.control.behave("hooks", match={"hook": "dead"}, hang=1.0)

        await announce(machine, *(a_lead() for _ in range(30)))

        async def all_there() -> bool:
            return len(sandbox.ledger.webhook_ids("alive")) == 30

        await eventually(all_there, "the living destination has not got everything", within=30)
        # Not one call to the dead one has ended by then.
        ended = await database.pool.fetch("SELECT DISTINCT outcome FROM job_attempts")
        assert [row["outcome"] for row in ended] in ([], ["succeeded"])


async def test_what_is_delivered_leaves_no_personal_data_behind(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await announce(machine, a_lead())
    await machine.finish()

    row = await machine.database.pool.fetchrow(
        "SELECT content, message FROM deliveries JOIN alerts ON alerts.id = alert_id"
    )
    assert row is not None
    assert (row["content"], row["message"]) == (None, None)


async def test_figures_are_counted(machine: Machine, sandbox: Sandbox) -> None:
    def count(outcome: str) -> float:
        return float(DELIVERIES_TOTAL.labels("webhook", outcome)._value.get())

    def leads() -> list[float]:
        statuses = ("no_channel", "delivered", "failed")
        return [LEADS_DELIVERED_TOTAL.labels(status)._value.get() for status in statuses]

    before = {outcome: count(outcome) for outcome in ("delivered", "retry", "failed")}
    leads_before = leads()
    await announce(machine, a_lead())
    await add_webhook(machine, sandbox)
    await sandbox.control.script("hooks", None, {"status": 500}, {"status": 200}, {"status": 400})

    await announce(machine, a_lead())
    await machine.finish()
    await announce(machine, a_lead())
    await machine.finish()

    after = {outcome: count(outcome) - before[outcome] for outcome in before}
    assert after == {"delivered": 1, "retry": 1, "failed": 1}
    assert [now - then for now, then in zip(leads(), leads_before, strict=True)] == [1, 1, 1]
    text = (await machine.http.get("/metrics")).text
    assert 'leadstream_lead_age_seconds_count{stage="delivered"}' in text


async def test_how_long_it_took_to_tell_of_a_lead_is_counted_by_its_score(
    machine: Machine, sandbox: Sandbox
) -> None:
    def told(outcome: str, **bucket: str) -> float:
        name = "leadstream_lead_told_seconds_" + ("bucket" if bucket else "count")
        labels = {"score": "hot", "outcome": outcome, **bucket}
        return REGISTRY.get_sample_value(name, labels) or 0.0

    await add_webhook(machine, sandbox)
    before = told("delivered"), told("delivered", le="300.0"), told("failed")
    now, earlier = datetime.now(UTC), datetime.now(UTC) - timedelta(minutes=9)
    await sandbox.control.script("hooks", None, {"status": 200}, {"status": 200}, {"status": 400})

    for discovered_at in (now, earlier, now):
        await announce(machine, a_lead(discovered_at=discovered_at.isoformat()))
        await machine.finish()

    after = told("delivered"), told("delivered", le="300.0"), told("failed")
    counted = tuple(now - then for now, then in zip(after, before, strict=True))
    assert counted == (2, 1, 1)

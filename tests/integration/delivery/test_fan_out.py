"""From `lead.enriched` to deliveries and the upload: who gets what, once."""

from uuid import UUID, uuid4

import orjson

from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    OTHER_WORKSPACE,
    WORKSPACE,
    a_lead,
    add_recipient,
    add_slack,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox


async def test_b20_only_email_set_up_only_email(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine)

    await announce(machine, a_lead())
    await machine.finish()

    assert {entry.provider for entry in sandbox.ledger.entries()} == {"resend"}
    assert (await machine.events("lead.delivered"))[0]["status"] == "delivered"


async def test_b20_active_channels_add_theirs_and_paused_ones_dont(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)
    await add_webhook(machine, sandbox, "one")
    await add_webhook(machine, sandbox, "two", status="paused")

    lead = a_lead()
    await announce(machine, lead)
    await machine.finish()

    assert len(sandbox.ledger.emails()) == 1
    assert len(sandbox.ledger.slack_messages()) == 1
    assert set(sandbox.ledger.webhook_ids("one")) != set()
    assert sandbox.ledger.webhook_ids("two") == {}
    delivered = (await machine.events("lead.delivered"))[0]
    assert (delivered["lead_id"], delivered["status"]) == (lead["lead_id"], "delivered")
    assert [c["channel"] for c in delivered["channels"]] == ["email", "slack", "webhook"]


async def test_each_destination_gets_the_scores_it_wants(
    machine: Machine, sandbox: Sandbox
) -> None:
    for least in ("hot", "warm", "cold"):
        await add_recipient(machine, f"{least}@acme.example", min_score=least)

    for score in ("hot", "warm", "cold"):
        await announce(machine, a_lead(score=score))
    await machine.finish()

    counts = {
        address: sum(1 for _, recipient in sandbox.ledger.emails() if recipient == address)
        for address in ("hot@acme.example", "warm@acme.example", "cold@acme.example")
    }
    assert counts == {"hot@acme.example": 1, "warm@acme.example": 2, "cold@acme.example": 3}


async def test_nobody_wants_it_so_it_has_ended_at_once(machine: Machine) -> None:
    lead = a_lead(score="cold")

    await announce(machine, lead)

    delivered = await machine.events("lead.delivered")
    assert [(each["status"], each["channels"]) for each in delivered] == [("no_channel", [])]
    assert await machine.jobs() == {}
    assert await machine.database.pool.fetchval("SELECT content FROM alerts") is None


async def test_b29_hot_and_warm_are_uploaded_and_cold_is_not(machine: Machine) -> None:
    leads = {score: a_lead(score=score) for score in ("hot", "warm", "cold")}

    await announce(machine, *leads.values())

    uploads = await machine.events("lead.upload")
    assert {each["lead_id"] for each in uploads} == {
        leads["hot"]["lead_id"],
        leads["warm"]["lead_id"],
    }
    assert {each["platform"] for each in uploads} == {None}


async def test_the_upload_has_the_13_keys_of_the_specification(machine: Machine) -> None:
    await announce(machine, a_lead())

    upload = (await machine.events("lead.upload"))[0]["lead"]

    assert set(upload) == {
        "id", "company_name", "domain", "industry", "employee_count", "revenue", "location",
        "intent_score", "intent_signals", "contacts", "primary_contact", "created_at", "enriched_at",
    }  # fmt: skip
    assert upload["primary_contact"]["full_name"] == "John Smith"
    assert upload["created_at"] == "2026-01-22T02:15:00Z"


async def test_the_upload_does_not_wait_for_any_channel(machine: Machine, sandbox: Sandbox) -> None:
    await add_slack(machine, sandbox)
    await sandbox.control.behave("slack", hang=1.0)

    await announce(machine, a_lead())

    assert len(await machine.events("lead.upload")) == 1
    assert await machine.events("lead.delivered") == []


async def test_b18_the_same_record_ten_times_is_one_of_everything(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)
    await add_webhook(machine, sandbox)
    lead = a_lead()

    await announce(machine, lead, lead, lead)
    await machine.finish()
    for _ in range(7):
        await announce(machine, lead)
    await machine.finish()

    assert sandbox.ledger.outcomes().total() == 3
    assert len(await machine.events("lead.delivered")) == 1
    assert len(await machine.events("lead.upload")) == 1


async def test_a_new_destination_gets_nothing_of_old_records(
    machine: Machine, sandbox: Sandbox
) -> None:
    lead = a_lead()
    await announce(machine, lead)

    await add_recipient(machine)
    await announce(machine, lead)
    await machine.settle()

    assert sandbox.ledger.emails() == {}


async def test_a_higher_revision_is_told_again(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine)
    lead = uuid4()

    await announce(machine, a_lead(lead=lead, score="warm"))
    await announce(machine, a_lead(lead=lead, score="hot", revision=2))
    await machine.finish()

    keys = sandbox.ledger.email_keys()
    assert sorted(revision or "" for _, revision, _ in keys) == ["1", "2"]
    assert all(len(found) == 1 for found in keys.values())


async def test_b15_a_lead_whose_enrichment_was_skipped_is_delivered(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    skipped = {
        "status": "skipped",
        "reason": "missing_domain",
        "enriched_at": "2026-01-22T02:16:30Z",
    }

    await announce(machine, a_lead(company={"domain": None, "website": None}, enrichment=skipped))
    await machine.finish()

    assert len(sandbox.ledger.emails()) == 1


async def test_b42_a_record_that_names_another_workspace_sends_and_changes_nothing(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    lead = uuid4()
    await announce(machine, a_lead(lead=lead))
    await machine.finish()
    sandbox_calls = len(sandbox.ledger.entries())

    await announce(machine, a_lead(lead=lead, workspace=OTHER_WORKSPACE, revision=2))
    await machine.settle()

    assert len(sandbox.ledger.entries()) == sandbox_calls
    assert await machine.database.pool.fetchval("SELECT count(*) FROM alerts") == 1
    row = await machine.database.pool.fetchrow("SELECT reason FROM dead_letters")
    assert row is not None
    assert row["reason"] == "workspace_mismatch"


async def test_b45_a_bad_record_does_not_touch_its_neighbours(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    good = orjson.dumps(a_lead())
    nul = orjson.dumps(a_lead(company={"name": "A\0B"}))

    await machine.take_in("lead.enriched", b"\xff\x00", good, b"{}", nul, b"[" * 100_000)
    await machine.finish()

    assert len(sandbox.ledger.emails()) == 1
    assert await machine.database.pool.fetchval("SELECT count(*) FROM dead_letters") == 4


async def test_five_hundred_leads_in_one_batch(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database) as machine:
        await add_recipient(machine)
        await add_recipient(machine, "second@acme.example")
        await add_webhook(machine, sandbox)
        leads = [a_lead(lead=UUID(int=n), score=("hot", "warm", "cold")[n % 3]) for n in range(500)]

        await announce(machine, *leads)
        await machine.finish(seconds=60)

        assert len(await machine.events("lead.delivered")) == 500
        assert len(sandbox.ledger.emails()) == 1000
        assert sandbox.ledger.doubled_emails() == {}
        assert len(sandbox.ledger.webhook_ids()) == 500
        assert str(WORKSPACE) in {e["workspace_id"] for e in sandbox.ledger.entries()}

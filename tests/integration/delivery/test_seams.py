"""Where fates, digests, batches and senders meet."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest

from delivery.application.planning import DIGEST
from delivery.bootstrap import SERVICE
from delivery.entrypoints.collecting import Collecting
from delivery.entrypoints.loops import Holding
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import WORKSPACE, a_lead, add_recipient, announce
from integration.delivery.machine import running
from integration.delivery.test_batches import attempt, claim, doomed, sent, statuses
from integration.delivery.test_erasure import JOHN, erase, john_and_jane
from integration.delivery.test_fates import SECRET, deliveries, tell
from integration.delivery.test_outcomes import die_after_the_call, let_go, retry_all
from integration.delivery.town import DAILY, Town, berlin
from leadstream.clock import SystemClock
from leadstream.jobs.model import Priority
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.providers.resend.events import event_of
from support.clock import FakeClock
from support.traces import tables_with
from support.waiting import eventually

HOURLY = {"rhythm": dict.fromkeys(("hot", "warm", "cold"), "hourly")}


def told_of(sandbox: Sandbox, email: str, kind: Any, **changes: Any) -> bytes:
    """What Resend says of the one e-mail that went to this address."""
    [(entry, effect)] = [
        (entry, effect)
        for entry, effect in sandbox.ledger.effects("email")
        if email in effect["recipients"]
    ]
    body = entry.body if effect["item"] is None else entry.body[effect["item"]]
    event = event_of(kind, effect["id"], body, at=datetime.now(UTC))
    return orjson.dumps(event | {"data": event["data"] | changes})


@pytest.mark.parametrize("settled", [True, False])
async def test_what_came_back_before_its_batch_was_answered_is_not_sent_in_another(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, *, settled: bool
) -> None:
    settings = make_settings(resend_webhook_secret=SECRET)
    async with doomed(database, make_settings) as machine:
        await sandbox.control.script("resend", None, {"action": "lose"})
        await attempt(machine, await claim(machine))
    if settled:
        await database.pool.execute("UPDATE jobs SET attempts = 1")
    async with running(SERVICE, settings, database, working=False) as machine:
        answer = await tell(machine, told_of(sandbox, "2@acme.example", "email.failed"))
        assert answer.json()["outcome"] == "taken"

    async with running(SERVICE, settings, database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 4, "failed": 1}
    assert sent(sandbox) == {f"{at}@acme.example": 1 for at in range(5)}


@pytest.mark.parametrize("accepted", [True, False])
async def test_who_wants_less_by_now_leaves_a_batch_in_doubt(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, *, accepted: bool
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        people = [await add_recipient(machine, f"{at}@acme.example") for at in range(3)]
        await announce(machine, a_lead(score="warm"))
        await sandbox.control.script("resend", None, {"action": "lose" if accepted else "drop"})
        jobs = await claim(machine, Priority.WARM)
        assert len(await attempt(machine, jobs)) == 3
        path = f"/api/admin/recipients/{people[1]['id']}"
        assert (await machine.http.patch(path, json={"min_score": "hot"})).status_code == 200

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 2, "cancelled": 1}
    assert sent(sandbox) == {f"{at}@acme.example": 1 for at in range(3) if accepted or at != 1}


async def test_of_a_digest_that_was_undone_nothing_outlives_an_erasure(town: Town) -> None:
    recipient = await add_recipient(town.machine, preferences=DAILY)
    await town.tell(john_and_jane())
    answer = {"status": 429, "body": {"name": "rate_limit_exceeded", "message": "later"}}
    await town.sandbox.control.script("resend", None, answer | {"headers": {"retry-after": "2"}})
    await town.at(berlin(23, 8))
    assert await town.deliveries() == {"pending": 1}
    await town.change(recipient, preferences={"quiet_hours": {"start": "08:00", "end": "20:00"}})
    await let_go(town.machine, "provider:resend")
    await town.machine.finish()
    assert len(await town.waits_until()) == 1

    await erase(town.machine, JOHN)

    assert await tables_with(town.machine.database, JOHN) == {}


async def test_a_sender_of_its_own_that_is_refused_is_a_pause_like_others(town: Town) -> None:
    """Its leads are announced without the e-mail, and the list says what holds it."""
    sandbox, machine = town.sandbox, town.machine
    await sandbox.control.options("resend", domains={"acme.example": "verified"})
    await add_recipient(machine)
    path = f"/api/admin/senders/{WORKSPACE}"
    assert (await machine.http.put(path, json={"from_address": "a@acme.example"})).is_success
    await sandbox.control.options("resend", domains={"acme.example": "failed"})

    await town.tell(a_lead())
    [listed] = await deliveries(machine)
    assert listed["held_by"] == ["configuration"]
    await machine.database.pool.execute(
        "UPDATE pauses SET created_at = now() - interval '2 minutes'"
    )
    await Holding(machine.database, town.clock).take()

    assert len(await machine.events("lead.delivered")) == 1
    [listed] = await deliveries(machine, status="held")
    assert listed["error"].startswith("configuration: ")


async def test_a_digest_that_is_known_to_have_arrived_is_not_sent_again_on_demand(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    settings = make_settings(resend_webhook_secret=SECRET)
    async with running(SERVICE, settings, database, working=False) as machine:
        await add_recipient(machine, preferences=HOURLY)
        await announce(machine, a_lead(), a_lead())
        await database.pool.execute("UPDATE deliveries SET due_at = now() - interval '1 minute'")
        assert await Collecting(database, SystemClock(), wake=machine.worker.wake).take() == 2
        await die_after_the_call(machine, DIGEST)
        answer = await tell(machine, told_of(sandbox, "ops@acme.example", "email.delivered"))
        assert answer.json()["outcome"] == "taken"
    await sandbox.control.settings(clock_offset=25 * 3600)
    tomorrow = FakeClock(datetime.now(UTC) + timedelta(hours=25))

    async with running(SERVICE, settings, database, clock=tomorrow) as machine:
        await machine.finish()
        await retry_all(machine)
        await machine.finish()

        assert await machine.jobs() == {"succeeded": 1}
        assert await statuses(machine) == {"delivered": 2}
    assert sent(sandbox) == {"ops@acme.example": 1}


async def test_a_digest_in_doubt_is_in_the_disclosure_log(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)
    lead = john_and_jane()
    await town.tell(lead)
    pool = town.machine.database.pool
    digest_id = uuid4()
    await pool.execute("UPDATE deliveries SET due_at = NULL, digest_id = $1", digest_id)
    await pool.execute(
        "INSERT INTO digests (id, workspace_id, recipient_id, window_start, window_end, in_doubt_since)"
        " SELECT $1, workspace_id, destination_id, now(), now(), now() FROM deliveries",
        digest_id,
    )
    answer = await town.machine.http.post(
        "/api/admin/people/disclosures", json={"leads": [{"lead_id": lead["lead_id"]}]}
    )
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 1


@pytest.mark.parametrize("digest", [True, False])
async def test_what_was_accepted_counts_as_told_though_somebody_in_it_was_erased_since(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, *, digest: bool
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        await add_recipient(machine, preferences=HOURLY if digest else None)
        await announce(machine, john_and_jane())
        if digest:
            await database.pool.execute(
                "UPDATE deliveries SET due_at = now() - interval '1 minute'"
            )
            await Collecting(database, SystemClock(), wake=machine.worker.wake).take()
        await die_after_the_call(machine, DIGEST if digest else "deliver-email")
        await erase(machine, JOHN)

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 1}
    assert sent(sandbox) == {"ops@acme.example": 1}


@pytest.mark.parametrize("digest", [True, False])
async def test_a_sender_that_is_changed_during_a_call_holds_for_what_was_refused_in_it(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, *, digest: bool
) -> None:
    path = f"/api/admin/senders/{WORKSPACE}"
    await sandbox.control.options("resend", domains={"acme.example": "verified"})
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        assert (await machine.http.put(path, json={"from_address": "a@acme.example"})).is_success
        await add_recipient(machine, preferences=HOURLY if digest else None)
        await announce(machine, a_lead())
    if digest:
        await database.pool.execute("UPDATE deliveries SET due_at = now() - interval '1 minute'")
    await sandbox.control.options("resend", domains={"acme.example": "failed"})
    await sandbox.control.behave("resend", operation="send", latency={"seconds": 2})

    async with running(SERVICE, make_settings(), database) as machine:

        async def is_in_a_call() -> bool:
            query = "SELECT count(*) FROM {} WHERE in_doubt_since IS NOT NULL"
            table = "digests" if digest else "deliveries"
            return bool(await database.pool.fetchval(query.format(table)))

        await eventually(is_in_a_call, "nothing is sent")
        assert (await machine.http.put(path, json={"from_address": None})).is_success
        await machine.settle()
        await let_go(machine, f"provider:resend:{WORKSPACE}")
        await machine.settle()

        assert await statuses(machine) == {"delivered": 1}

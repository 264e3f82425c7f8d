"""What an operator asks for again is sent: the recipient's rhythm was for news, and Resend knows no key of it."""

from typing import Any

import pytest

from delivery.bootstrap import SERVICE
from delivery.entrypoints.collecting import Collecting
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import a_lead, add_recipient, announce
from integration.delivery.machine import running
from integration.delivery.test_batches import calls, sent, statuses
from integration.delivery.test_fates import SECRET, tell
from integration.delivery.test_outcomes import retry_all
from integration.delivery.test_seams import HOURLY, told_of
from integration.delivery.town import BERLIN, DAILY, NIGHT, Town, berlin, is_digest
from leadstream.clock import SystemClock
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox

REFUSED = {"status": 422, "body": {"name": "validation_error"}}
# A page of somebody else's: surely not sent, and tried again.
FOREIGN = {"status": 404, "body": "<html>"}
LESS: list[dict[str, Any]] = [
    {"preferences": DAILY},
    {"preferences": HOURLY},
    {"preferences": BERLIN | {"rhythm": {"warm": "weekly"}}},
    {"min_score": "hot"},
]


async def fail_one(town: Town, **chosen: Any) -> Any:
    """A recipient, and a warm lead that Resend would not take for them."""
    recipient = await add_recipient(town.machine, **chosen)
    await town.sandbox.control.script("resend", None, REFUSED)
    await town.tell(a_lead(score="warm"))
    assert await town.deliveries() == {"failed": 1}
    return recipient


@pytest.mark.parametrize("change", LESS)
async def test_rhythm_that_was_chosen_since_keeps_nothing_from_being_sent(
    town: Town, change: dict[str, Any]
) -> None:
    recipient = await fail_one(town)
    await town.change(recipient, **change)

    # Not at the first attempt, either.
    await town.sandbox.control.script("resend", None, FOREIGN)
    await retry_all(town.machine)
    await town.machine.finish()

    assert await town.deliveries() == {"delivered": 1}
    assert [is_digest(mail) for mail in town.mails()] == [False]


async def test_quiet_hours_put_it_off_and_no_longer(town: Town) -> None:
    await town.at(berlin(22, 23))
    recipient = await fail_one(town)
    await town.change(recipient, preferences=DAILY | NIGHT)

    await retry_all(town.machine)
    await town.machine.settle()
    assert town.mails() == []
    await town.machine.database.pool.execute("UPDATE jobs SET run_at = now()")
    await town.at(berlin(23, 7))

    assert await town.deliveries() == {"delivered": 1}
    assert [is_digest(mail) for mail in town.mails()] == [False]


async def test_it_counts_for_the_cap(town: Town) -> None:
    recipient = await fail_one(town)
    await town.change(recipient, preferences=BERLIN | {"daily_cap": 1})
    await town.tell(a_lead(score="warm"))

    await retry_all(town.machine)
    await town.machine.settle()
    assert await town.deliveries() == {"delivered": 1, "failed": 1}
    await town.machine.database.pool.execute("UPDATE jobs SET run_at = now()")
    await town.at(berlin(23, 1))

    assert await town.deliveries() == {"delivered": 2}


@pytest.mark.parametrize("how", ["suppressed", "switched off"])
async def test_who_wants_no_emails_gets_none_on_demand(town: Town, how: str) -> None:
    recipient = await fail_one(town)
    if how == "switched off":
        await town.change(recipient, enabled=False)
    else:
        body = {"workspace_id": recipient["workspace_id"], "email": recipient["email"]}
        await town.machine.http.post("/api/admin/suppressions", json=body | {"reason": "manual"})

    await retry_all(town.machine)
    await town.machine.finish()

    assert town.mails() == []
    assert await town.deliveries() == {"cancelled": 1}


async def test_it_stays_in_its_batch_as_long_as_that_is_in_doubt(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        people = [await add_recipient(machine, f"{at}@acme.example") for at in range(3)]
        await announce(machine, a_lead(score="warm"))
        await sandbox.control.behave("resend", errors=REFUSED)
    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()
        assert await statuses(machine) == {"failed": 3}
        path = f"/api/admin/recipients/{people[1]['id']}"
        assert (await machine.http.patch(path, json={"min_score": "hot"})).is_success
        path = f"/api/admin/recipients/{people[2]['id']}"
        assert (await machine.http.patch(path, json={"preferences": DAILY})).is_success
    await sandbox.control.behave("resend")
    await sandbox.control.script("resend", None, {"action": "lose"})

    async with running(SERVICE, make_settings(), database, working=False) as machine:
        await retry_all(machine)
    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 3}
    assert calls(sandbox)[-2:] == [("send_batch", 3)] * 2
    assert sent(sandbox) == {f"{at}@acme.example": 1 for at in range(3)}


@pytest.mark.parametrize(("people", "digest"), [(1, False), (3, False), (1, True)])
async def test_what_resend_has_failed_at_is_another_email_under_another_key(
    database: Database,
    make_settings: MakeSettings,
    sandbox: Sandbox,
    people: int,
    *,
    digest: bool,
) -> None:
    """By itself it is tried under one key. That Resend knows that one for a day keeps nobody from asking."""
    settings = make_settings(resend_webhook_secret=SECRET, max_attempts=2)
    addresses = [f"{at}@acme.example" for at in range(people)]
    async with running(SERVICE, settings, database, working=False) as machine:
        for address in addresses:
            await add_recipient(machine, address, preferences=HOURLY if digest else None)
        await announce(machine, a_lead())
        if digest:
            await database.pool.execute(
                "UPDATE deliveries SET due_at = now() - interval '1 minute'"
            )
            await Collecting(database, SystemClock(), wake=machine.worker.wake).take()
    await sandbox.control.script("resend", None, *[{"action": "lose"}] * 2)

    async with running(SERVICE, settings, database) as machine:
        await machine.finish()
        assert await statuses(machine) == {"failed": people}
        first = keys(sandbox)
        assert len(first) == 1
        for address in addresses:
            assert (await tell(machine, told_of(sandbox, address, "email.failed"))).is_success
        await sandbox.control.clear()

        await sandbox.control.script("resend", None, {"action": "lose"})
        await retry_all(machine)
        await machine.finish()

        assert await statuses(machine) == {"delivered": people}
    assert sent(sandbox) == dict.fromkeys(addresses, 2)
    assert len(keys(sandbox)) == 2 * len(first)


def keys(sandbox: Sandbox) -> set[str]:
    return {entry["idempotency_key"] for entry in sandbox.ledger.entries(provider="resend")}

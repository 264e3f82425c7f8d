"""A destination that its receiver has switched off: said to everybody, and no lead is lost to it."""

from typing import Any

import pytest

from delivery.adapters.slack.sender import GONE as SLACK_WORDS
from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.gone import announced, channel, deliveries, of_channel, pauses
from integration.delivery.leads import (
    OTHER_WORKSPACE,
    a_lead,
    add_recipient,
    add_slack,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.waiting import eventually

GONE = {"status": 410}


async def switched_off(machine: Machine, sandbox: Sandbox, **answer: Any) -> Any:
    """A webhook that has said 410 to a lead, or whatever else is given."""
    made = await add_webhook(machine, sandbox)
    await sandbox.control.behave("hooks", errors=GONE | answer)
    await announce(machine, a_lead())
    await machine.settle()
    return made


async def until_told(machine: Machine, sandbox: Sandbox, *subjects: str) -> None:
    async def are_there() -> bool:
        return [subject for _, subject in sandbox.ledger.notices()] == list(subjects)

    await eventually(are_there, f"told is {sandbox.ledger.notices()}", within=40)


@pytest.mark.parametrize(
    ("status", "body"),
    [*((404, word) for word in sorted(SLACK_WORDS)), (400, "invalid_token"), (403, ""), (410, "")],
)
async def test_whatever_slack_calls_it_the_lead_waits_behind_a_pause(
    machine: Machine, sandbox: Sandbox, status: int, body: str
) -> None:
    made = await add_slack(machine, sandbox)
    await sandbox.control.behave("slack", errors={"status": status, "body": body})

    await announce(machine, a_lead())
    await machine.settle()

    word = f" {body}" if body else ""
    assert await pauses(machine) == [
        (f"destination:{made['id']}", "destination_gone", f"answered {status}{word}")
    ]
    assert await machine.jobs() == {"ready": 1}
    shown = await channel(machine, made)
    assert (shown["status"], shown["held_by"]) == ("disabled", ["destination_gone"])


async def test_b23_b52_410_is_a_pause_and_later_leads_wait_too(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    made = await switched_off(machine, sandbox)
    await announce(machine, a_lead())

    for event in await announced(machine, "partial", "partial"):
        held = of_channel(event, made)
        assert (held["status"], held["delivered_at"]) == ("held", None)
        assert held["error"] == "destination_gone: answered 410"
        assert [c["status"] for c in event["channels"] if c != held] == ["delivered"]
    # The second one was not even tried.
    assert len(sandbox.ledger.entries(provider="hooks")) == 1
    listed = await deliveries(machine, status="held")
    assert [each["held_by"] for each in listed] == [["destination_gone"]] * 2
    assert {each["error"] for each in listed} == {"destination_gone: answered 410"}
    assert await deliveries(machine, status="pending") == []
    assert (await channel(machine, made))["disabled_reason"] == "answered 410 Gone"
    assert await machine.events("lead.failed") == []
    [audit] = await machine.database.pool.fetch(
        "SELECT actor, target FROM audit_log WHERE action = 'channel.disabled'"
    )
    assert (audit["actor"], audit["target"]) == ("worker", f"channel:{made['id']}")


async def lift(machine: Machine, made: Any) -> Any:
    [pause] = (await machine.http.get("/api/admin/pauses")).json()["items"]
    return await machine.http.delete(f"/api/admin/pauses/{pause['id']}")


async def resume(machine: Machine, made: Any) -> Any:
    return await machine.http.post(f"/api/admin/channels/{made['id']}/resume")


async def try_it(machine: Machine, made: Any) -> Any:
    return await machine.http.post(f"/api/admin/channels/{made['id']}/test")


async def move(machine: Machine, made: Any) -> Any:
    path = f"/api/admin/channels/{made['id']}"
    return await machine.http.patch(path, json={"url": made["url"].replace("…", "hooks/moved")})


async def let_a_day_pass(machine: Machine, made: Any) -> Any:
    await machine.database.pool.execute("UPDATE pauses SET until = now()")
    await machine.board.refresh()
    machine.worker.wake()
    return await machine.http.get("/healthz")


@pytest.mark.parametrize("way", [lift, resume, try_it, move, let_a_day_pass])
async def test_b52_when_it_is_back_its_leads_go_out(
    machine: Machine, sandbox: Sandbox, way: Any
) -> None:
    await add_recipient(machine)
    made = await switched_off(machine, sandbox)
    await announce(machine, a_lead())
    await announced(machine, "partial", "partial")

    await sandbox.control.clear()
    answer = await way(machine, made)
    await machine.finish()

    assert answer.status_code == 200
    events = await announced(machine, "partial", "partial", "delivered", "delivered")
    for first, last in zip(events[:2], reversed(events[2:]), strict=True):
        if first["lead_id"] != last["lead_id"]:
            first = events[1] if first is events[0] else events[0]
        assert last["delivered_at"] > first["delivered_at"]
    shown = await channel(machine, made)
    assert (shown["status"], shown["disabled_reason"], shown["held_by"]) == ("active", None, None)
    assert await pauses(machine) == []
    assert {row["attempts"] for row in await deliveries(machine, channel="webhook")} == {1}


async def test_one_that_is_gone_still_waits_on_and_is_no_news(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    made = await switched_off(machine, sandbox)
    await until_told(machine, sandbox, "Webhook “warehouse” has been switched off")

    for _ in range(3):
        await let_a_day_pass(machine, made)

        async def is_held() -> bool:
            return bool(await pauses(machine))

        await eventually(is_held, "it is not held again", within=40)

    await machine.settle()
    assert len(sandbox.ledger.entries(provider="hooks")) == 4
    assert len(sandbox.ledger.notices()) == 1
    assert (await deliveries(machine, channel="webhook"))[0]["attempts"] == 0


async def test_the_admins_are_told_once_for_each_cause_and_once_when_all_is_well(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine, "sales@acme.example")
    await add_recipient(machine, "ann@acme.example", admin=True)
    await add_recipient(machine, "off@acme.example", admin=True, enabled=False)
    await add_recipient(machine, "x@other.example", workspace_id=str(OTHER_WORKSPACE), admin=True)
    made = await add_slack(machine, sandbox)
    await sandbox.control.behave("slack", errors={"status": 404, "body": "no_service"})
    off, well = "Slack channel “alerts” has been switched off", "Slack channel “alerts” works again"

    await announce(machine, *(a_lead() for _ in range(5)))
    await until_told(machine, sandbox, off)
    # Somebody says that it is mended, and it is not.
    await resume(machine, made)
    await until_told(machine, sandbox, off, off)
    await sandbox.control.clear()
    await resume(machine, made)
    await until_told(machine, sandbox, off, off, well)
    await machine.finish()

    assert {recipient for recipient, _ in sandbox.ledger.notices()} == {"ann@acme.example"}
    assert len(sandbox.ledger.slack_messages()) == 5


async def test_to_apply_what_was_applied_before_does_not_mend_it(
    machine: Machine, sandbox: Sandbox
) -> None:
    made = await switched_off(machine, sandbox)

    again = await add_webhook(machine, sandbox, status="active")

    assert (again["id"], again["status"]) == (made["id"], "disabled")
    assert again["held_by"] == ["destination_gone"]
    moved = {"url": f"{sandbox.url}/hooks/moved", "status": "active"}
    assert (await add_webhook(machine, sandbox, **moved))["status"] == "active"


async def test_without_admins_all_recipients_are_told(machine: Machine, sandbox: Sandbox) -> None:
    for name in ("ann", "ben"):
        await add_recipient(machine, f"{name}@acme.example")
    await switched_off(machine, sandbox)

    async def are_told() -> bool:
        return len(sandbox.ledger.notices()) == 2

    await eventually(are_told, "not both were told", within=40)
    assert {to for to, _ in sandbox.ledger.notices()} == {"ann@acme.example", "ben@acme.example"}


async def test_pausing_or_removing_it_gives_up_on_what_waits(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    made = await switched_off(machine, sandbox)
    await announce(machine, a_lead())
    await announced(machine, "partial", "partial")

    await machine.http.post(f"/api/admin/channels/{made['id']}/pause")
    await machine.finish()

    await announced(machine, "partial", "partial", "delivered", "delivered")
    assert {row["status"] for row in await deliveries(machine, channel="webhook")} == {"cancelled"}


async def test_removing_it_lets_nothing_wait(machine: Machine, sandbox: Sandbox) -> None:
    made = await switched_off(machine, sandbox)

    await machine.http.delete(f"/api/admin/channels/{made['id']}")
    await machine.finish()

    assert await pauses(machine) == []
    assert (await deliveries(machine))[0]["status"] == "cancelled"


async def test_a_word_about_what_the_channel_was_before_holds_nothing(
    machine: Machine, sandbox: Sandbox
) -> None:
    made = await add_webhook(machine, sandbox)
    await sandbox.control.script("hooks", None, {"status": 410, "delay": 2.0})
    await announce(machine, a_lead())

    async def is_called() -> bool:
        return bool(sandbox.ledger.entries(provider="hooks"))

    await eventually(is_called, "it was not called")
    await move(machine, made)
    await machine.finish()

    assert (await channel(machine, made))["status"] == "active"
    assert (await deliveries(machine))[0]["status"] == "delivered"
    assert sandbox.ledger.notices() == []


async def test_a_channel_that_was_disabled_before_there_were_pauses_is_tried_again(
    machine: Machine, sandbox: Sandbox
) -> None:
    await add_recipient(machine)
    made = await add_webhook(machine, sandbox)
    await machine.database.pool.execute(
        "UPDATE channels SET status = 'disabled', disabled_reason = 'answered 410 Gone'"
    )
    await announce(machine, a_lead())
    await machine.finish()

    assert (await channel(machine, made))["status"] == "active"
    assert (await machine.events("lead.delivered"))[0]["status"] == "delivered"


async def test_a_receiver_that_says_later_has_its_time_once_it_is_back(
    machine: Machine, sandbox: Sandbox
) -> None:
    made = await switched_off(machine, sandbox)
    await machine.database.pool.execute("UPDATE deliveries SET created_at = now() - interval '9 d'")
    await sandbox.control.clear()
    busy = {"status": 429, "headers": {"retry-after": "1"}}
    await sandbox.control.script("hooks", None, *([busy] * 4))

    await let_a_day_pass(machine, made)
    await machine.finish()

    assert (await deliveries(machine))[0]["status"] == "delivered"


async def test_b48_the_end_of_patience_is_told_once_and_its_end_too(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    # A sixth of it for a destination.
    async with running(SERVICE, make_settings(outage_patience=12), database) as machine:
        await add_recipient(machine)
        made = await add_webhook(machine, sandbox)
        await sandbox.control.behave("hooks", errors={"status": 503})
        await announce(machine, *(a_lead() for _ in range(6)))
        await machine.finish(seconds=120)

        await until_told(machine, sandbox, "Webhook “warehouse” could not be reached")
        events = await machine.events("lead.delivered")
        assert {event["status"] for event in events} == {"partial"}
        assert {of_channel(event, made)["status"] for event in events} == {"failed"}
        assert "not answered for" in of_channel(events[0], made)["error"]
        assert (await channel(machine, made))["status"] == "active"

        await sandbox.control.clear()
        # It closes the circuit at once.
        assert (await try_it(machine, made)).json()["delivered"]
        await machine.http.post("/api/admin/jobs/retry", json={"state": "failed"})
        await machine.finish(seconds=120)

        assert {row["status"] for row in await deliveries(machine)} == {"delivered"}
        await until_told(
            machine,
            sandbox,
            "Webhook “warehouse” could not be reached",
            "Webhook “warehouse” works again",
        )

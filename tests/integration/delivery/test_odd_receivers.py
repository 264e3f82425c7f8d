"""Receivers that accept, and say it as servers in the wild do: told once, whatever is beside the status."""

import pytest

from integration.delivery.leads import a_lead, add_recipient, add_slack, add_webhook, announce
from integration.delivery.machine import Machine
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.oddly import Odd
from support.waiting import eventually


@pytest.mark.parametrize("odd", list(Odd))
async def test_a_webhook_that_was_accepted_is_not_posted_again(
    machine: Machine, sandbox: Sandbox, odd: Odd
) -> None:
    await add_webhook(machine, sandbox)
    await sandbox.control.behave("hooks", odd=odd)

    await announce(machine, a_lead())
    await machine.finish()

    (row,) = await machine.database.pool.fetch("SELECT status, attempts FROM deliveries")
    assert (row["status"], row["attempts"]) == ("delivered", 1)
    assert len(sandbox.ledger.entries(provider="hooks")) == 1


@pytest.mark.parametrize("odd", [Odd.LATIN1, Odd.UTF8, Odd.HEADER_NAME, Odd.TRAILER])
async def test_a_receiver_that_is_gone_is_obeyed(
    machine: Machine, sandbox: Sandbox, odd: Odd
) -> None:
    channel = await add_webhook(machine, sandbox)
    gone = {
        "status": 410,
        "body": "gone",
        "headers": {"content-type": "text/plain; charset=base64"},
    }
    await sandbox.control.behave("hooks", odd=odd, errors=gone)

    await announce(machine, a_lead())

    async def is_held() -> bool:
        scopes = await machine.database.pool.fetch("SELECT scope FROM pauses")
        return f"destination:{channel['id']}" in {row["scope"] for row in scopes}

    await eventually(is_held, "nobody was told that the receiver is gone")
    assert len(sandbox.ledger.entries(provider="hooks")) == 1


@pytest.mark.parametrize("odd", [Odd.LATIN1, Odd.UTF8, Odd.BOM, Odd.UTF16, Odd.BYTES])
async def test_slack_and_resend_are_told_once(machine: Machine, sandbox: Sandbox, odd: Odd) -> None:
    await add_recipient(machine)
    await add_slack(machine, sandbox)
    for provider in ("slack", "resend"):
        await sandbox.control.behave(provider, odd=odd)

    await announce(machine, a_lead())
    await machine.finish()

    rows = await machine.database.pool.fetch("SELECT channel, status, attempts FROM deliveries")
    assert {(row["channel"], row["status"], row["attempts"]) for row in rows} == {
        ("email", "delivered", 1),
        ("slack", "delivered", 1),
    }
    assert len(sandbox.ledger.slack_messages()) == 1

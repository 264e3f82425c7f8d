"""Slack and Resend are asked no faster than they take."""

from datetime import timedelta

import pytest

from delivery.adapters.slack.turns import UrlTurns
from delivery.bootstrap import SERVICE
from delivery.domain.delivery import Channel
from integration.delivery.conftest import MakeSettings
from integration.delivery.gone import pauses
from integration.delivery.leads import a_lead, add_recipient, add_slack, announce
from integration.delivery.machine import running
from integration.delivery.test_batches import statuses
from integration.delivery.test_digests import HOURLY
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from unit.delivery.drafts import a_draft, a_hook

SECOND = timedelta(seconds=1)


async def test_one_message_at_a_time_whatever_channels_and_replicas_there_are(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, database_url: str
) -> None:
    settings = make_settings(slack_interval=0.25)
    limit = {"limit": 1, "window": 0.25}
    await sandbox.control.behave(
        "slack", rate_limit=limit, latency={"seconds": 0.05, "jitter": 0.05}
    )
    other = await Database.connect(database_url, schema="delivery", max_size=10)

    async with running(SERVICE, settings, database) as one, running(SERVICE, settings, other):
        for name in ("alerts", "deals"):
            await add_slack(one, sandbox, name)
        await announce(one, *(a_lead() for _ in range(30)))
        await one.finish(seconds=300)

        assert await pauses(one) == []
    await other.close()
    answers = sandbox.ledger.entries(provider="slack")
    assert [answer["status"] for answer in answers] == [200] * 60


async def test_turns_of_a_url_follow_each_others_answers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.adapters.slack.turns.LONGEST_WAIT", timedelta(seconds=1))
    turns = UrlTurns(database, interval=SECOND)
    draft, other = a_draft(Channel.SLACK), a_draft(Channel.SLACK, hook=a_hook(url="https://x.y/z"))

    assert await turns.take(draft) == timedelta(0)
    # While one is under way there is none for others, and it is not waited for without end.
    assert await turns.take(draft) is None
    assert await turns.take(other) == timedelta(0)
    await turns.end(draft)

    wait = await turns.take(draft)
    assert wait is not None
    assert timedelta(0) < wait <= SECOND


@pytest.mark.parametrize("ahead", ["1 hour", "-1 hour"])
@pytest.mark.parametrize("has_ended", [True, False])
async def test_neither_a_clock_that_was_set_nor_a_sender_that_died_stops_others(
    database: Database, ahead: str, *, has_ended: bool
) -> None:
    turns = UrlTurns(database, interval=SECOND)
    draft = a_draft(Channel.SLACK)
    await turns.take(draft)
    if has_ended:
        await turns.end(draft)
    await database.pool.execute(
        "UPDATE rate_limits SET updated_at = now() + $1::text::interval", ahead
    )

    assert await turns.take(draft) == timedelta(0)


@pytest.mark.parametrize("in_a_call", [1, 100])
async def test_resend_is_called_at_its_pace_whatever_the_calls_are_for(
    database: Database,
    make_settings: MakeSettings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    in_a_call: int,
) -> None:
    """Alerts one by one, or in a batch that is refused and parted; and digests beside them."""
    monkeypatch.setattr("delivery.bootstrap.EMAILS_IN_A_CALL", in_a_call)
    await sandbox.control.behave(
        "resend",
        rate_limit={"limit": 20, "window": 1},
        latency={"seconds": 0.15, "jitter": 0.05},
    )
    refusal = {"status": 422, "body": {"name": "validation_error"}}
    await sandbox.control.script("resend", "send_batch", refusal)
    settings = make_settings(resend_rate=None)
    async with running(SERVICE, settings, database, working=False) as machine:
        for at in range(10):
            await add_recipient(machine, f"{at}@acme.example")
            await add_recipient(machine, f"{at}-digest@acme.example", preferences=HOURLY)
        await announce(machine, *(a_lead() for _ in range(4)))
        await database.pool.execute(
            "UPDATE deliveries SET due_at = now() - interval '1 minute' WHERE due_at IS NOT NULL"
        )

    async with running(SERVICE, settings, database) as machine:
        await machine.finish(seconds=300)

        assert await statuses(machine) == {"delivered": 80}
    answers = [entry["status"] for entry in sandbox.ledger.entries(provider="resend")]
    assert len(answers) >= 50
    # Of a machine that stands still for a moment in between.
    assert answers.count(429) <= 2
    assert sandbox.ledger.doubled_emails() == {}

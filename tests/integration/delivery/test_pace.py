"""Slack is asked no faster than it takes."""

from datetime import timedelta

import pytest

from delivery.adapters.slack.turns import UrlTurns
from delivery.bootstrap import SERVICE
from delivery.domain.delivery import Channel
from integration.delivery.conftest import MakeSettings
from integration.delivery.gone import pauses
from integration.delivery.leads import a_lead, add_slack, announce
from integration.delivery.machine import running
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

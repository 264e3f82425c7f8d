"""What recipients have chosen holds, whatever happens meanwhile; each lead is told of once."""

import asyncio
import signal
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from delivery.adapters.digests import PostgresCaps, PostgresDigests
from delivery.application.deliver import BegunElsewhereError, Deferred
from delivery.bootstrap import SERVICE
from delivery.domain.delivery import Channel
from delivery.entrypoints.collecting import GRACE, Collecting
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import a_lead, add_recipient, add_slack, announce
from integration.delivery.machine import Machine, running
from integration.delivery.test_batches import claim
from integration.delivery.test_outcomes import (
    die_after_the_call,
    hold,
    let_go,
    retry_all,
    verdicts,
)
from integration.delivery.test_process import environment_of
from integration.delivery.town import (
    BERLIN,
    DAILY,
    NIGHT,
    Town,
    berlin,
    is_digest,
    leads_in,
)
from leadstream.clock import SystemClock
from leadstream.jobs.model import Priority, Succeeded
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.intake import ensure_topics
from support.kafka import KafkaAdmin
from support.service import run
from support.waiting import eventually
from unit.delivery.drafts import a_draft

HOURLY = {"rhythm": dict.fromkeys(("hot", "warm", "cold"), "hourly")}


async def test_a_day_of_leads_is_one_email_in_the_morning(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)
    leads = [a_lead(score=score) for score in ("cold", "hot", "warm", "hot")]

    await town.tell(*leads[:2])
    await town.tell(*leads[2:])
    assert town.mails() == []
    # Half an hour before, and at it.
    await town.at(berlin(23, 7, 30))
    assert town.mails() == []
    await town.at(berlin(23, 8))
    await town.at(berlin(24, 8))

    [mail] = town.mails()
    assert is_digest(mail)
    assert town.told() == Counter(lead["lead_id"] for lead in leads)
    assert await town.deliveries() == {"delivered": 4}
    assert mail["subject"].startswith("2 hot, 1 warm, 1 cold leads")


async def test_a_lead_is_announced_before_its_digest_and_delivered_with_it(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)

    await town.tell(a_lead())

    [early] = await town.machine.events("lead.delivered")
    assert early["status"] == "partial"
    [channel] = early["channels"]
    assert (channel["status"], channel["attempts"]) == ("held", 0)
    assert channel["error"] == "waits_for_digest: 2032-01-23 07:00 UTC"
    await town.at(berlin(23, 8))
    assert await verdicts(town.machine) == ["partial", "delivered"]
    [_, late] = await town.machine.events("lead.delivered")
    assert late["channels"][0]["attempts"] == 1


async def test_other_channels_are_told_at_once(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)
    await add_slack(town.machine, town.sandbox)

    await town.tell(a_lead())

    assert len(town.sandbox.ledger.entries(provider="slack")) == 1
    assert await verdicts(town.machine) == ["partial"]


async def test_each_score_has_its_own_rhythm(town: Town) -> None:
    rhythm = {"hot": "at_once", "warm": "hourly", "cold": "weekly"}
    await add_recipient(town.machine, preferences=BERLIN | {"rhythm": rhythm})
    hot, warm, cold = (a_lead(score=score) for score in rhythm)

    await town.tell(hot, warm, cold)
    assert town.told() == {hot["lead_id"]: 1}
    await town.at(berlin(22, 13))
    assert town.told() == {hot["lead_id"]: 1, warm["lead_id"]: 1}
    # Monday.
    await town.at(berlin(26, 8))
    assert town.told() == {each["lead_id"]: 1 for each in (hot, warm, cold)}
    assert [is_digest(mail) for mail in town.mails()] == [False, True, True]


async def test_night_is_slept_through_and_told_of_in_one_email(town: Town) -> None:
    await add_recipient(town.machine, preferences=NIGHT)
    leads = [a_lead() for _ in range(3)]

    await town.at(berlin(22, 23))
    await town.tell(*leads)
    await town.at(berlin(23, 6, 59))
    assert town.mails() == []
    await town.at(berlin(23, 7))

    assert len(town.mails()) == 1
    assert town.told() == Counter(lead["lead_id"] for lead in leads)


async def test_hot_ones_break_through_by_choice(town: Town) -> None:
    await add_recipient(town.machine, preferences=NIGHT | {"hot_breaks_through": True})
    hot, warm = a_lead(score="hot"), a_lead(score="warm")

    await town.at(berlin(22, 23))
    await town.tell(hot, warm)

    assert town.told() == {hot["lead_id"]: 1}


async def test_what_is_above_the_cap_is_the_next_days_first_email(town: Town) -> None:
    await add_recipient(town.machine, preferences=BERLIN | {"daily_cap": 2})
    leads = [a_lead() for _ in range(7)]

    await town.tell(*leads)
    assert [is_digest(mail) for mail in town.mails()] == [False, False]
    await town.at(berlin(22, 23, 59))
    assert len(town.mails()) == 2
    await town.at(berlin(23, 1))

    assert [is_digest(mail) for mail in town.mails()] == [False, False, True]
    assert town.told() == Counter(lead["lead_id"] for lead in leads)
    # Nothing of it was an attempt.
    rows = await town.machine.database.pool.fetch("SELECT attempts FROM deliveries")
    assert {row["attempts"] for row in rows} == {1}
    # It counts, too.
    late = [a_lead() for _ in range(2)]
    await town.tell(*late)
    assert len(town.mails()) == 4


async def test_what_nobody_may_send_now_waits_though_it_was_to_go_at_once(town: Town) -> None:
    """Resend was away until it was night."""
    await add_recipient(town.machine, preferences=NIGHT)
    await town.sandbox.control.behave("resend", errors={"status": 403, "body": "{}"})
    lead = a_lead()
    await town.tell(lead)
    await town.sandbox.control.behave("resend")

    await town.at(berlin(22, 23))
    await town.machine.database.pool.execute("DELETE FROM pauses")
    await town.machine.board.refresh()
    await town.machine.database.pool.execute("UPDATE jobs SET run_at = now()")
    await town.at(berlin(22, 23, 30))

    assert town.mails() == []
    await town.at(berlin(23, 7))
    assert town.told() == {lead["lead_id"]: 1}


@pytest.mark.parametrize(
    ("change", "mails", "statuses"),
    [
        ({"enabled": False}, 0, {"cancelled": 2}),
        ({"min_score": "hot"}, 1, {"cancelled": 1, "delivered": 1}),
        ({"preferences": {"rhythm": {"hot": "at_once"}}}, 2, {"delivered": 2}),
        ({"preferences": {"rhythm": {"hot": "at_once", "warm": "at_once"}}}, 1, {"delivered": 2}),
        ({"preferences": {"rhythm": {"warm": "weekly"}}}, 1, {"delivered": 1, "pending": 1}),
    ],
)
async def test_change_takes_effect_for_what_waits(
    town: Town, change: dict[str, Any], mails: int, statuses: dict[str, int]
) -> None:
    recipient = await add_recipient(town.machine, preferences=DAILY)
    await town.tell(a_lead(score="hot"), a_lead(score="warm"))

    await town.change(recipient, **change)
    await town.at(town.clock.now() + GRACE)
    await town.at(berlin(23, 8))

    assert len(town.mails()) == mails
    assert await town.deliveries() == statuses
    assert set(town.told().values()) <= {1}


async def test_switched_off_and_on_again_loses_nothing(town: Town) -> None:
    recipient = await add_recipient(town.machine, preferences=DAILY)
    lead = a_lead()
    await town.tell(lead)

    await town.change(recipient, enabled=False)
    await town.at(berlin(22, 20))
    await town.change(recipient, enabled=True)
    await town.at(berlin(23, 8))

    assert town.told() == {lead["lead_id"]: 1}


@pytest.mark.parametrize("how", ["removed", "suppressed"])
async def test_whoever_is_gone_gets_no_digest(town: Town, how: str) -> None:
    recipient = await add_recipient(town.machine, preferences=DAILY)
    await town.tell(a_lead())

    if how == "removed":
        await town.machine.http.delete(f"/api/admin/recipients/{recipient['id']}")
    else:
        body = {"workspace_id": recipient["workspace_id"], "email": recipient["email"]}
        await town.machine.http.post("/api/admin/suppressions", json=body | {"reason": "manual"})
    await town.at(berlin(23, 8))

    assert town.mails() == []
    assert await town.deliveries() == {"cancelled": 1}


async def test_lead_that_rose_while_it_waited_is_shown_once(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)
    lead = uuid4()
    await town.tell(a_lead(lead=lead, score="warm"))
    await town.tell(a_lead(lead=lead, score="hot", revision=2))

    await town.at(berlin(23, 8))

    [mail] = town.mails()
    assert mail["subject"].startswith("1 hot lead")
    assert await town.deliveries() == {"delivered": 2}


async def test_refused_digest_fails_its_leads_and_can_be_sent_again(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)
    leads = [a_lead(), a_lead()]
    await town.tell(*leads)
    answer = {"action": "answer", "status": 422, "body": {"name": "validation_error"}}
    await town.sandbox.control.script("resend", None, answer)
    await town.at(berlin(23, 8))
    assert await town.deliveries() == {"failed": 2}

    await retry_all(town.machine)
    await town.machine.finish()

    assert await town.deliveries() == {"delivered": 2}
    assert town.told() == Counter(lead["lead_id"] for lead in leads)


async def test_two_hundred_leads_are_one_email_and_the_rest_another(town: Town) -> None:
    await add_recipient(town.machine, preferences=DAILY)
    leads = [a_lead(score=score) for score in ("hot", "warm", "cold") for _ in range(70)]
    await town.tell(*leads)

    await town.at(berlin(23, 8))

    assert [len(leads_in(mail)) for mail in town.mails()] == [200, 10]
    assert town.told() == Counter(lead["lead_id"] for lead in leads)
    assert await town.deliveries() == {"delivered": 210}


async def test_windows_that_end_while_resend_is_away_are_one_email(town: Town) -> None:
    await add_recipient(town.machine, preferences=HOURLY)
    await hold(town.machine, "provider:resend")
    leads = [a_lead(score=score) for score in ("cold", "hot", "warm")]

    for hour, lead in enumerate(leads, 13):
        await town.tell(lead)
        await town.at(berlin(22, hour))
    jobs = await town.machine.database.pool.fetch("SELECT priority FROM jobs")
    assert [job["priority"] for job in jobs] == [Priority.HOT]
    await let_go(town.machine, "provider:resend")
    await town.machine.finish()

    [mail] = town.mails()
    assert mail["subject"].startswith("1 hot, 1 warm, 1 cold leads")
    assert "to Thu 22 Jan, 14:00" in mail["text"]
    assert await town.deliveries() == {"delivered": 3}


async def test_what_joins_has_room_or_is_the_next_email(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delivery.adapters.digests.MOST_LEADS", 3)
    await add_recipient(town.machine, preferences=HOURLY)
    await hold(town.machine, "provider:resend")

    for hour in (13, 14, 15):
        await town.tell(a_lead(), a_lead())
        await town.at(berlin(22, hour))
    await let_go(town.machine, "provider:resend")
    await town.machine.finish()

    assert sorted(len(leads_in(mail)) for mail in town.mails()) == [3, 3]
    assert set(town.told().values()) == {1}


async def test_nothing_joins_what_may_have_gone_out(town: Town) -> None:
    await add_recipient(town.machine, preferences=HOURLY)
    first, second = a_lead(), a_lead()
    await town.tell(first)
    await die_with_the_answer(town)
    await town.tell(second)
    await town.at(berlin(22, 14))
    await let_go(town.machine, "provider:resend")
    await town.machine.finish()

    assert [leads_in(mail) for mail in town.mails()] == [
        {each["lead_id"]} for each in (first, second)
    ]


async def die_with_the_answer(town: Town) -> None:
    """Of the worker; and nothing is sent again until the pause is lifted."""
    await hold(town.machine, "kind:deliver-digest")
    await town.at(berlin(22, 13))
    await die_after_the_call(town.machine, "deliver-digest")
    await hold(town.machine, "provider:resend")
    await let_go(town.machine, "kind:deliver-digest")


async def test_whoever_has_it_in_hand_begins_nothing_that_others_have_joined(town: Town) -> None:
    """A worker that was taken for dead: without what has joined since it would be half of the e-mail."""
    await add_recipient(town.machine, preferences=HOURLY)
    await hold(town.machine, "provider:resend")
    await town.tell(a_lead())
    await town.at(berlin(22, 13))
    [job] = await town.machine.database.pool.fetch(
        "SELECT id FROM jobs WHERE kind = 'deliver-digest'"
    )
    digests = PostgresDigests(town.machine.database)
    draft = await digests.load(job["id"])
    assert draft is not None

    await town.tell(a_lead())
    await town.at(berlin(22, 14))

    with pytest.raises(BegunElsewhereError):
        await digests.begin(draft, b"half of it", renewed=False)
    await let_go(town.machine, "provider:resend")
    await town.machine.finish()
    assert [len(leads_in(mail)) for mail in town.mails()] == [2]


async def said(town: Town) -> str:
    answer = await town.machine.http.get("/api/admin/deliveries?status=held")
    [each] = answer.json()["items"]
    found: str = each["error"]
    return found


async def test_what_is_said_of_a_wait_is_what_is_so(town: Town) -> None:
    recipient = await add_recipient(town.machine, preferences=DAILY)
    await town.tell(a_lead(score="warm"))
    assert await said(town) == "waits_for_digest: 2032-01-23 07:00 UTC"

    await town.change(recipient, preferences={"rhythm": {"warm": "weekly"}})

    assert await said(town) == "waits_for_digest: 2032-01-26 07:00 UTC"


async def test_what_was_held_and_is_put_off_is_said_to_wait(town: Town) -> None:
    await add_recipient(town.machine, preferences=NIGHT)
    await hold(town.machine, "provider:resend")
    await town.tell(a_lead())
    pool = town.machine.database.pool
    await pool.execute("UPDATE pauses SET created_at = now() - interval '2 minutes'")
    await town.at(berlin(22, 21))
    assert await said(town) == "test"

    town.clock.advance(timedelta(hours=2))
    await let_go(town.machine, "provider:resend")
    await town.machine.finish()

    assert await said(town) == "waits_for_digest: 2032-01-23 06:00 UTC"


async def test_alerts_are_locked_before_what_is_put_off(town: Town) -> None:
    """As by everybody else: whoever has the alert and wants the deliveries would wait in a circle."""
    machine = town.machine
    await hold(machine, "provider:resend")
    await add_recipient(machine)
    await town.tell(a_lead())
    [job] = await claim(machine)
    kind = next(each for each in machine.parts.kinds if each.name == job.kind)
    outcome = Succeeded(result=Deferred(until=berlin(23, 8)))
    settled = kind.settle(job, outcome, began=town.clock.now(), ended=town.clock.now())

    async def record() -> None:
        async with machine.database.transaction() as tx:
            await kind.recorder(tx, [settled])

    async def is_waiting() -> bool:
        query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        return bool(await machine.database.pool.fetchval(query))

    async with machine.database.pool.acquire() as other, other.transaction():
        await other.fetch("SELECT id FROM alerts FOR UPDATE")
        recording = asyncio.create_task(record())
        await eventually(is_waiting, "nobody waits for the alert")
        await other.fetch("SELECT id FROM deliveries FOR UPDATE NOWAIT")
    await recording

    assert await town.waits_until() == [berlin(23, 8)]


async def test_cap_is_of_all_that_go_out_together(town: Town) -> None:
    people = [await add_recipient(town.machine, f"{at}@acme.example") for at in range(2)]
    caps = PostgresCaps(town.machine.database)
    day = date(2032, 1, 22)
    drafts = [
        a_draft(Channel.EMAIL, id=uuid4(), destination_id=UUID(each["id"]))
        for each in people
        for _ in range(3)
    ]

    taken = await asyncio.gather(*(caps.take(draft, day, 2) for draft in drafts))

    assert taken == [True, True, False] * 2
    assert not await caps.take(drafts[0], day - timedelta(days=1), 9)
    assert await caps.take(drafts[0], day + timedelta(days=1), 2)


async def test_replicas_put_together_each_lead_once(town: Town) -> None:
    for number in range(20):
        await add_recipient(town.machine, f"p{number}@acme.example", preferences=DAILY)
    leads = [a_lead() for _ in range(10)]
    await town.tell(*leads)
    town.clock.advance(timedelta(days=2))
    replicas = [Collecting(town.machine.database, town.clock, wake=lambda: None) for _ in "abc"]

    await asyncio.gather(*(replica.take() for replica in replicas))
    await town.at(town.clock.now())

    assert len(town.mails()) == 20
    assert set(town.told().values()) == {20}


async def wait_for_the_morning(machine: Machine, *leads: dict[str, Any]) -> Any:
    """By the clock on the wall, which Postgres' doubts are of: the morning comes early."""
    recipient = await add_recipient(machine, preferences=DAILY)
    await announce(machine, *leads)
    await machine.database.pool.execute("UPDATE deliveries SET due_at = now() - interval '1 hour'")
    await Collecting(machine.database, SystemClock(), wake=lambda: None).take()
    return recipient


async def test_b44_killed_between_building_and_sending_it_is_the_same_email_once(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    """Whoever comes next sends the very same bytes under the same key, though the words would be others by now."""
    settings, leads = make_settings(), [a_lead() for _ in range(3)]
    async with running(SERVICE, settings, database, working=False) as doomed:
        recipient = await wait_for_the_morning(doomed, *leads)
        await die_before_the_call(doomed)
        await die_after_the_call(doomed, "deliver-digest")
        body = {"preferences": {"zone": "Asia/Kathmandu"}}
        await doomed.http.patch(f"/api/admin/recipients/{recipient['id']}", json=body)

    async with running(SERVICE, settings, database) as machine:
        await machine.finish()

        assert await verdicts(machine) == ["delivered"] * 3
    assert_sent_once(sandbox, leads, calls=2)


@pytest.fixture
async def process_environment(
    database_url: str, kafka: str, kafka_admin: KafkaAdmin, sandbox: Sandbox
) -> dict[str, str]:
    await ensure_topics(kafka_admin, "lead.enriched", "lead.delivered", "lead.upload")
    app = {"APP_URL": "https://app.leadstream.example", "JOB_LEASE": "5"}
    return environment_of(database_url, kafka, sandbox) | app


@pytest.mark.parametrize("point", ["claimed", "call_sent", "answer_received", "settled"])
async def test_b44_process_that_is_killed_with_a_digest_in_hand_sends_it_once(
    database: Database,
    make_settings: MakeSettings,
    sandbox: Sandbox,
    process_environment: dict[str, str],
    point: str,
) -> None:
    settings, leads = make_settings(), [a_lead() for _ in range(3)]
    async with running(SERVICE, settings, database, working=False) as machine:
        await wait_for_the_morning(machine, *leads)
    environment = process_environment | {"LEADSTREAM_FAILPOINTS": f"{point}:1"}

    doomed = await run(SERVICE, "worker", environment)
    await asyncio.wait_for(doomed.communicate(), 90)
    assert doomed.returncode == -signal.SIGKILL
    async with running(SERVICE, settings, database) as machine:
        await machine.finish()

        assert {each["status"] for each in await deliveries_of(machine)} == {"delivered"}
    assert_sent_once(sandbox, leads, calls=2 if point in {"call_sent", "answer_received"} else 1)


async def deliveries_of(machine: Machine) -> list[Any]:
    answer = await machine.http.get("/api/admin/deliveries")
    found: list[Any] = answer.json()["items"]
    return found


def assert_sent_once(sandbox: Sandbox, leads: list[dict[str, Any]], *, calls: int) -> None:
    [(entry, _)] = sandbox.ledger.effects("email")
    sent = sandbox.ledger.entries(provider="resend", operation="send")
    assert len(sent) <= calls
    assert {each["idempotency_key"] for each in sent} == {entry["idempotency_key"]}
    assert [each.body for each in sent] == [entry.body] * len(sent)
    assert leads_in(entry.body) == {lead["lead_id"] for lead in leads}


async def die_before_the_call(machine: Machine) -> None:
    """Write the e-mail down, and be gone."""
    [job] = await machine.database.pool.fetch("SELECT id FROM jobs WHERE kind = 'deliver-digest'")
    kind = next(each for each in machine.parts.kinds if each.name == "deliver-digest")
    handler: Any = kind.handler
    draft = await handler._deliveries.load(UUID(str(job["id"])))
    written = handler._sender.compose(draft)
    assert await handler._deliveries.begin(draft, written, renewed=False) == written
    again = await handler._deliveries.load(draft.id)
    assert again.message == written


async def test_year_of_mornings_is_a_year_of_emails(town: Town) -> None:
    """Each window by itself, through the change of clocks."""
    await add_recipient(town.machine, preferences=DAILY)
    leads: list[str] = []
    await town.at(datetime(2032, 3, 26, 12, tzinfo=UTC))
    for _ in range(4):
        lead = a_lead()
        leads.append(lead["lead_id"])
        await town.tell(lead)
        [due] = await town.waits_until()
        await town.at(due + GRACE)

    assert [leads_in(mail) for mail in town.mails()] == [{lead} for lead in leads]
    rows = await town.machine.database.pool.fetch(
        "SELECT window_end FROM digests ORDER BY window_end"
    )
    hours = [later["window_end"] - first["window_end"] for first, later in pairwise(rows)]
    assert hours == [timedelta(hours=23), timedelta(hours=24), timedelta(hours=24)]

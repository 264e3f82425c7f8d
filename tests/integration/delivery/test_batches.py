"""Many e-mails in one call: nobody gets one twice, and nobody's is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from delivery.application.deliver import Attempt, Draft
from delivery.application.deliver_together import DeliverTogether
from delivery.bootstrap import SERVICE
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    OTHER_WORKSPACE,
    WORKSPACE,
    a_lead,
    add_recipient,
    announce,
)
from integration.delivery.machine import Machine, running
from leadstream.jobs.ledger import Ledger
from leadstream.jobs.model import Job, Outcome, Priority, Succeeded
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from support.clock import FakeClock

KIND = "deliver-email"


def calls(sandbox: Sandbox) -> list[tuple[str, int]]:
    """The operation of each call, and how many e-mails were in it."""
    return [
        (entry.operation, len(entry.body) if isinstance(entry.body, list) else 1)
        for entry in sandbox.ledger.entries(provider="resend")
    ]


def sent(sandbox: Sandbox) -> Counter[str]:
    """How many e-mails each recipient got."""
    return Counter(
        recipient
        for _, effect in sandbox.ledger.effects("email")
        for recipient in effect["recipients"]
    )


async def statuses(machine: Machine) -> dict[str, int]:
    rows = await machine.database.pool.fetch("SELECT status, count(*) FROM deliveries GROUP BY 1")
    return {row["status"]: row["count"] for row in rows}


async def claim(machine: Machine, priority: Priority = Priority.HOT) -> list[Job]:
    """Claim all there is, with a lease that is over at once: as a worker that is about to die."""
    ledger = Ledger(machine.database, lease=timedelta(milliseconds=1))
    rows = await machine.database.pool.fetch(
        "SELECT DISTINCT lane FROM jobs WHERE kind = $1 AND state = 'ready'", KIND
    )
    jobs = await ledger.claim(KIND, [(priority, row["lane"], 100) for row in rows])
    return sorted(jobs, key=lambda job: job.id)


def together(machine: Machine) -> DeliverTogether:
    (kind,) = (each for each in machine.parts.kinds if each.name == KIND)
    assert isinstance(kind.group_handler, DeliverTogether)
    return kind.group_handler


async def attempt(machine: Machine, jobs: Sequence[Job]) -> Sequence[Outcome]:
    return await together(machine)(jobs)


@asynccontextmanager
async def doomed(
    database: Database, make_settings: MakeSettings, *, count: int = 5
) -> AsyncIterator[Machine]:
    """A replica with alerts for so many people, whose worker has not begun."""
    async with running(SERVICE, make_settings(), database, working=False) as machine:
        for at in range(count):
            await add_recipient(machine, f"{at}@acme.example")
        await announce(machine, a_lead())
        yield machine


async def test_what_is_due_together_goes_out_in_few_calls(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with running(SERVICE, make_settings(), database, working=False) as idle:
        for workspace in (WORKSPACE, OTHER_WORKSPACE):
            for at in range(2):
                await add_recipient(idle, f"{at}@acme.example", workspace_id=str(workspace))
        leads = [
            a_lead(workspace=workspace, score="warm")
            for _ in range(60)
            for workspace in (WORKSPACE, OTHER_WORKSPACE)
        ]
        await announce(idle, *leads)

    async with running(SERVICE, make_settings(resend_rate=1000), database) as machine:
        await machine.finish()

        # As many as make a body of 1 MB, and a hundred at most.
        assert len(calls(sandbox)) <= 6
        assert max(size for _, size in calls(sandbox)) > 80
        assert sandbox.ledger.doubled_emails() == {}
        assert await statuses(machine) == {"delivered": 240}
        receipts = await database.pool.fetch(
            "SELECT receipt, lead_id, destination_id FROM deliveries"
        )
        assert {row["receipt"] for row in receipts} == {
            effect["id"] for _, effect in sandbox.ledger.effects("email")
        }
        by_receipt = {
            effect["id"]: effect["lead_id"] for _, effect in sandbox.ledger.effects("email")
        }
        assert all(by_receipt[row["receipt"]] == str(row["lead_id"]) for row in receipts)


async def test_one_alone_goes_out_alone(machine: Machine, sandbox: Sandbox) -> None:
    await add_recipient(machine)

    await announce(machine, a_lead())
    await machine.finish()

    assert calls(sandbox) == [("send", 1)]


@pytest.mark.parametrize("action", ["lose", "half", "drop"])
async def test_a_batch_whose_answer_was_lost_is_sent_again_as_it_was(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, action: str
) -> None:
    async with doomed(database, make_settings):
        pass
    await sandbox.control.script("resend", None, {"action": action}, {"action": action})

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
    first, *others = sandbox.ledger.entries(provider="resend")
    assert calls(sandbox) == [("send_batch", 5)] * 3
    assert {entry["idempotency_key"] for entry in others} == {first["idempotency_key"]}
    assert all(entry.body == first.body for entry in others)
    assert set(sent(sandbox).values()) == {1}


async def test_a_worker_killed_before_its_call_leaves_a_batch_that_is_sent_once(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        jobs = await claim(machine)
        # All is noted, and the call never left.
        await sandbox.control.script("resend", None, {"action": "drop"})
        await attempt(machine, jobs)

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
    assert set(sent(sandbox).values()) == {1}


async def test_a_worker_killed_after_its_call_sends_nothing_twice_whoever_goes_on(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        assert all(
            isinstance(each, Succeeded) for each in await attempt(machine, await claim(machine))
        )
        # What comes now goes out beside it.
        await add_recipient(machine, "late@acme.example")
        await announce(machine, a_lead())

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 11}
    assert sandbox.ledger.doubled_emails() == {}
    assert sent(sandbox) == {f"{at}@acme.example": 2 for at in range(5)} | {"late@acme.example": 1}


async def test_any_of_its_jobs_brings_the_whole_batch(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        jobs = await claim(machine)
        await attempt(machine, jobs)

        for job in jobs:
            (outcome,) = await attempt(machine, [job])
            assert isinstance(outcome, Succeeded)

    assert calls(sandbox) == [("send_batch", 5)] * 6
    bodies = [entry.body for entry in sandbox.ledger.entries(provider="resend")]
    assert all(body == bodies[0] for body in bodies)
    assert set(sent(sandbox).values()) == {1}


@pytest.mark.parametrize("accepted", [True, False])
async def test_who_opts_out_leaves_a_batch_in_doubt_and_the_others_get_theirs_once(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, *, accepted: bool
) -> None:
    async with doomed(database, make_settings) as machine:
        await sandbox.control.script("resend", None, {"action": "lose" if accepted else "drop"})
        await attempt(machine, await claim(machine))
        await unsubscribe(machine, "2@acme.example")

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 4, "cancelled": 1}
    expected = {f"{at}@acme.example": 1 for at in range(5) if accepted or at != 2}
    assert sent(sandbox) == expected


async def test_who_comes_back_to_a_batch_that_went_on_is_sent_it_only_on_demand(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        await sandbox.control.script("resend", None, {"action": "drop"}, {"action": "lose"})
        jobs = await claim(machine)
        await attempt(machine, jobs)
        await unsubscribe(machine, "2@acme.example")
        await attempt(machine, jobs)
        await database.pool.execute("DELETE FROM suppressions")

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        # It was not sent with the others, and nobody can know: it is said, and sent when somebody asks.
        assert await statuses(machine) == {"delivered": 4, "failed": 1}
        answer = await machine.http.post("/api/admin/jobs/retry", json={"state": "failed"})
        assert answer.status_code == 202
        await machine.finish()
        assert await statuses(machine) == {"delivered": 5}
    assert sent(sandbox) == {f"{at}@acme.example": 1 for at in range(5)}


async def test_what_was_erased_since_goes_out_once_with_what_is_left(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        await sandbox.control.script("resend", None, {"action": "lose"})
        await attempt(machine, await claim(machine))
        # As an erasure leaves it: the next attempt writes its own.
        await database.pool.execute("UPDATE deliveries SET message = NULL")
        await database.pool.execute(
            "UPDATE alerts SET content = jsonb_set(content, '{company,name}', '\"Other\"')"
        )

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
    assert sent(sandbox) == {f"{at}@acme.example": 1 for at in range(5)}


async def test_a_batch_partly_written_down_is_not_sent_again(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        jobs = await claim(machine)
        await attempt(machine, jobs)
        await database.pool.execute(
            "UPDATE deliveries SET status = 'delivered', message = NULL, in_doubt_since = NULL WHERE id = $1",
            jobs[0].id,
        )

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
    assert set(sent(sandbox).values()) == {1}


async def test_what_is_wrong_with_one_email_keeps_no_other_back(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings):
        # As it may come out of an import from before addresses were checked.
        await database.pool.execute(
            "UPDATE recipients SET email = 'not an address' WHERE email LIKE '3@%'"
        )

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 4, "failed": 1}
        (row,) = await database.pool.fetch(
            "SELECT error_class, status_code FROM deliveries WHERE status = 'failed'"
        )
        assert tuple(row) == ("refused", 422)
    assert calls(sandbox) == [("send_batch", 5), ("send", 1)]


async def test_a_refused_one_whose_own_answer_is_lost_is_never_taken_for_accepted(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings):
        await database.pool.execute(
            "UPDATE recipients SET email = 'not an address' WHERE email LIKE '3@%'"
        )
    await sandbox.control.script("resend", "send", {"action": "drop"}, {"action": "drop"})

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 4, "failed": 1}
    assert set(sent(sandbox).values()) == {1}


REFUSAL = {"statusCode": 422, "name": "validation_error", "message": "The batch is not right."}


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_batch_refused_as_a_whole_goes_out_one_by_one(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, status: int
) -> None:
    async with doomed(database, make_settings):
        pass
    body = REFUSAL | {"statusCode": status}
    await sandbox.control.behave(
        "resend", operation="send_batch", errors={"status": status, "body": body}
    )

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
    assert calls(sandbox) == [("send_batch", 5), *[("send", 1)] * 5]
    assert set(sent(sandbox).values()) == {1}


@pytest.mark.parametrize("allowed", [1, 3])
async def test_what_keeps_one_from_going_out_keeps_the_rest_and_loses_nothing(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, allowed: int
) -> None:
    async with doomed(database, make_settings):
        pass
    await sandbox.control.behave(
        "resend", operation="send_batch", errors={"status": 422, "body": REFUSAL}
    )
    await sandbox.control.behave(
        "resend", operation="send", rate_limit={"limit": allowed, "window": 1}
    )

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
        attempts = await database.pool.fetchval("SELECT max(attempts) FROM jobs")
        assert attempts == 1
    assert set(sent(sandbox).values()) == {1}


async def test_a_pause_between_two_attempts_may_make_another_batch(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings):
        pass
    refusal = {"statusCode": 429, "name": "rate_limit_exceeded", "message": "x"}
    await sandbox.control.script(
        "resend", None, {"status": 429, "body": refusal, "headers": {"retry-after": "1"}}
    )

    async with running(SERVICE, make_settings(), database) as machine:
        await announce(machine, a_lead())
        await machine.finish()

        assert await statuses(machine) == {"delivered": 10}
        assert await database.pool.fetchval("SELECT max(attempts) FROM jobs") == 1
    assert sandbox.ledger.doubled_emails() == {}


async def test_a_batch_that_resend_failed_at_keeps_its_key(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings):
        pass
    await sandbox.control.script("resend", None, {"status": 500, "body": "oops"}, {"status": 502})

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.finish()

        assert await statuses(machine) == {"delivered": 5}
    keys = {entry["idempotency_key"] for entry in sandbox.ledger.entries(provider="resend")}
    assert len(keys) == 1


async def test_a_batch_whose_key_has_expired_is_given_up_until_somebody_asks(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings) as machine:
        await attempt(machine, await claim(machine))
    await sandbox.control.settings(clock_offset=25 * 3600)
    tomorrow = FakeClock(datetime.now(UTC) + timedelta(hours=25))

    async with running(SERVICE, make_settings(), database, clock=tomorrow) as machine:
        await machine.finish()

        assert await statuses(machine) == {"failed": 5}
    assert set(sent(sandbox).values()) == {1}


async def test_two_workers_with_the_same_batch_send_it_once(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    async with doomed(database, make_settings, count=40) as machine:
        await sandbox.control.script("resend", None, {"action": "lose"})
        await attempt(machine, await claim(machine))
    await sandbox.control.behave("resend", latency={"seconds": 0.2})

    settings = make_settings()
    async with (
        running(SERVICE, settings, database) as machine,
        running(SERVICE, settings, database),
    ):
        await machine.finish()

        assert await statuses(machine) == {"delivered": 40}
    assert set(sent(sandbox).values()) == {1}


@pytest.mark.parametrize("is_written_down", [False, True], ids=["in doubt", "written down"])
async def test_who_read_before_another_has_sent_them_sends_nothing_twice(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox, *, is_written_down: bool
) -> None:
    """A worker that was taken for dead, and stalls between reading and sending; one of them was sent alone since."""
    async with doomed(database, make_settings) as machine:
        jobs = await claim(machine)
        late = together(machine)
        read = await asyncio.gather(*(late._alone.open(job) for job in jobs))
        await attempt(machine, jobs)
        if is_written_down:
            await database.pool.execute(
                "UPDATE deliveries SET status = 'delivered', message = NULL, in_doubt_since = NULL"
                " WHERE id <> $1",
                jobs[1].id,
            )
        await database.pool.execute(
            "UPDATE deliveries SET batch_id = NULL, in_doubt_since = now() WHERE id = $1",
            jobs[0].id,
        )

        await late._send([each for each in read if isinstance(each, Attempt)])

    assert set(sent(sandbox).values()) == {1}


@pytest.mark.parametrize(
    "what_they_did",
    [
        "status = 'delivered', message = NULL, in_doubt_since = NULL",
        "status = 'failed', in_doubt_since = NULL",
        "in_doubt_since = NULL",
        "batch_id = NULL",
        "batch_id = '00000000-0000-0000-0000-000000000000'",
    ],
)
async def test_what_others_end_while_a_batch_is_read_is_not_in_it(
    database: Database,
    make_settings: MakeSettings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    what_they_did: str,
) -> None:
    """Of the leads that it was about nothing may be left to write it from."""
    async with doomed(database, make_settings) as machine:
        jobs = await claim(machine)
        await sandbox.control.script("resend", None, {"action": "lose"})
        await attempt(machine, jobs)
        deliveries = together(machine)._deliveries
        load, ending = deliveries.load, asyncio.Lock()
        [row] = await database.pool.fetch("SELECT DISTINCT batch_id FROM deliveries")

        async def load_late(delivery_id: UUID) -> Draft | None:
            async with ending:
                await database.pool.execute(
                    f"UPDATE deliveries SET {what_they_did} WHERE id <> $1",  # noqa: S608 - of the table above
                    jobs[1].id,
                )
                await database.pool.execute("UPDATE alerts SET content = NULL")
            return await load(delivery_id)

        monkeypatch.setattr(deliveries, "load", load_late)
        found = await deliveries.in_doubt_of(row["batch_id"])
        outcomes = await attempt(machine, jobs[1:2])

    assert [each.id for each in found] == [jobs[1].id]
    assert isinstance(outcomes[0], Succeeded)
    assert set(sent(sandbox).values()) == {1}


async def unsubscribe(machine: Machine, email: str) -> None:
    token: Any = await machine.database.pool.fetchval(
        "SELECT unsubscribe_token FROM recipients WHERE email = $1", email
    )
    assert (await machine.http.post(f"/u/{token}")).status_code == 200


async def test_the_key_is_of_exactly_what_is_in_the_batch(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    refusal = {"statusCode": 429, "name": "rate_limit_exceeded", "message": "x"}
    await sandbox.control.script("resend", None, {"status": 429, "body": refusal, "times": 3})
    async with doomed(database, make_settings) as machine:
        jobs = await claim(machine)
        for some in (jobs, jobs, jobs[1:]):
            await attempt(machine, some)
            await forget_doubt(database)

    keys = [UUID(e["idempotency_key"]) for e in sandbox.ledger.entries(provider="resend")]
    assert keys[0] == keys[1] != keys[2]


async def forget_doubt(database: Database) -> None:
    """As the settlement of a certain refusal does."""
    await database.pool.execute("UPDATE deliveries SET in_doubt_since = NULL")


async def test_a_sender_that_is_refused_keeps_only_its_own_workspace_from_sending(
    database: Database, make_settings: MakeSettings, sandbox: Sandbox
) -> None:
    await sandbox.control.options("resend", domains={"acme.example": "verified"})
    async with doomed(database, make_settings, count=3) as machine:
        sender = {"from_address": "Acme <leads@acme.example>"}
        answer = await machine.http.put(f"/api/admin/senders/{WORKSPACE}", json=sender)
        assert answer.status_code == 200, answer.text
        await sandbox.control.options("resend", domains={"acme.example": "failed"})
        for at in range(3):
            await add_recipient(machine, f"{at}@b.example", workspace_id=str(OTHER_WORKSPACE))
        await announce(machine, a_lead(workspace=OTHER_WORKSPACE))

    async with running(SERVICE, make_settings(), database) as machine:
        await machine.settle()

        assert await statuses(machine) == {"delivered": 3, "pending": 3}
        assert {address.partition("@")[2] for address in sent(sandbox)} == {"b.example"}
        pauses = (await machine.http.get("/api/admin/pauses")).json()["items"]
        assert [each["scope"] for each in pauses] == [f"provider:resend:{WORKSPACE}"]

"""Delivered means delivered: what Resend tells of an e-mail after it has accepted it."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from delivery.adapters.email.events import read_event
from delivery.adapters.endings import SQL, write_fate, write_progress
from delivery.adapters.metrics import EMAIL_FATES_TOTAL, EMAIL_REPORTS_TOTAL, RESEND_EVENTS_TOTAL
from delivery.bootstrap import SERVICE
from delivery.domain.delivery import Status
from delivery.domain.fate import Fate
from delivery.domain.progress import Progress
from integration.delivery.conftest import MakeSettings
from integration.delivery.leads import (
    WORKSPACE,
    a_lead,
    add_recipient,
    add_webhook,
    announce,
)
from integration.delivery.machine import Machine, running
from integration.delivery.test_erasure import erase
from integration.delivery.test_outcomes import hold, let_go
from leadstream.api.server import ApiServer
from leadstream.http import WebhookSecret
from leadstream.observability.metrics import DELIVERIES_TOTAL
from leadstream.postgres import Database
from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.providers.resend.events import Kind, event_of, signed
from support.waiting import eventually

SECRET = WebhookSecret(b"n" * 32).reveal()
PREVIOUS = WebhookSecret(b"o" * 32).reveal()
OPS = "ops@acme.example"
KINDS: dict[Fate, Kind] = {
    Fate.DELAYED: "email.delivery_delayed",
    Fate.DELIVERED: "email.delivered",
    Fate.FAILED: "email.failed",
    Fate.SUPPRESSED: "email.suppressed",
    Fate.BOUNCED: "email.bounced",
    Fate.COMPLAINED: "email.complained",
}


@pytest.fixture
async def told(database: Database, make_settings: MakeSettings) -> AsyncIterator[Machine]:
    """A machine that Resend tells of its e-mails."""
    settings = make_settings(resend_webhook_secret=SECRET)
    async with running(SERVICE, settings, database) as machine:
        yield machine


def a_body(
    kind: Kind,
    delivery: Any = None,
    *,
    to: str = OPS,
    at: datetime | None = None,
    tags: dict[str, str] | None = None,
    **changes: Any,
) -> bytes:
    """An event about the e-mail of a delivery, as Resend sends it."""
    given = {"workspace_id": str(WORKSPACE)} | ({"delivery_id": delivery["id"]} if delivery else {})
    email = {
        "from": "alerts@leadstream.example",
        "to": [to],
        "subject": "New HOT Lead: Acme Corp",
        "tags": [{"name": n, "value": v} for n, v in (given if tags is None else tags).items()],
    }
    email_id = delivery["receipt"] or str(uuid4()) if delivery else str(uuid4())
    event = event_of(kind, email_id, email, at=at or datetime.now(UTC))
    return orjson.dumps(event | {"data": event["data"] | changes})


async def tell(
    machine: Machine,
    body: bytes,
    *,
    message_id: str | None = None,
    secrets: Sequence[str] = (SECRET,),
    at: datetime | None = None,
) -> httpx.Response:
    headers = signed(body, secrets=secrets, message_id=message_id or f"msg_{uuid4().hex}", at=at)
    return await machine.http.post("/webhooks/resend", content=body, headers=headers)


async def taken(machine: Machine, body: bytes, **how: Any) -> str:
    answer = await tell(machine, body, **how)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


async def deliveries(machine: Machine, **wanted: Any) -> list[dict[str, Any]]:
    answer = await machine.http.get("/api/admin/deliveries", params=wanted)
    return list(answer.json()["items"])


async def accepted(machine: Machine, *recipients: str) -> list[dict[str, Any]]:
    """The deliveries of one lead, all accepted by Resend."""
    for email in recipients or (OPS,):
        await add_recipient(machine, email)
    await announce(machine, a_lead())
    await machine.settle()
    found = await deliveries(machine)
    assert {(each["status"], each["fate"]) for each in found} == {("delivered", "accepted")}
    return found


async def said(machine: Machine) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """What each lead.delivered said: of the lead, and of each destination."""
    return [
        (event["status"], [(each["status"], each["fate"]) for each in event["channels"]])
        for event in await machine.events("lead.delivered")
    ]


@pytest.mark.parametrize(
    ("fate", "status", "error", "lead"),
    [
        (Fate.DELIVERED, "delivered", None, "delivered"),
        (Fate.COMPLAINED, "delivered", None, "delivered"),
        (
            Fate.BOUNCED,
            "failed",
            "Permanent, General: smtp; 550 5.1.1 <…@…>: Recipient address rejected: User unknown",
            "failed",
        ),
        (Fate.FAILED, "failed", "reached_daily_quota", "failed"),
        (
            Fate.SUPPRESSED,
            "failed",
            "Resend has suppressed sending to this address because it is on the account-level"
            " suppression list.",
            "failed",
        ),
    ],
)
async def test_an_email_is_said_to_be_what_resend_tells_of_it(
    told: Machine, fate: Fate, status: str, error: str | None, lead: str
) -> None:
    [email] = await accepted(told)

    assert await taken(told, a_body(KINDS[fate], email)) == "taken"

    [now] = await deliveries(told)
    assert (now["status"], now["fate"], now["error"]) == (status, fate, error)
    assert now["error_class"] == (fate if status == "failed" else None)
    assert now["fate_at"] is not None
    assert await said(told) == [
        ("delivered", [("delivered", "accepted")]),
        (lead, [(status, fate.value)]),
    ]
    first, second = await told.events("lead.delivered")
    assert second["delivered_at"] > first["delivered_at"]
    failures = [event["error"]["class"] for event in await told.events("lead.failed")]
    assert failures == ([fate] if lead == "failed" else [])


async def test_a_delay_is_told_of_and_ends_nothing(told: Machine) -> None:
    [email] = await accepted(told)

    assert await taken(told, a_body("email.delivery_delayed", email)) == "taken"

    [now] = await deliveries(told)
    assert (now["status"], now["fate"], now["error"]) == ("delivered", "delayed", None)
    assert len(await said(told)) == 1


async def test_whatever_the_order_the_same_is_said_in_the_end(told: Machine) -> None:
    """Also where the answer to the call comes after what is told of it, and each event twice."""
    some = [order for n in (1, 2) for order in permutations(KINDS, n)]
    all_of_them = list(permutations(KINDS))[::24]
    orders = [(order, at) for order in [*some, *all_of_them] for at in range(len(order) + 1)]
    await hold(told, "all")
    await add_recipient(told)
    await announce(told, *(a_lead() for _ in orders))
    rows = await told.database.pool.fetch("SELECT id FROM deliveries ORDER BY id")
    moment = datetime(2026, 1, 22, 3, tzinfo=UTC)

    for row, (order, ends_at) in zip(rows, orders, strict=True):
        receipt = f"email-{row['id']}"
        for place, fate in enumerate([*order, None]):
            async with told.database.transaction() as tx:
                if place == ends_at:
                    await write_progress(tx, [accepted_by_resend(row["id"], receipt, moment)])
                if fate is not None:
                    delivery = {"id": str(row["id"]), "receipt": receipt}
                    report = read_event(a_body(KINDS[fate], delivery, at=moment))
                    assert report is not None
                    found = await tx.fetch(
                        SQL.lock_emailed, report.delivery_id, report.email_id, None
                    )
                    ids = [each["id"] for each in found]
                    assert ids == [row["id"]]
                    await write_fate(tx, ids, report, now=moment)
                    again = await write_fate(tx, ids, report, now=moment)
                    assert (again.events, again.channels) == ([], {})

    written = {
        row["id"]: (row["fate"], row["status"], row["receipt"], row["attempts"])
        for row in await told.database.pool.fetch(
            "SELECT id, fate, status, receipt, attempts FROM deliveries"
        )
    }
    weight = list(Fate).index
    for row, (order, _) in zip(rows, orders, strict=True):
        fate = max(order, key=weight)
        status = fate.decides or Status.DELIVERED
        assert written[row["id"]] == (fate, status, f"email-{row['id']}", 1), order


def accepted_by_resend(delivery_id: UUID, receipt: str, at: datetime) -> Progress:
    return Progress(
        delivery_id=delivery_id, at=at, status=Status.DELIVERED, tried=True, receipt=receipt
    )


async def test_of_two_bounces_the_earlier_is_kept(told: Machine) -> None:
    [email] = await accepted(told)
    now = datetime.now(UTC)
    earlier, later = now - timedelta(minutes=2), now - timedelta(minutes=1)

    for at in (later, earlier, later):
        await taken(told, a_body("email.bounced", email, at=at))

    [bounced] = await deliveries(told)
    assert datetime.fromisoformat(bounced["fate_at"]) == earlier.replace(
        microsecond=earlier.microsecond // 1000 * 1000
    )
    assert len(await said(told)) == 2


async def test_a_lead_is_announced_again_with_its_last_email_and_at_once_with_a_bad_one(
    told: Machine,
) -> None:
    emails = await accepted(
        told, *(f"{name}@acme.example" for name in ("ann", "ben", "cem", "dee"))
    )
    first, second, third, fourth = emails

    await taken(told, a_body("email.delivered", first))
    await taken(told, a_body("email.delivered", second))
    assert len(await said(told)) == 1

    await taken(told, a_body("email.bounced", third))
    assert [status for status, _ in await said(told)] == ["delivered", "partial"]

    await taken(told, a_body("email.delivered", fourth))
    status, channels = (await said(told))[-1]
    assert status == "partial"
    assert sorted(str(fate) for _, fate in channels) == ["bounced", *["delivered"] * 3]
    assert len(await said(told)) == 3


async def test_one_that_bounced_and_one_that_a_webhook_took_make_a_partial(
    told: Machine, sandbox: Sandbox
) -> None:
    await add_webhook(told, sandbox)
    await add_recipient(told)
    await announce(told, a_lead())
    await told.settle()
    [email] = await deliveries(told, channel="email")

    await taken(told, a_body("email.bounced", email))

    assert (await said(told))[-1] == (
        "partial",
        [("failed", "bounced"), ("delivered", None)],
    )
    assert await told.events("lead.failed") == []


@pytest.mark.parametrize("fate", [Fate.DELIVERED, Fate.BOUNCED])
async def test_what_is_told_before_the_call_is_answered_is_its_answer(
    told: Machine, sandbox: Sandbox, fate: Fate
) -> None:
    status = fate.decides
    assert status is not None
    count = DELIVERIES_TOTAL.labels("email", status.value)
    before = count._value.get()
    await add_recipient(told)
    await hold(told, "all")
    await announce(told, a_lead())
    [pending] = await deliveries(told)
    body = a_body(KINDS[fate], pending)

    assert (pending["status"], pending["fate"]) == ("pending", None)
    assert await taken(told, body) == "taken"
    early = await said(told)
    await let_go(told, "all")
    await told.finish()

    [ended] = await deliveries(told)
    assert (ended["status"], ended["fate"]) == (status, fate)
    assert ended["receipt"] == orjson.loads(body)["data"]["email_id"]
    verdict = "delivered" if fate is Fate.DELIVERED else "failed"
    assert early == await said(told) == [(verdict, [(status.value, fate.value)])]
    assert count._value.get() == before + 1


@pytest.mark.parametrize("answered", [True, False])
async def test_one_email_that_told_of_several_leads_is_counted_once(
    told: Machine, answered: bool
) -> None:
    """A digest is known by its tag until its answer is written down."""
    await add_recipient(told)
    await announce(told, a_lead(), a_lead())
    await told.settle()
    digest_id, receipt = uuid4(), "email-of-both"
    await told.database.pool.execute(
        "UPDATE deliveries SET digest_id = $1, receipt = $2",
        digest_id,
        receipt if answered else None,
    )
    bounces = EMAIL_FATES_TOTAL.labels("bounced")
    before = bounces._value.get()
    tags = {"workspace_id": str(WORKSPACE), "digest_id": str(digest_id)}
    body = a_body("email.bounced", tags=tags, email_id=receipt)

    assert await taken(told, body) == "taken"

    found = [(each["fate"], each["receipt"]) for each in await deliveries(told)]
    assert found == [("bounced", receipt)] * 2
    assert bounces._value.get() == before + 1


async def test_an_event_counts_once_however_often_it_comes(told: Machine) -> None:
    """Else one that comes again would take back what an operator has lifted since."""
    [email] = await accepted(told)
    body = a_body("email.complained", email)
    reports, fates = (
        EMAIL_REPORTS_TOTAL.labels("complained"),
        EMAIL_FATES_TOTAL.labels("complained"),
    )
    before = reports._value.get(), fates._value.get()
    repeats = RESEND_EVENTS_TOTAL.labels("repeated")
    repeats_before = repeats._value.get()

    assert await taken(told, body, message_id="msg_1") == "taken"
    [suppression] = (await told.http.get("/api/admin/suppressions")).json()["items"]
    assert suppression["reason"] == "complained"
    await told.http.delete(f"/api/admin/suppressions/{suppression['id']}")
    assert await taken(told, body, message_id="msg_1") == "repeated"

    assert (await told.http.get("/api/admin/suppressions")).json()["items"] == []
    assert (reports._value.get(), fates._value.get()) == (before[0] + 1, before[1] + 1)
    assert repeats._value.get() == repeats_before + 1
    assert len(await said(told)) == 2


async def test_an_event_that_is_a_week_late_is_taken_as_of_its_time(told: Machine) -> None:
    [email] = await accepted(told)
    week_ago = (datetime.now(UTC) - timedelta(days=7)).replace(microsecond=0)

    assert await taken(told, a_body("email.complained", email, at=week_ago)) == "taken"

    [late] = await deliveries(told)
    assert datetime.fromisoformat(late["fate_at"]) == week_ago
    first, second = (event["delivered_at"] for event in await told.events("lead.delivered"))
    moved = datetime.fromisoformat(second) - datetime.fromisoformat(first)
    # Later, so that whoever sees both knows which counts, and no other end of the lead.
    assert timedelta(0) < moved < timedelta(milliseconds=1)


async def test_a_clock_that_is_ahead_of_ours_tells_of_nothing_to_come(told: Machine) -> None:
    [email] = await accepted(told)

    await taken(told, a_body("email.delivered", email, at=datetime(2399, 1, 1, tzinfo=UTC)))

    [now] = await deliveries(told)
    assert datetime.fromisoformat(now["fate_at"]) <= datetime.now(UTC)


async def nothing_is_written(machine: Machine) -> bool:
    counted = await machine.database.pool.fetchval(
        "SELECT (SELECT count(*) FROM resend_events) + (SELECT count(*) FROM suppressions)"
        "     + (SELECT count(*) FROM deliveries WHERE fate IS NOT NULL)"
    )
    return counted == 0 and len(await said(machine)) <= 1


@pytest.mark.parametrize("kind", KINDS.values())
async def test_of_an_email_of_somebody_elses_nothing_is_kept(told: Machine, kind: Kind) -> None:
    await accepted(told)

    assert await taken(told, a_body(kind, tags={})) == "unknown_email"
    assert await taken(told, a_body(kind, tags={"category": "newsletter"})) == "unknown_email"

    assert await nothing_is_written(told)


@pytest.mark.parametrize("kind", ["email.sent", "email.opened", "email.clicked", "domain.updated"])
async def test_other_events_are_passed_over(told: Machine, kind: Any) -> None:
    [email] = await accepted(told)

    assert await taken(told, a_body(kind, email)) == "ignored"

    assert await nothing_is_written(told)


async def test_an_event_that_can_not_be_read_says_what_is_wrong(told: Machine) -> None:
    answer = await tell(told, b'{"type": "email.bounced", "data": {"to": ["ops@acme.example"]}}')

    assert answer.status_code == 422
    assert answer.json() == {
        "error": {
            "code": "invalid",
            "message": "data.email_id: expected the id of an e-mail",
            "field": "data.email_id",
        }
    }


@pytest.mark.parametrize(
    ("secret", "ahead", "said_of_it"),
    [
        (WebhookSecret(b"x" * 32).reveal(), timedelta(), "no signature is one of ours"),
        (SECRET, timedelta(days=-7), "the timestamp is too far from now"),
        (SECRET, timedelta(minutes=30), "the timestamp is too far from now"),
    ],
)
async def test_a_forged_or_old_signature_is_refused(
    told: Machine, secret: str, ahead: timedelta, said_of_it: str
) -> None:
    [email] = await accepted(told)
    refused = RESEND_EVENTS_TOTAL.labels("refused")
    before = refused._value.get()

    at = datetime.now(UTC) + ahead
    answer = await tell(told, a_body("email.bounced", email), secrets=[secret], at=at)

    assert answer.status_code == 401
    assert answer.json() == {"error": {"code": "bad_signature", "message": said_of_it}}
    assert refused._value.get() == before + 1
    assert await nothing_is_written(told)


@pytest.mark.parametrize(
    "missing", ["svix-id", "svix-timestamp", "svix-signature", "body", "another-body", "another-id"]
)
async def test_what_is_signed_is_the_whole_message(told: Machine, missing: str) -> None:
    [email] = await accepted(told)
    body = a_body("email.bounced", email)
    headers = signed(body, secrets=[SECRET], message_id="msg_1")
    headers.pop(missing, None)
    if missing == "another-id":
        headers["svix-id"] = "msg_2"
    sent = {"body": b"", "another-body": body + b" "}.get(missing, body)

    answer = await told.http.post("/webhooks/resend", content=sent, headers=headers)

    assert answer.status_code == 401
    assert await nothing_is_written(told)


@pytest.mark.parametrize(
    ("configured", "signed_with", "status"),
    [
        ((SECRET, None), [SECRET], 200),
        ((SECRET, None), [PREVIOUS], 401),
        ((SECRET, PREVIOUS), [SECRET], 200),
        ((SECRET, PREVIOUS), [PREVIOUS], 200),
        # As Svix signs while it rotates.
        ((SECRET, PREVIOUS), [PREVIOUS, SECRET], 200),
        ((SECRET, None), [PREVIOUS, SECRET], 200),
        ((None, PREVIOUS), [PREVIOUS], 200),
        ((SECRET, PREVIOUS), [WebhookSecret(b"x" * 32).reveal()], 401),
    ],
)
async def test_while_the_secret_is_rotated_both_are_taken(
    database: Database,
    make_settings: MakeSettings,
    configured: tuple[str | None, str | None],
    signed_with: list[str],
    status: int,
) -> None:
    settings = make_settings(
        resend_webhook_secret=configured[0], resend_webhook_secret_previous=configured[1]
    )
    async with running(SERVICE, settings, database) as machine:
        [email] = await accepted(machine)
        answer = await tell(machine, a_body("email.delivered", email), secrets=signed_with)

    assert answer.status_code == status


async def test_without_a_secret_an_email_is_said_to_be_accepted(machine: Machine) -> None:
    [email] = await accepted(machine)

    answer = await tell(machine, a_body("email.delivered", email))

    assert answer.status_code == 404
    assert await said(machine) == [("delivered", [("delivered", "accepted")])]


@pytest.mark.parametrize("kind", KINDS.values())
async def test_a_late_event_writes_nobody_down_again_who_was_erased(
    told: Machine, kind: Kind
) -> None:
    [email] = await accepted(told)
    await erase(told, OPS)

    assert await taken(told, a_body(kind, email)) == "taken"

    for table in ("deliveries", "suppressions", "resend_events", "audit_log", "outbox"):
        rows = await told.database.pool.fetch(f"SELECT * FROM {table}")  # noqa: S608 - our own
        assert not any(OPS in repr(dict(row)).lower() for row in rows), table


async def test_a_late_event_writes_nothing_of_a_workspace_that_was_deleted(told: Machine) -> None:
    sent_at = datetime.now(UTC) - timedelta(days=1)
    await told.database.pool.execute(
        "INSERT INTO removals (workspace_id, actor, scopes, ended_at) VALUES ($1, 'ann', '{}', now())",
        WORKSPACE,
    )

    assert await taken(told, a_body("email.complained", at=sent_at)) == "unknown_email"
    assert await nothing_is_written(told)
    # Made anew, it begins anew.
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await taken(told, a_body("email.complained", at=later)) == "taken"


async def test_what_becomes_of_a_notice_is_no_leads_matter(told: Machine) -> None:
    """A notice has a workspace and no delivery: who complains of it gets nothing more all the same."""
    await add_recipient(told)

    tags = {"workspace_id": str(WORKSPACE), "notice_id": str(uuid4()), "about": "gone"}
    assert await taken(told, a_body("email.complained", tags=tags)) == "taken"

    [suppression] = (await told.http.get("/api/admin/suppressions")).json()["items"]
    assert (suppression["email"], suppression["reason"]) == (OPS, "complained")


@pytest.fixture
async def address(told: Machine) -> AsyncIterator[str]:
    """Where the machine can be reached from outside."""
    transport: Any = told.http._transport
    server = ApiServer(transport.app, host="127.0.0.1", port=0)
    yield f"http://127.0.0.1:{await server.start()}/webhooks/resend"
    await server.stop()


@pytest.mark.parametrize(
    "telling",
    [
        {},
        # Before the answer to the call is written down, or heard.
        {"after": 0, "apart": 0},
        {"copies": 3, "shuffled": True, "strangers": True},
        {"age": 7 * 24 * 3600},
    ],
)
async def test_however_resend_tells_of_them_each_email_is_said_to_be_what_it_became(
    told: Machine, sandbox: Sandbox, address: str, telling: dict[str, Any]
) -> None:
    becomes = {
        "delivered@resend.dev": "delivered",
        "bounced@resend.dev": "bounced",
        "complained@resend.dev": "complained",
        "suppressed@resend.dev": "suppressed",
        "late@acme.example": "delayed",
        "quota@acme.example": "failed",
    }
    events = {
        "late@acme.example": ["email.sent", "email.delivery_delayed"],
        "quota@acme.example": ["email.failed"],
    }
    await sandbox.control.options(
        "resend",
        webhooks=[{"url": address, "secrets": [PREVIOUS, SECRET]}],
        telling={"events": events} | telling,
    )
    ids = {(await add_recipient(told, email))["id"]: email for email in becomes}
    await announce(told, a_lead(), a_lead())
    await told.settle()

    async def all_are_told() -> bool:
        found = [(ids[each["destination_id"]], each["fate"]) for each in await deliveries(told)]
        return sorted(found) == sorted([*becomes.items()] * 2)

    await eventually(all_are_told, "some e-mails are not said to be what they became")
    suppressed = (await told.http.get("/api/admin/suppressions")).json()["items"]
    assert {(each["email"], each["reason"]) for each in suppressed} == {
        ("bounced@resend.dev", "bounced"),
        ("complained@resend.dev", "complained"),
        ("suppressed@resend.dev", "bounced"),
    }

from datetime import UTC, datetime
from typing import Any, get_args
from uuid import UUID

import orjson
import pytest

from delivery.adapters.email.events import (
    FATES,
    LONGEST_WHY,
    Report,
    UnreadableEventError,
    read_event,
)
from delivery.domain.delivery import Status
from delivery.domain.fate import Fate
from leadstream.cli.doctor import EMAIL_EVENTS
from leadstream_dev.sandbox.providers.resend.events import Kind, event_of
from unit.delivery.drafts import WORKSPACE

DELIVERY = UUID(int=9)
AT = datetime(2026, 1, 22, 3, 0, 0, 126_000, tzinfo=UTC)
EMAIL = {
    "from": "alerts@leadstream.example",
    "to": ["Ops@acme.example"],
    "subject": "New HOT Lead: Acme Corp",
    "tags": [
        {"name": "workspace_id", "value": str(WORKSPACE)},
        {"name": "delivery_id", "value": str(DELIVERY)},
    ],
}


def event(kind: str, **data: Any) -> bytes:
    given = {"to": ["Ops@acme.example"], "tags": {"workspace_id": str(WORKSPACE)}}
    return orjson.dumps({"type": kind, "data": given | data})


def read(body: bytes) -> Report:
    report = read_event(body)
    assert report is not None
    return report


@pytest.mark.parametrize(
    ("kind", "fate", "suppression", "why"),
    [
        ("email.delivered", Fate.DELIVERED, None, ""),
        ("email.delivery_delayed", Fate.DELAYED, None, ""),
        (
            "email.bounced",
            Fate.BOUNCED,
            "bounced",
            "Permanent, General: smtp; 550 5.1.1 <…@…>: Recipient address rejected: User unknown",
        ),
        ("email.complained", Fate.COMPLAINED, "complained", ""),
        ("email.failed", Fate.FAILED, None, "reached_daily_quota"),
        (
            "email.suppressed",
            Fate.SUPPRESSED,
            "bounced",
            "Resend has suppressed sending to this address because it is on the account-level suppression list.",
        ),
    ],
)
def test_each_event_is_read_as_resend_sends_it(
    kind: Kind, fate: Fate, suppression: str | None, why: str
) -> None:
    report = read(orjson.dumps(event_of(kind, "email-1", EMAIL, at=AT)))

    assert report == Report(
        fate=fate,
        email_id="email-1",
        at=AT,
        sent_at=AT.replace(second=59, minute=59, hour=2),
        delivery_id=DELIVERY,
        digest_id=None,
        workspace_id=WORKSPACE,
        why=why,
        unwanted=("ops@acme.example",) if suppression else (),
        suppression=suppression,
    )


@pytest.mark.parametrize(
    ("to", "unwanted"),
    [
        (["Ops <OPS@Acme.example>"], ["ops@acme.example"]),
        ("ops@acme.example, Bob <bob@acme.example>", ["ops@acme.example", "bob@acme.example"]),
        ([" ops@acme.example.\n", "OPS@acme.example"], ["ops@acme.example"]),
        (["ops@M\u00fcller.example"], ["ops@xn--mller-kva.example"]),
        (["", "nobody", None, {"email": "ops@acme.example"}, "@", "x" * 5000 + "@a.example"], []),
        (7, []),
    ],
)
def test_who_is_unwanted_is_named_as_recipients_are(to: object, unwanted: list[str]) -> None:
    assert list(read(event("email.complained", to=to)).unwanted) == unwanted


def test_the_sandbox_sends_all_that_are_read() -> None:
    kinds = get_args(Kind)

    read_as = {kind: read_event(orjson.dumps(event_of(kind, "e", EMAIL, at=AT))) for kind in kinds}

    assert {kind for kind, report in read_as.items() if report is None} == {"email.sent"}
    assert {report.fate for report in read_as.values() if report} == set(Fate) - {Fate.ACCEPTED}


@pytest.mark.parametrize("kind", ["Transient", "Undetermined", None])
def test_b27_a_bounce_that_may_pass_suppresses_nobody(kind: str | None) -> None:
    report = read(event("email.bounced", bounce={"type": kind}))

    assert (report.fate, report.suppression, report.unwanted) == (Fate.BOUNCED, None, ())


@pytest.mark.parametrize(
    "kind", ["email.sent", "email.opened", "email.clicked", "domain.updated", "", None, 7]
)
def test_events_that_say_nothing_of_an_arrival_are_none_of_ours(kind: object) -> None:
    assert read_event(orjson.dumps({"type": kind, "data": None})) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "body: expected JSON"),
        (b"\xff", "body: expected JSON"),
        (b"[]", "body: expected an object"),
        (b"null", "body: expected an object"),
        (b"", "body: expected an object"),
        (b'{"type": "email.delivered"}', "data: expected an object"),
        (b'{"type": "email.delivered", "data": []}', "data: expected an object"),
        (event("email.delivered", tags={}), "data.email_id: expected the id of an e-mail"),
        (
            event("email.bounced", tags="x", email_id=""),
            "data.email_id: expected the id of an e-mail",
        ),
        (event("email.failed", tags=7, email_id=7), "data.email_id: expected the id of an e-mail"),
        (
            event("email.complained", tags={"workspace_id": "none"}),
            "data.email_id: expected the id of an e-mail",
        ),
    ],
)
def test_an_event_of_ours_without_what_it_must_have_is_unreadable(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableEventError) as refused:
        read_event(body)

    assert str(refused.value) == said


@pytest.mark.parametrize(
    "data",
    [
        {"bounce": None},
        {"bounce": "gone"},
        {"bounce": {"diagnosticCode": 550, "message": []}},
        {"bounce": {"type": 7, "subType": {}}},
        {"created_at": "yesterday"},
        {"to": None},
    ],
)
def test_what_an_event_says_besides_may_be_missing_or_odd(data: dict[str, Any]) -> None:
    report = read(event("email.bounced", email_id="email-1", **data))

    assert (report.fate, report.email_id, report.why) == (Fate.BOUNCED, "email-1", "")


def test_news_count_however_they_are_written() -> None:
    bounced = event("Email.Bounced ", to=" Ops@acme.example", bounce={"type": "PERMANENT"})

    report = read(b"\xef\xbb\xbf" + bounced)

    assert (report.suppression, report.unwanted) == ("bounced", ("ops@acme.example",))


def test_tags_may_come_as_pairs() -> None:
    pairs = [{"name": "workspace_id", "value": str(UUID(int=3))}, None, {}]

    assert read(event("email.complained", tags=pairs)).workspace_id == UUID(int=3)


@pytest.mark.parametrize(
    "said",
    [
        "smtp; 550 <Ops@Acme.example> unknown",
        "550 'ops@acme.example': no such user",
        ["550 ops+x@acme.example; gone", "second"],
        "x" * 500 + " ops@acme.example",
        "ops@acme.example\r\nX-Injected: yes",
    ],
)
def test_no_address_is_kept_of_what_a_server_said(said: object) -> None:
    why = read(event("email.bounced", bounce={"type": "Permanent", "diagnosticCode": said})).why

    assert why.startswith("Permanent: ")
    assert "acme" not in why.lower()
    assert why.isprintable()
    assert len(why) <= LONGEST_WHY


@pytest.mark.parametrize(
    ("fate", "status"),
    [
        (Fate.ACCEPTED, None),
        (Fate.DELAYED, None),
        (Fate.DELIVERED, Status.DELIVERED),
        (Fate.COMPLAINED, Status.DELIVERED),
        (Fate.FAILED, Status.FAILED),
        (Fate.SUPPRESSED, Status.FAILED),
        (Fate.BOUNCED, Status.FAILED),
    ],
)
def test_what_a_fate_decides(fate: Fate, status: Status | None) -> None:
    assert fate.decides is status


def test_the_doctor_asks_for_the_events_that_are_read() -> None:
    assert {each.replace(".", "_") for each in EMAIL_EVENTS} == set(FATES)

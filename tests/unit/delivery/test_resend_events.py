from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest

from delivery.adapters.email.events import Undeliverable, is_genuine, read_event
from leadstream.http import WebhookSecret, sign_webhook
from unit.delivery.drafts import WORKSPACE

NOW = datetime(2026, 1, 22, tzinfo=UTC)
SECRET = WebhookSecret(b"r" * 32)


def event(kind: str, **data: Any) -> bytes:
    given = {"to": ["Ops@acme.example"], "tags": {"workspace_id": str(WORKSPACE)}}
    return orjson.dumps({"type": kind, "data": given | data})


def headers(body: bytes, at: datetime = NOW, secret: WebhookSecret = SECRET) -> dict[str, str]:
    signed = sign_webhook("msg_1", body, secrets=[secret], at=at)
    return {name.replace("webhook-", "svix-"): value for name, value in signed.items()}


def test_b27_what_makes_an_address_get_nothing() -> None:
    permanent = event("email.bounced", bounce={"type": "Permanent"})

    expected = Undeliverable(WORKSPACE, ("ops@acme.example",), "bounced")
    assert read_event(permanent) == expected
    complained = read_event(event("email.complained"))
    assert complained is not None
    assert complained.reason == "complained"
    assert read_event(event("email.suppressed")) == expected


@pytest.mark.parametrize(
    "body",
    [
        event("email.bounced", bounce={"type": "Transient"}),
        event("email.bounced", bounce={"type": "Undetermined"}),
        event("email.bounced"),
        event("email.delivered"),
        event("email.complained", tags={}),
        event("email.complained", tags={"workspace_id": "none"}),
        event("email.complained", tags="workspace_id"),
        event("email.complained", to=None),
        b"[]",
        b"null",
        b"{",
        b"\xff",
    ],
)
def test_other_news_changes_nothing(body: bytes) -> None:
    assert read_event(body) is None


def test_news_count_however_they_are_written() -> None:
    bounced = event("Email.Bounced ", to=" Ops@acme.example", bounce={"type": "PERMANENT"})

    assert read_event(b"\xef\xbb\xbf" + bounced) == Undeliverable(
        WORKSPACE, ("ops@acme.example",), "bounced"
    )


def test_tags_may_come_as_pairs() -> None:
    found = read_event(
        event("email.complained", tags=[{"name": "workspace_id", "value": str(UUID(int=3))}])
    )

    assert found is not None
    assert found.workspace_id == UUID(int=3)


def test_what_resend_signed_is_genuine() -> None:
    body = event("email.complained")

    assert is_genuine(headers(body), body, SECRET, now=NOW)
    assert is_genuine(headers(body), body, SECRET, now=NOW + timedelta(minutes=4))


def test_one_good_signature_of_several_is_enough() -> None:
    body = event("email.complained")
    several = headers(body)
    several["svix-signature"] = f"v1,AAAA {several['svix-signature']}"

    assert is_genuine(several, body, SECRET, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"svix-signature": ""},
        {"svix-signature": "v1,AAAA"},
        {"svix-signature": "\N{SNOWMAN}"},
        {"svix-id": ""},
        {"svix-id": "msg.2"},
        {"svix-timestamp": ""},
        {"svix-timestamp": "yesterday"},
        {"svix-timestamp": "9" * 40},
    ],
)
def test_anything_else_is_not(change: dict[str, str]) -> None:
    body = event("email.complained")

    assert not is_genuine(headers(body) | change, body, SECRET, now=NOW)


def test_old_reports_other_bytes_and_other_secrets_are_not() -> None:
    body = event("email.complained")
    other = WebhookSecret(b"o" * 32)

    assert not is_genuine(headers(body), body, SECRET, now=NOW + timedelta(minutes=6))
    assert not is_genuine(headers(body), body, SECRET, now=NOW - timedelta(minutes=6))
    assert not is_genuine(headers(body), body + b" ", SECRET, now=NOW)
    assert not is_genuine(headers(body, secret=other), body, SECRET, now=NOW)
    assert not is_genuine({}, body, SECRET, now=NOW)

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook

from leadstream.http import BadSignatureError, WebhookSecret, sign_webhook, verify_webhook

# The contract vectors (standard_webhooks_vectors.json); the first is the reference implementation's own.
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CAFE = (
    '{"type":"lead.delivered","timestamp":"2026-01-22T02:16:30Z",'
    '"data":{"company_name":"Café Zürich 東京","lead_id":"0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"}}'
)
VECTORS = [
    (
        [OLD],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (
        [NEW],
        "msg_0b8c6f8e7a514f6e9f0e6f2a6c0d9f11",
        1769048190,
        CAFE,
        "v1,hW9NTdVzf0oC09reUzpi9IBuQx5fMxXKe3dAQYCkfLM=",
    ),
    (
        [NEW, OLD],
        "msg_rot",
        1769048190,
        "{}",
        "v1,9+X716XqP/L3i/OqQCSCakQbVhdsnG6pzFHh7ugZoTk= "
        "v1,B1wNfLKeDcptLz0n9LQx/TZTt1Xu0ltG8mzwImF2uyQ=",
    ),
]


@pytest.mark.parametrize(("secrets", "message_id", "timestamp", "body", "signature"), VECTORS)
def test_signatures_are_those_of_the_contract(
    secrets: list[str], message_id: str, timestamp: int, body: str, signature: str
) -> None:
    headers = sign_webhook(
        message_id,
        body.encode(),
        secrets=[WebhookSecret.parse(secret) for secret in secrets],
        at=datetime.fromtimestamp(timestamp, UTC),
    )

    assert headers == {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }


def test_a_receiver_with_either_secret_verifies_during_rotation() -> None:
    body = json.dumps({"type": "lead.enriched", "data": {}}).encode()
    secrets = [WebhookSecret.generate(), WebhookSecret.generate()]

    headers = sign_webhook("msg-1", body, secrets=secrets, at=datetime.now(UTC))

    for secret in secrets:
        assert Webhook(secret.reveal()).verify(body.decode(), headers) == json.loads(body)


def test_the_instant_is_signed_whatever_its_zone() -> None:
    at = datetime(2026, 1, 22, 2, 16, 30, 999_999, tzinfo=UTC)
    secrets = [WebhookSecret.parse(NEW)]

    there = sign_webhook("m", b"", secrets=secrets, at=at.astimezone(timezone(timedelta(hours=9))))

    assert there == sign_webhook("m", b"", secrets=secrets, at=at)


def test_a_generated_secret_survives_being_shown_and_read() -> None:
    secret = WebhookSecret.generate()

    assert WebhookSecret.parse(secret.reveal()) == secret
    assert len(secret.key) == 32
    assert secret != WebhookSecret.generate()


def test_a_secret_does_not_show_in_its_repr() -> None:
    secret = WebhookSecret.generate()

    assert secret.reveal().removeprefix("whsec_") not in repr(secret)
    assert repr(secret.key) not in repr(secret)


@pytest.mark.parametrize("size", [24, 64])
def test_secrets_have_24_to_64_bytes(size: int) -> None:
    encoded = base64.b64encode(bytes(size)).decode()

    assert len(WebhookSecret.parse(f"whsec_{encoded}").key) == size
    assert len(WebhookSecret.parse(f"whsec_{encoded.rstrip('=')}").key) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_not!base64",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_äöü",
    ],
)
def test_other_secrets_are_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="a webhook secret") as caught:
        WebhookSecret.parse(text)

    encoded = text.removeprefix("whsec_").strip()
    assert not encoded or encoded not in str(caught.value)


@pytest.mark.parametrize("message_id", ["", "a.b"])
def test_ids_that_would_shift_the_signed_text_are_refused(message_id: str) -> None:
    with pytest.raises(ValueError, match="webhook-id"):
        sign_webhook(message_id, b"", secrets=[WebhookSecret.generate()], at=datetime.now(UTC))


def test_signing_needs_a_secret_and_an_aware_time() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        sign_webhook("m", b"", secrets=[], at=datetime.now(UTC))
    with pytest.raises(ValueError, match="aware"):
        sign_webhook("m", b"", secrets=[WebhookSecret.generate()], at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


@pytest.mark.parametrize(("secrets", "message_id", "timestamp", "body", "signature"), VECTORS)
@pytest.mark.parametrize("prefix", ["webhook", "svix"])
def test_what_the_contract_signs_is_verified(
    secrets: list[str], message_id: str, timestamp: int, body: str, signature: str, prefix: str
) -> None:
    headers = {
        f"{prefix}-id": message_id,
        f"{prefix}-timestamp": str(timestamp),
        f"{prefix}-signature": f"v1a,ed25519 {signature}",
    }
    now = datetime.fromtimestamp(timestamp, UTC) + timedelta(minutes=5)

    for secret in secrets:
        known = [WebhookSecret.generate(), WebhookSecret.parse(secret)]
        found = verify_webhook(headers, body.encode(), secrets=known, now=now, prefix=prefix)
        assert found == message_id


NOW = datetime(2026, 1, 22, 2, 16, 30, tzinfo=UTC)
SECRET = WebhookSecret.parse(NEW)


@pytest.mark.parametrize("skew", [-301, 301])
def test_what_is_old_or_from_the_future_is_refused(skew: int) -> None:
    headers = sign_webhook("m", b"{}", secrets=[SECRET], at=NOW + timedelta(seconds=skew))

    with pytest.raises(BadSignatureError, match="too far from now"):
        verify_webhook(headers, b"{}", secrets=[SECRET], now=NOW)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-signature": "garbage"},
        {"webhook-signature": "v1,abc"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,\udcff ä"},
        {"webhook-id": "another"},
        {"webhook-id": "\udcff"},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "9" * 30},
        {"webhook-timestamp": "soon"},
    ],
    ids=str,
)
def test_headers_that_were_changed_are_refused(changed: dict[str, str]) -> None:
    headers = sign_webhook("m", b"{}", secrets=[SECRET], at=NOW) | changed

    with pytest.raises(BadSignatureError):
        verify_webhook(headers, b"{}", secrets=[SECRET], now=NOW)


def test_another_body_another_secret_and_no_headers_are_refused() -> None:
    headers = sign_webhook("m", b"{}", secrets=[SECRET], at=NOW)

    for given, body, secrets in [
        (headers, b"{ }", [SECRET]),
        (headers, b"{}", [WebhookSecret.generate()]),
        (headers, b"{}", []),
        ({}, b"{}", [SECRET]),
    ]:
        with pytest.raises(BadSignatureError):
            verify_webhook(given, body, secrets=secrets, now=NOW)

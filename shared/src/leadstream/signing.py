"""Standard Webhooks 1.0.0 signatures (HMAC-SHA256): ours on what we send, providers' on what they send us."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
SHORTEST, LONGEST, GENERATED = 24, 64, 32


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """A signing key. Its repr says nothing; `reveal` is for handing it over and storing it encrypted."""

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not SHORTEST <= len(self.key) <= LONGEST:
            raise ValueError(f"a webhook secret has {SHORTEST} to {LONGEST} bytes")

    @classmethod
    def generate(cls) -> "WebhookSecret":
        return cls(secrets.token_bytes(GENERATED))

    @classmethod
    def parse(cls, text: str) -> "WebhookSecret":
        """Read `whsec_<base64>`; raise ValueError, without the text in it, for anything else."""
        if not text.startswith(PREFIX):
            raise ValueError(f"a webhook secret starts with {PREFIX}")
        encoded = text.removeprefix(PREFIX)
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"a webhook secret is base64 after {PREFIX}") from None
        return cls(key)

    def reveal(self) -> str:
        return PREFIX + base64.b64encode(self.key).decode()


def sign_webhook(
    message_id: str, body: bytes, *, secrets: Sequence[WebhookSecret], at: datetime
) -> dict[str, str]:
    """The three headers of one attempt.

    The id stays the same for every attempt, `at` is the attempt's own time; each secret adds a signature,
    so that both verify during a rotation. The bytes signed must be the bytes sent.
    """
    if not message_id or "." in message_id:
        raise ValueError("a webhook-id is not empty and holds no dot")
    if at.tzinfo is None:
        raise ValueError("the time of an attempt is aware")
    if not secrets:
        raise ValueError("a webhook is signed with at least one secret")
    timestamp = str(int(at.timestamp()))
    signatures = [_signature(secret, message_id, timestamp, body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


class BadSignatureError(Exception):
    """A webhook that came in is not signed by who it says, or is too old."""


def verify_webhook(
    headers: Mapping[str, str],
    body: bytes,
    *,
    secrets: Sequence[WebhookSecret],
    now: datetime,
    prefix: str = "webhook",
) -> str:
    """Return the id of an inbound webhook, for telling repeats apart, or raise BadSignatureError.

    `headers` finds names in lower case; `prefix` is `svix` for providers that still sign under that name.
    """
    message_id = headers.get(f"{prefix}-id", "")
    timestamp = headers.get(f"{prefix}-timestamp", "")
    _check_age(timestamp, now)
    presented = [
        one.encode(errors="replace") for one in headers.get(f"{prefix}-signature", "").split(" ")
    ]
    for secret in secrets:
        ours = _signature(secret, message_id, timestamp, body).encode()
        if any(hmac.compare_digest(ours, theirs) for theirs in presented):
            return message_id
    raise BadSignatureError("no signature is one of ours")


def _check_age(timestamp: str, now: datetime) -> None:
    try:
        made_at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadSignatureError("there is no timestamp that can be read") from None
    if abs(now - made_at) > TOLERANCE:
        raise BadSignatureError("the timestamp is too far from now")


def _signature(secret: WebhookSecret, message_id: str, timestamp: str, body: bytes) -> str:
    signed = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    digest = hmac.digest(secret.key, signed, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()

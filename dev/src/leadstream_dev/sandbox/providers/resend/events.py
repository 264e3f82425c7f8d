"""The events that Resend tells a webhook of, in its own shapes, and signed as Svix signs them.

What is done to them is what happens to real ones: they come late, more than once, in any order, and of e-mails that
somebody else of the same team has sent.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import orjson
from pydantic import BaseModel, ConfigDict, Field

from leadstream.http import WebhookSecret, sign_webhook
from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.providers.resend.rules import recipients

Kind: TypeAlias = Literal[
    "email.sent",
    "email.delivered",
    "email.delivery_delayed",
    "email.bounced",
    "email.complained",
    "email.failed",
    "email.suppressed",
]
SUPPRESSED: Final[tuple[Kind, ...]] = ("email.suppressed",)
# Resend's test inboxes at resend.dev, with or without `+label`; of everybody else's it tells that they were delivered.
INBOXES: Final[dict[str, tuple[Kind, ...]]] = {
    "delivered": ("email.sent", "email.delivered"),
    "bounced": ("email.sent", "email.bounced"),
    "complained": ("email.sent", "email.delivered", "email.complained"),
    "suppressed": SUPPRESSED,
}
# Seconds after which Svix tries again what was not taken; the later ones, minutes and hours on, nobody waits for here.
AGAIN: Final = (5.0,)
_HARD = "smtp; 550 5.1.1 <{to}>: Recipient address rejected: User unknown"
_SOFT = "smtp; 452 4.2.2 <{to}>: The recipient's inbox is out of storage space"


class Webhook(BaseModel):
    """An endpoint of the team; with several secrets each signs, as Svix does for a day after a rotation."""

    model_config = ConfigDict(extra="forbid")

    url: str
    secrets: list[str] = Field(min_length=1)
    events: list[Kind] | None = None
    """What it is told of; None: everything."""


class Telling(BaseModel):
    """How events are told."""

    model_config = ConfigDict(extra="forbid")

    events: dict[str, list[Kind]] = Field(default_factory=dict)
    """What is told of e-mails to an address, in the place of what else would be."""
    after: float = Field(default=0.05, ge=0, le=60)
    """Seconds from the call's answer to the first event; 0 may be before whoever called has heard the answer."""
    apart: float = Field(default=0.02, ge=0, le=60)
    copies: int = Field(default=1, ge=1, le=10)
    shuffled: bool = False
    age: float = Field(default=0, ge=0)
    """Seconds since it happened: only the telling is of now."""
    strangers: bool = False
    """Whether each is told of an e-mail of somebody else's, too."""
    bounce: Literal["Permanent", "Transient", "Undetermined"] = "Permanent"


def kinds_of(email: JsonObject, telling: Telling) -> Sequence[Kind]:
    """What becomes of an e-mail: one to several people has the fate of the first."""
    to = next(iter(recipients(email["to"])), "")
    if to in telling.events:
        return telling.events[to]
    inbox, _, domain = to.partition("@")
    known = INBOXES.get(inbox.partition("+")[0]) if domain == "resend.dev" else None
    return known or INBOXES["delivered"]


def listed_as(address: str, kinds: Sequence[Kind], telling: Telling) -> str | None:
    """Why Resend sends nothing to the address from now on; to its test inboxes it always does."""
    if address.endswith("@resend.dev"):
        return None
    if "email.complained" in kinds:
        return "complaint"
    return "bounce" if "email.bounced" in kinds and telling.bounce == "Permanent" else None


def event_of(
    kind: Kind,
    email_id: str,
    email: JsonObject,
    *,
    at: datetime,
    bounce: str = "Permanent",
) -> JsonObject:
    """An event's body; `at` is when it happened."""
    to = recipients(email["to"])
    data: JsonObject = {
        "created_at": _stamp(at - timedelta(seconds=1)),
        "email_id": email_id,
        "from": email["from"],
        "to": to,
        "subject": email["subject"],
        "tags": {tag["name"]: tag["value"] for tag in email.get("tags") or ()},
    }
    return {"type": kind, "created_at": _stamp(at), "data": data | _particulars(kind, to, bounce)}


def _particulars(kind: Kind, to: Sequence[str], bounce: str) -> JsonObject:
    match kind:
        case "email.bounced":
            code = _HARD if bounce == "Permanent" else _SOFT
            return {
                "bounce": {
                    "diagnosticCode": [code.format(to=to[0] if to else "")],
                    "message": "The recipient's email provider sent a bounce message.",
                    "subType": "General" if bounce == "Permanent" else "MailboxFull",
                    "type": bounce,
                }
            }
        case "email.failed":
            return {"failed": {"reason": "reached_daily_quota"}}
        case "email.suppressed":
            return {
                "suppressed": {
                    "message": "Resend has suppressed sending to this address because it is on the"
                    " account-level suppression list.",
                    "type": "OnAccountSuppressionList",
                }
            }
        case _:
            return {}


def signed(
    body: bytes, *, secrets: Sequence[str], message_id: str, at: datetime | None = None
) -> dict[str, str]:
    """The headers of one attempt; `at` is the attempt's time."""
    keys = [WebhookSecret.parse(secret) for secret in secrets]
    headers = sign_webhook(message_id, body, secrets=keys, at=at or datetime.now(UTC))
    return {name.replace("webhook-", "svix-"): value for name, value in headers.items()} | {
        "content-type": "application/json",
        "user-agent": "Svix-Webhooks/1.62.0 (sender-9YMgn; +https://www.svix.com/http-sender/)",
    }


def callouts(
    email_id: str,
    email: JsonObject,
    kinds: Sequence[Kind],
    *,
    webhooks: Sequence[Webhook],
    telling: Telling,
    at: datetime,
) -> list[JsonObject]:
    """What is told of an e-mail that was accepted `at`, as effects."""
    happened = at - timedelta(seconds=telling.age)
    told = [
        (kind, event_of(kind, email_id, email, at=happened, bounce=telling.bounce))
        for kind in kinds
    ]
    if telling.strangers:
        told += [(kind, _of_a_stranger(event)) for kind, event in told]
    told *= telling.copies
    if telling.shuffled:
        random.Random(email_id).shuffle(told)  # noqa: S311 - the same for the same e-mail
    return [
        _callout(event, webhook, after=telling.after + place * telling.apart)
        for place, (kind, event) in enumerate(told)
        for webhook in webhooks
        if webhook.events is None or kind in webhook.events
    ]


def _of_a_stranger(event: JsonObject) -> JsonObject:
    other = str(uuid5(NAMESPACE_URL, f"stranger:{event['data']['email_id']}"))
    return event | {
        "data": event["data"] | {"email_id": other, "to": ["sam@stranger.example"], "tags": {}}
    }


def _callout(event: JsonObject, webhook: Webhook, *, after: float) -> JsonObject:
    body = orjson.dumps(event)
    # One message has one id at every attempt, and at every endpoint.
    message_id = f"msg_{uuid5(NAMESPACE_URL, body.decode()).hex[:27]}"
    sent_at = datetime.now(UTC) + timedelta(seconds=after)
    return {
        "kind": "callout",
        "url": webhook.url,
        "after": after,
        "again": AGAIN,
        "headers": signed(body, secrets=webhook.secrets, message_id=message_id, at=sent_at),
        "body": body.decode(),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

"""What Resend tells of e-mails that were sent, by itself or when it is asked (reference/contracts.md, section 1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import getaddresses
from typing import Any, Final
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from delivery.domain.fate import Fate
from leadstream.reading import listed, moment, one_line, read_json, read_text, word

# All others say nothing of whether an e-mail arrived, or are of no e-mail at all.
FATES: Final = {
    "email_delivered": Fate.DELIVERED,
    "email_delivery_delayed": Fate.DELAYED,
    "email_bounced": Fate.BOUNCED,
    "email_complained": Fate.COMPLAINED,
    "email_failed": Fate.FAILED,
    "email_suppressed": Fate.SUPPRESSED,
}
# What is told of an e-mail that is asked for, and can't be of one that did not arrive.
_READ: Final = {"opened", "clicked"}
LONGEST_ID: Final = 200
LONGEST_WHY: Final = 200
LONGEST_TO: Final = 2000
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class UnreadableEventError(Exception):
    """An event that we ask for, without what it must have."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(f"{field}: expected {expected}")
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What Resend says of one e-mail."""

    fate: Fate
    # Resend's name of the e-mail; None: only its tags say whose it is.
    email_id: str | None
    at: datetime | None
    sent_at: datetime | None
    # As the e-mail's tags say; a notice is neither of a delivery nor a digest.
    delivery_id: UUID | None
    digest_id: UUID | None
    workspace_id: UUID | None
    # Why, in Resend's or the receiving server's words; without addresses, which must go when a person is erased.
    why: str = ""
    # These must get nothing any more, and why.
    unwanted: tuple[str, ...] = field(default=(), repr=False)
    suppression: str | None = None


def read_event(body: bytes) -> Report | None:
    """The report, or None for an event that is none of ours. Raises UnreadableEventError."""
    try:
        event = read_json(body)
    except ValueError:
        raise UnreadableEventError("body", "JSON") from None
    if not isinstance(event, dict):
        raise UnreadableEventError("body", "an object")
    fate = FATES.get(word(event.get("type")) or "")
    if fate is None:
        return None
    data = event.get("data")
    if not isinstance(data, dict):
        raise UnreadableEventError("data", "an object")
    report = _report(fate, data, at=moment(event.get("created_at")))
    if report.email_id is None and report.workspace_id is None:
        raise UnreadableEventError("data.email_id", "the id of an e-mail")
    return report


def read_email(email: Mapping[str, Any], email_id: str) -> Report | None:
    """The report of an e-mail that was asked for, or None where its last event says nothing of an arrival.

    When it happened is not told, nor why.
    """
    last = word(email.get("last_event")) or ""
    fate = Fate.DELIVERED if last in _READ else FATES.get(f"email_{last}")
    return _report(fate, {**email, "email_id": email_id}, at=None) if fate else None


def _report(fate: Fate, data: dict[str, Any], *, at: datetime | None) -> Report:
    tags = _tags(data.get("tags"))
    suppression = _suppression(fate, data)
    return Report(
        fate=fate,
        email_id=read_text(data.get("email_id"), LONGEST_ID),
        at=at,
        sent_at=moment(data.get("created_at")),
        delivery_id=_uuid(tags.get("delivery_id")),
        digest_id=_uuid(tags.get("digest_id")),
        workspace_id=_uuid(tags.get("workspace_id")),
        why=_why(fate, data),
        unwanted=_addresses(data.get("to")) if suppression else (),
        suppression=suppression,
    )


def _suppression(fate: Fate, data: dict[str, Any]) -> str | None:
    match fate:
        # A full mailbox or a greylisting server is no reason: only what is permanent.
        case Fate.BOUNCED if word(_part(data, "bounce").get("type")) == "permanent":
            return "bounced"
        case Fate.SUPPRESSED:
            return "bounced"
        case Fate.COMPLAINED:
            return "complained"
        case _:
            return None


def _why(fate: Fate, data: dict[str, Any]) -> str:
    match fate:
        case Fate.BOUNCED:
            bounce = _part(data, "bounce")
            kind = ", ".join(_texts(bounce.get("type"), bounce.get("subType")))
            codes = bounce.get("diagnosticCode")
            said = _texts(*(listed(codes) or [codes]), bounce.get("message"))
        case Fate.FAILED:
            kind, said = "", _texts(_part(data, "failed").get("reason"))
        case Fate.SUPPRESSED:
            suppressed = _part(data, "suppressed")
            kind, said = "", _texts(suppressed.get("message"), suppressed.get("type"))
        case _:
            kind, said = "", []
    parts = [each for each in (kind, said[0] if said else "") if each]
    return one_line(_ADDRESS.sub("…@…", ": ".join(parts)), LONGEST_WHY)


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _texts(*values: object) -> list[str]:
    return [text for each in values if isinstance(each, str) and (text := one_line(each, 1000))]


def _addresses(to: object) -> tuple[str, ...]:
    """As recipients have theirs: what is kept as it is written keeps nobody from being written to."""
    written = [to] if isinstance(to, str) else listed(to) or ()
    texts = [one_line(each, LONGEST_TO) for each in written if isinstance(each, str)]
    found = [_address(address) for _, address in getaddresses(texts)]
    return tuple(dict.fromkeys(each for each in found if each))


def _address(written: str) -> str | None:
    try:
        found = validate_email(
            written.rstrip("."), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return (found.ascii_email or found.normalized).lower()


def _tags(tags: object) -> dict[str, str]:
    """Sent as a list of pairs, reported as an object; older reports have the list."""
    if isinstance(tags, dict):
        return {str(name): str(value) for name, value in tags.items()}
    pairs = [each for each in listed(tags) or () if isinstance(each, dict)]
    return {str(each.get("name")): str(each.get("value")) for each in pairs}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None

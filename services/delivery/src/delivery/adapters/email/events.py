"""What Resend reports of e-mails that were sent: bounces and complaints."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from leadstream.reading import listed, read_json, word


@dataclass(frozen=True, slots=True)
class Undeliverable:
    """Addresses of a workspace that must get nothing any more."""

    workspace_id: UUID
    emails: tuple[str, ...] = field(repr=False)
    reason: str


def read_event(body: bytes) -> Undeliverable | None:
    """Who must get nothing any more, or None for news that changes nothing."""
    try:
        event = read_json(body)
        data = event["data"]
        reason = _reason(word(event["type"]), data)
        workspace_id = UUID(_tags(data).get("workspace_id", ""))
        to = [data["to"]] if isinstance(data["to"], str) else listed(data["to"]) or ()
        emails = tuple(str(address).strip().lower() for address in to)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
    return Undeliverable(workspace_id, emails, reason) if reason and emails else None


def _reason(kind: str | None, data: Any) -> str | None:
    match kind:
        # A full mailbox or a greylisting server is no reason: only what is permanent.
        case "email_bounced" if word(data["bounce"]["type"]) == "permanent":
            return "bounced"
        case "email_suppressed":
            return "bounced"
        case "email_complained":
            return "complained"
        case _:
            return None


def _tags(data: Any) -> dict[str, str]:
    """Sent as a list of pairs, reported as an object; older reports have the list."""
    tags = data.get("tags") or {}
    if isinstance(tags, dict):
        return {str(name): str(value) for name, value in tags.items()}
    return {str(tag["name"]): str(tag["value"]) for tag in tags}

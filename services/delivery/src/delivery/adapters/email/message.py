"""The e-mail about a lead: subject, HTML, text and headers, as Resend takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from delivery.adapters.lead_view import LeadView
from delivery.domain.sender import AS_DEPLOYED, OwnSender, domain_of
from leadstream.reading import one_line

LONGEST_SUBJECT = 150


@dataclass(frozen=True, slots=True)
class Badge:
    background: str
    text: str
    accent: str


# Dark text on a light ground: each pair has a contrast above 7:1.
BADGES = {
    "hot": Badge("#fee2e2", "#7f1d1d", "#dc2626"),
    "warm": Badge("#fef3c7", "#78350f", "#d97706"),
    "cold": Badge("#dbeafe", "#1e3a8a", "#2563eb"),
}
DOTS = {"high": "#dc2626", "medium": "#d97706", "low": "#9ca3af"}

_templates = Environment(
    loader=PackageLoader("delivery.adapters.email"),
    # By the end of the name: all but the text of an e-mail is HTML.
    autoescape=select_autoescape(disabled_extensions=("txt.j2",), default=True),
    undefined=StrictUndefined,
    # They are part of the release: nobody changes them under a running process.
    auto_reload=False,
)
_templates.globals |= {"BADGES": BADGES, "DOTS": DOTS}
_templates.filters["cut"] = one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What is the same in every e-mail, but for what a workspace says of its own."""

    sender: str
    # Postal address, as mail laws ask for.
    footer: str
    # Where `POST /u/<token>` can be reached from outside; without it no e-mail offers to unsubscribe.
    public_url: str | None
    # Where answers go, if not to the sender.
    reply_to: str | None = None

    def of(self, own: OwnSender) -> "Letterhead":
        """As the workspace has it, where it says anything of its own."""
        return replace(
            self,
            sender=own.from_address or self.sender,
            reply_to=own.reply_to or self.reply_to,
            footer=own.footer or self.footer,
        )

    def unsubscribe_url(self, token: str) -> str | None:
        return f"{self.public_url.rstrip('/')}/u/{token}" if self.public_url else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    email: str
    unsubscribe_token: str
    delivery_id: UUID
    workspace_id: UUID
    sender: OwnSender = AS_DEPLOYED


def subject_of(lead: LeadView) -> str:
    return one_line(f"New {lead.score.upper()} Lead: {lead.company}", LONGEST_SUBJECT)


def lead_email(lead: LeadView, addressee: Addressee, letterhead: Letterhead) -> bytes:
    """The body of `POST /emails`, with tags that say what it is about."""
    values = {
        "lead": lead,
        "preview": _preview(lead),
        "accent": BADGES[lead.score].accent,
    }
    tags = {
        "lead_id": lead.lead_id,
        "revision": str(lead.revision),
        "workspace_id": str(addressee.workspace_id),
        "delivery_id": str(addressee.delivery_id),
    }
    return write_email("alert", subject_of(lead), values, letterhead, addressee, tags=tags)


def write_email(
    template: str,
    subject: str,
    values: Mapping[str, Any],
    letterhead: Letterhead,
    addressee: Addressee,
    *,
    tags: Mapping[str, str],
) -> bytes:
    """The body of `POST /emails`: `template` in HTML and as text, with the letterhead's parts."""
    letterhead = letterhead.of(addressee.sender)
    unsubscribe_url = letterhead.unsubscribe_url(addressee.unsubscribe_token)
    shown = {
        **values,
        "subject": subject,
        "unsubscribe_url": unsubscribe_url,
        "footer": letterhead.footer,
    }
    email: dict[str, Any] = {
        "from": letterhead.sender,
        "to": [addressee.email],
        "subject": subject,
        "html": render(f"{template}.html.j2", shown),
        "text": render(f"{template}.txt.j2", shown),
        "tags": [{"name": name, "value": value} for name, value in tags.items()],
    }
    if letterhead.reply_to:
        email["reply_to"] = letterhead.reply_to
    email["headers"] = _headers(letterhead, addressee, unsubscribe_url)
    return orjson.dumps(email)


def _headers(
    letterhead: Letterhead, addressee: Addressee, unsubscribe_url: str | None
) -> dict[str, str]:
    """What mail programs sort by, and answer by themselves to or not."""
    headers = {
        # No out-of-office answers to it (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "List-Id": f"<leads.{addressee.workspace_id}.{domain_of(letterhead.sender)}>",
    }
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def render(template: str, values: Mapping[str, Any]) -> str:
    return _templates.get_template(template).render(values)


def _preview(lead: LeadView) -> str:
    parts = (lead.industry, lead.location, lead.contact.name if lead.contact else "")
    return " · ".join(part for part in parts if part)

"""The Slack message of a lead, in Block Kit, within Slack's limits."""

from typing import Any

import orjson

from delivery.adapters.lead_view import LeadView
from leadstream.reading import one_line

# Slack's own limits are 150 for a header, 2,000 for a field, 3,000 for a section and 75 for a button; escaping makes
# text up to five times as long. The sum of all text stays far below the 13,200 characters at which Slack refuses a
# message although each block is legal.
HEADER, FIELD, SIGNAL, BUTTON = 150, 300, 100, 75
BADGES = {"hot": "🔥", "warm": "⚡", "cold": "❄️"}
UNKNOWN = "unknown"


def lead_message(lead: LeadView) -> bytes:
    title = f"{BADGES[lead.score]} New {lead.score.upper()} Lead: {lead.company}"
    blocks = [
        {
            "type": "header",
            # Names the lead in what Slack keeps of the message.
            "block_id": f"lead-{lead.lead_id}-{lead.revision}",
            "text": _plain(one_line(title, HEADER)),
        },
        {"type": "section", "fields": _fields(lead)},
        {"type": "section", "text": _mrkdwn(f"*Contact*\n{_contact(lead)}")},
        *_signals(lead),
        *_button(lead),
    ]
    return orjson.dumps(
        {
            # What notifications show.
            "text": escape(one_line(title, HEADER)),
            "blocks": blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }
    )


def test_message(channel: str) -> bytes:
    text = f"Test message from Leadstream: new leads will be posted here (channel {channel})."
    return orjson.dumps(
        {"text": escape(text), "blocks": [{"type": "section", "text": _plain(text)}]}
    )


def escape(text: str) -> str:
    """The three characters that Slack's markup is made of; & first, or it would be escaped twice."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _fields(lead: LeadView) -> list[dict[str, Any]]:
    named = [
        ("Query", lead.query),
        ("Intent Score", f"{BADGES[lead.score]} {lead.score.upper()}"),
        ("Industry", lead.industry),
        ("Employees", lead.employees),
        ("Revenue", lead.revenue),
        ("Location", lead.location),
    ]
    return [
        _mrkdwn(f"*{name}*\n{escape(one_line(value, FIELD)) or UNKNOWN}")
        for name, value in named
        # These four are always there, so that messages can be compared at a glance.
        if value or name in {"Query", "Intent Score", "Industry", "Employees"}
    ]


def _contact(lead: LeadView) -> str:
    person = lead.contact
    if person is None:
        return lead.no_contact
    who = ", ".join(part for part in (person.name, person.title) if part)
    reach = " · ".join(part for part in (person.email, person.phone) if part)
    lines = [escape(one_line(line, FIELD)) for line in (who, reach) if line]
    return "\n".join(lines)


def _signals(lead: LeadView) -> list[dict[str, Any]]:
    if not lead.signals:
        return []
    lines = [
        f"• {escape(one_line(signal.what, SIGNAL))} ({signal.strength})"
        + (f" · {escape(signal.source)}" if signal.source else "")
        for signal in lead.signals
    ]
    return [{"type": "section", "text": _mrkdwn("*Signals*\n" + "\n".join(lines))}]


def _button(lead: LeadView) -> list[dict[str, Any]]:
    if lead.link is None:
        return []
    button: dict[str, Any] = {
        "type": "button",
        "action_id": "open_lead",
        "text": _plain(one_line(lead.link.text, BUTTON)),
        "url": lead.link.url,
        "value": lead.lead_id,
    }
    if lead.score == "hot":
        button["style"] = "primary"
    return [{"type": "actions", "elements": [button]}]


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> dict[str, Any]:
    # Verbatim: Slack makes no links or mentions out of what it finds in the text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}

"""Destinations and workspaces as the services answer them."""

from typing import Any

from support.console import WORKSPACE, FakeServices

MOMENT = "2026-11-28T02:10:00Z"
RECIPIENT, CHANNEL, CONNECTION, UPLOAD, LEAD = (
    f"0190c0de-0000-7000-8000-00000000000{n}" for n in range(1, 6)
)


def page(*items: Any, more: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next": more}


def workspace(**changed: Any) -> dict[str, Any]:
    made = {"created_at": MOMENT, "updated_at": MOMENT}
    return {"id": WORKSPACE, "slug": "acme", "name": "Acme", **made, **changed}


def recipient(**changed: Any) -> dict[str, Any]:
    return {
        "id": RECIPIENT,
        "workspace_id": WORKSPACE,
        "email": "ops@acme.example",
        "full_name": None,
        "min_score": "cold",
        "enabled": True,
        "admin": False,
        "preferences": {
            "rhythm": dict.fromkeys(("hot", "warm", "cold"), "at_once"),
            "quiet_hours": None,
            "zone": None,
            "daily_cap": None,
            "hot_breaks_through": False,
        },
        "suppressed": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **changed,
    }


def channel(**changed: Any) -> dict[str, Any]:
    return {
        "id": CHANNEL,
        "workspace_id": WORKSPACE,
        "type": "webhook",
        "name": "warehouse",
        "min_score": "hot",
        "status": "active",
        "disabled_reason": None,
        "held_by": None,
        "url": "https://hooks.example/…",
        "previous_secret_until": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        **changed,
    }


def connection(**changed: Any) -> dict[str, Any]:
    return {
        "id": CONNECTION,
        "workspace_id": WORKSPACE,
        "platform": "tech-platform",
        "adapter": "salesforce",
        "settings": {"login_url": "https://login.example"},
        "status": "active",
        "disabled_reason": None,
        "version": 1,
        "held_by": [],
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "rotated_at": None,
        **changed,
    }


def upload(**changed: Any) -> dict[str, Any]:
    return {
        "id": UPLOAD,
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "platform": "tech-platform",
        "revision": 1,
        "intent_score": "hot",
        "status": "failed",
        "adapter": "salesforce",
        "outcome": None,
        "external_id": None,
        "attempts": 1,
        "error": "no such state",
        "rejection": {
            "code": "FIELD_INTEGRITY",
            "message": "no such state",
            "field": "State",
            "ours": "location.state",
        },
        "overrides": {},
        "adjustments": [],
        "next_attempt_at": None,
        "held_by": [],
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "billed_at": None,
        "uploaded_at": None,
        **changed,
    }


def told(**changed: Any) -> dict[str, Any]:
    """How it went at the recipient."""
    return {
        "workspace_id": WORKSPACE,
        "channel": "email",
        "destination_id": RECIPIENT,
        "delivered": 5,
        "failed": 0,
        "pending": 0,
        "cancelled": 0,
        "last_error": None,
        "last_error_at": None,
        **changed,
    }


def taken(**changed: Any) -> dict[str, Any]:
    """How it went at the platform."""
    return {
        "workspace_id": WORKSPACE,
        "platform": "tech-platform",
        "uploaded": 3,
        "failed": 1,
        "pending": 0,
        "others": 0,
        "last_error": "no such state, ask kit@people.example",
        "last_error_at": MOMENT,
        **changed,
    }


def furnish(services: FakeServices) -> None:
    """One of each kind."""
    services.on("discovery", "GET", "workspaces", page(workspace()))
    services.on("delivery", "GET", "recipients", page(recipient()))
    services.on("delivery", "GET", "channels", page(channel()))
    services.on("platform-upload", "GET", "connections", page(connection()))
    deliveries = {"since": MOMENT, "destinations": [told()], "more": False}
    services.on("delivery", "GET", "deliveries/summary", deliveries)
    uploads = {"since": MOMENT, "platforms": [taken()], "more": False}
    services.on("platform-upload", "GET", "uploads/summary", uploads)
    services.on("delivery", "GET", f"recipients/{RECIPIENT}", recipient())
    services.on("delivery", "GET", f"channels/{CHANNEL}", channel())
    services.on("platform-upload", "GET", f"connections/{CONNECTION}", connection())

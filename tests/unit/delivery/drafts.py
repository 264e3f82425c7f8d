"""Drafts and answers for tests of the senders."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from delivery.application.deliver import Draft
from delivery.domain.delivery import Channel, Status
from delivery.domain.draft import ChannelStatus, Doubt, Hook, Mailbox
from delivery.domain.score import Score
from leadstream.http import WHOLE, BodyRule, ProviderClient

NOW = datetime(2026, 1, 22, 2, 20, tzinfo=UTC)
LEAD = UUID("0199f3a1-6c20-7d3e-8a51-2f6f0d9b7c11")
WORKSPACE = UUID("86b5786e-ce87-5279-8883-05198a963e04")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def content(*, company: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A `lead.enriched` as it is stored."""
    contact = {
        "full_name": "John Smith",
        "email": "john@acme.com",
        "verified_email": True,
        "phone": "+1 415 555 0100",
        "title": "VP of Engineering",
    }
    return {
        "lead_id": str(LEAD),
        "workspace_id": str(WORKSPACE),
        "revision": 1,
        "topic": {"name": "AI automation tools"},
        "company": {
            "name": "Acme Corp",
            "domain": "acme.com",
            "website": "https://www.acme.com/",
            "industry": "Technology",
            "employee_count": 250,
            **(company or {}),
        },
        "intent": {
            "score": "hot",
            "signals": [
                {
                    "signal_type": f"Signal {number}",
                    "signal_strength": "high",
                    "detected_at": "2026-01-21T10:30:00Z",
                    "source": "DataShopper",
                }
                for number in range(1, 6)
            ],
        },
        "discovered_at": "2026-01-22T02:15:00Z",
        "enrichment": {
            "status": "completed",
            "enriched_at": "2026-01-22T02:16:30Z",
            "contacts": [contact],
            "total_contacts": 1,
            "primary_contact": contact,
        },
    } | changes


def a_draft(channel: Channel = Channel.WEBHOOK, **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "id": UUID(int=1),
        "channel": channel,
        "destination_id": UUID(int=2),
        "workspace_id": WORKSPACE,
        "status": Status.PENDING,
        "created_at": NOW - timedelta(minutes=1),
        "content": content(),
        "score": Score.HOT,
        "message": None,
        "doubt": Doubt(),
        "mailbox": a_mailbox() if channel is Channel.EMAIL else None,
        "hook": None if channel is Channel.EMAIL else a_hook(),
    }
    return Draft(**(values | changes))


def a_mailbox(**changes: Any) -> Mailbox:
    values: dict[str, Any] = {
        "email": "ops@acme.example",
        "suppressed": None,
        "unsubscribe_token": "t" * 32,
    }
    return Mailbox(**(values | changes))


def a_hook(**changes: Any) -> Hook:
    values: dict[str, Any] = {
        "url": "https://hooks.slack.com/services/T0/B0/x",
        "secrets": (SECRET,),
        "status": ChannelStatus.ACTIVE,
        "disabled_reason": None,
    }
    return Hook(**(values | changes))


class Canned(ProviderClient):
    """Answers every call the same way, and keeps the requests."""

    def __init__(self, answer: httpx.Response | Exception) -> None:
        self._answer = answer
        self.requests: list[httpx.Request] = []

    async def call(
        self,
        provider: str,
        operation: str,
        request: httpx.Request,
        *,
        deadline: timedelta | None = None,
        body: BodyRule = WHOLE,
    ) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


Answering = Callable[..., Canned]


def answer(status: int, body: object = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, str):
        return httpx.Response(status, text=body, headers=named)
    return httpx.Response(status, json=body, headers=named)

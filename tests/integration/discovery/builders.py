"""What is put into the service: queries by its API, ticks and other services' events as records."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from integration.discovery.replicas import Replica
from leadstream.ids import derived_id, new_id, workspace_id

ACME: Final = workspace_id("acme-growth")
OTHER: Final = workspace_id("other-corp")
TOPIC: Final = "AI automation tools"
MORNING: Final = datetime(2026, 1, 22, 2, 0, tzinfo=UTC)

_SLUGS = {ACME: "acme-growth", OTHER: "other-corp"}


async def a_query(
    replica: Replica,
    name: str = "AI tools",
    *,
    workspace: UUID = ACME,
    topic: str = TOPIC,
    **more: Any,
) -> UUID:
    await post(replica, "workspaces", {"slug": _SLUGS[workspace]})
    body = {
        "workspace_id": str(workspace),
        "name": name,
        "topic": {"name": topic, "category": "technology"},
        **more,
    }
    return UUID((await post(replica, "queries", body))["id"])


async def post(replica: Replica, path: str, body: Any = None, *, status: int | None = None) -> Any:
    answer = await replica.http.post(f"/{path}", json=body)
    assert answer.status_code == status if status else answer.is_success, answer.text
    return answer.json()


async def get(replica: Replica, path: str, **params: Any) -> Any:
    answer = await replica.http.get(f"/{path}", params=params)
    assert answer.is_success, answer.text
    return answer.json()


def a_tick(
    schedule: str = "daily-lead-generation",
    *,
    at: datetime = MORNING,
    tick_id: UUID | None = None,
    **params: Any,
) -> dict[str, Any]:
    return {
        "tick_id": str(tick_id or derived_id("tick", schedule, at.isoformat())),
        "schedule": schedule,
        "scheduled_for": at.isoformat(),
        "emitted_at": at.isoformat(),
        "params": {name: str(value) for name, value in params.items()},
    }


async def run(replica: Replica, **tick: Any) -> None:
    """One night: a tick, and all that follows from it here."""
    await replica.take_in("scheduler.tick", a_tick(**tick))
    await replica.finish()


def a_company(domain: str | None = "acme.com", *, high: int = 0, **more: Any) -> dict[str, Any]:
    signals = [
        {
            "signal_type": "Visited competitor website",
            "signal_strength": "high",
            "detected_at": (MORNING - timedelta(hours=number)).isoformat(),
            "source": "DataShopper",
        }
        for number in range(high)
    ]
    return {"name": f"Company {domain}", "domain": domain, "intent_signals": signals, **more}


def companies(count: int, *, first: int = 0) -> list[dict[str, Any]]:
    return [a_company(f"company-{n}.com") for n in range(first, first + count)]


def enriched(
    lead_id: UUID, *, revision: int = 1, hour: int = 1, status: str = "completed", **more: Any
) -> dict[str, Any]:
    score, contact = more.pop("score", "warm"), more.pop("contact", "Jo")
    named = {"name": f"Acme r{revision}", "domain": more.pop("domain", "acme.com")}
    company = more.pop("company", named | {"industry": "Technology"})
    return _event(
        lead_id,
        revision,
        company=company,
        intent={"score": score},
        discovered_at=at(0),
        enrichment={
            "status": status,
            "enriched_at": at(hour),
            "contacts": [{"full_name": contact}],
        },
        **more,
    )


def delivered(
    lead_id: UUID, *, revision: int = 1, status: str = "delivered", hour: int = 2, **more: Any
) -> dict[str, Any]:
    return _event(lead_id, revision, status=status, delivered_at=at(hour), **more)


def uploaded(
    lead_id: UUID, *, revision: int = 1, platform: str = "tech-platform", hour: int = 3, **more: Any
) -> dict[str, Any]:
    when = at(hour)
    return _event(lead_id, revision, platform=platform, adapter="hubspot", uploaded_at=when, **more)


def failed(
    lead_id: UUID, *, stage: str = "enrichment", revision: int = 1, hour: int = 1, **more: Any
) -> dict[str, Any]:
    error = {"class": "provider_error", "message": f"{stage} broke"}
    return _event(lead_id, revision, stage=stage, error=error, failed_at=at(hour), **more)


def _event(lead_id: UUID, revision: int, **fields: Any) -> dict[str, Any]:
    workspace = fields.pop("workspace", ACME)
    return {
        "lead_id": str(lead_id),
        "workspace_id": str(workspace),
        "revision": revision,
        **fields,
    }


def at(hour: int) -> str:
    return (MORNING + timedelta(hours=hour)).isoformat()


def a_lead_id() -> UUID:
    return new_id()

"""A lead as the five services tell of it, for tests of the console."""

from typing import Any

from support.console import EMPTY, WORKSPACE, Called, FakeServices, refused

LEAD = "0190c0de-0000-7000-8000-000000000001"
QUERY = "0190c0de-0000-7000-8000-0000000000bb"
RUN = "0190c0de-0000-7000-8000-0000000000cc"
TICK = "0190c0de-0000-7000-8000-0000000000dd"
# The night began at two.
NIGHT = "2026-11-29T02:0"


def at(minute: int, second: int = 0) -> str:
    return f"{NIGHT}{minute}:{second:02}Z"


def job_id(number: int) -> str:
    return f"0190c0de-0000-7000-8000-0000000001{number:02}"


def a_lead(**changed: Any) -> dict[str, Any]:
    """As in the list: hot, enriched, told and uploaded."""
    return {
        "id": LEAD,
        "workspace_id": WORKSPACE,
        "query_id": QUERY,
        "domain": "acme.com",
        "company_data": {"name": "Acme Corp"},
        "contact_data": {"reason": None, "contacts": [{"email": "ada@acme.com"}]},
        "intent_data": {"score": "hot", "signals": [a_signal(n) for n in range(3)]},
        "revision": 1,
        "enrichment_status": "completed",
        "delivery_status": "delivered",
        "platform_uploaded": True,
        "platform_uploaded_at": at(4),
        "platform_name": "tech-platform",
        "last_error": None,
        "stage": "uploaded",
        "reason": "none",
        "created_at": at(0),
        "updated_at": at(4),
        "enriched_at": at(1),
        "delivered_at": at(2),
        **changed,
    }


def a_signal(number: int = 0, strength: str = "high") -> dict[str, Any]:
    return {
        "signal_type": f"Signal {number}",
        "signal_strength": strength,
        "source": "DataShopper",
        "detected_at": f"2026-11-2{number}T10:00:00Z",
    }


def a_story(**changed: Any) -> dict[str, Any]:
    lead = a_lead()
    signals = lead["intent_data"]["signals"]
    return {
        **lead,
        "intents": [
            {
                "query_id": QUERY,
                "query_name": "AI in tech",
                "source": "datashopper",
                "topic_id": None,
                "topic_name": "AI",
                "signals": [
                    {**each, "detected_at": each["detected_at"].replace("Z", "+00:00")}
                    for each in signals
                ],
            }
        ],
        "runs": [a_run()],
        "revisions": [{"revision": 1, "discovered_at": at(0), "score": "hot", "run_id": RUN}],
        "enrichments": [],
        "deliveries": [],
        "uploads": [],
        "errors": [],
        **changed,
    }


def a_run(**changed: Any) -> dict[str, Any]:
    return {
        "id": RUN,
        "query_id": QUERY,
        "workspace_id": WORKSPACE,
        "tick_id": TICK,
        "run_on": "2026-11-29",
        "source": "datashopper",
        "units": 1,
        "status": "succeeded",
        "found": 50,
        "created": 40,
        "known": 10,
        "rejected": 0,
        "error": None,
        "started_at": at(0),
        "finished_at": at(0, 2),
        **changed,
    }


def a_job(number: int, kind: str, minute: int, **changed: Any) -> dict[str, Any]:
    """One that took a single attempt, five seconds after it was asked for."""
    return {
        "id": job_id(number),
        "kind": kind,
        "state": "succeeded",
        "priority": 0,
        "lane": f"workspace:{WORKSPACE}",
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "attempts": 1,
        "lost": 0,
        "run_at": at(minute),
        "last_error": None,
        "created_at": at(minute),
        "finished_at": at(minute, 6),
        "revision": 1,
        "holds": [],
        "trace_id": None,
        "attempts_made": [an_attempt(1, minute)],
        **changed,
    }


def an_attempt(number: int, minute: int, second: int = 5, **changed: Any) -> dict[str, Any]:
    return {
        "number": number,
        "outcome": "succeeded",
        "error_class": None,
        "error": None,
        "status_code": 200,
        "excerpt": None,
        "started_at": at(minute, second),
        "finished_at": at(minute, second + 1),
        **changed,
    }


def costs(**changed: Any) -> dict[str, Any]:
    enrichment = {
        "revision": 1,
        "job_id": job_id(1),
        "status": "completed",
        "reason": None,
        "error": None,
        "provider": "clay",
        "credits_used": 1,
        "total_contacts": 3,
        "rejected": [],
        "enriched_at": at(1),
        "updated_at": at(1),
    }
    call = {
        "id": job_id(90),
        "job_id": job_id(1),
        "provider": "clay",
        "operation": "enrich",
        "outcome": "succeeded",
        "units": "1",
        "cost": "0.00",
        "ref": None,
        "training": False,
        "started_at": at(1),
        "finished_at": at(1, 1),
    }
    return {"enrichments": [enrichment], "calls": [call], "credits": [], **changed}


def a_delivery(number: int, channel: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": job_id(number),
        "job_id": job_id(number),
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "revision": 1,
        "channel": channel,
        "destination_id": job_id(80),
        "status": "delivered",
        "held_by": None,
        "attempts": 1,
        "receipt": None,
        "error_class": None,
        "error": None,
        "status_code": None,
        "delivered_at": at(2, 6),
        "fate": "delivered" if channel == "email" else None,
        "fate_at": at(2, 7) if channel == "email" else None,
        "due_at": None,
        "digest_id": None,
        "created_at": at(2),
        "updated_at": at(2, 6),
        **changed,
    }


def an_upload(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "id": job_id(number),
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "platform": "tech-platform",
        "revision": 1,
        "intent_score": "hot",
        "status": "uploaded",
        "adapter": "hubspot",
        "outcome": "created",
        "external_id": "4711",
        "attempts": 1,
        "error": None,
        "rejection": None,
        "overrides": {},
        "adjustments": [],
        "next_attempt_at": None,
        "held_by": [],
        "created_at": at(3),
        "updated_at": at(3, 6),
        "uploaded_at": at(3, 6),
        "billed_at": at(3, 6),
        **changed,
    }


def a_page(*items: dict[str, Any], next: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next": next}


def tell(services: FakeServices, story: dict[str, Any] | None = None) -> None:
    """All five tell of LEAD, which has arrived everywhere; a test says then what is different."""

    def the_lead(call: Called) -> Any:
        is_its = call.path == f"leads/{LEAD}"
        return (story or a_story()) if is_its else refused(404, "there is no such lead")

    workspace = {
        "id": WORKSPACE,
        "slug": "acme-growth",
        "name": "Acme Growth",
        "created_at": at(0),
        "updated_at": at(0),
    }
    tick = {
        "id": TICK,
        "schedule": "daily-lead-generation",
        "scheduled_for": at(0),
        "emitted_at": at(0, 1),
        "manual": False,
        "params": {},
    }
    services.on("discovery", "GET", "leads/*", the_lead)
    services.on("discovery", "GET", "workspaces", a_page(workspace))
    services.on("enrichment", "GET", "leads/*", costs())
    services.on("enrichment", "GET", "jobs/attempts", a_page(a_job(1, "enrich-lead", 1)))
    services.on("delivery", "GET", "jobs/attempts", a_page(a_job(2, "deliver-email", 2)))
    services.on("delivery", "GET", "deliveries", a_page(a_delivery(2, "email")))
    services.on("platform-upload", "GET", "jobs/attempts", a_page(a_job(3, "upload-lead", 3)))
    services.on("platform-upload", "GET", "uploads", a_page(an_upload(3)))
    services.on("scheduler", "GET", "schedules/daily-lead-generation/ticks", a_page(tick))
    services.on("*", "GET", "jobs/summary", EMPTY)

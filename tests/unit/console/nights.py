"""Builders of a night as discovery tells it."""

from typing import Any

TICK = "8845ffe3-e93b-5338-94f5-a869ac8f0b95"
LEADS = f"leads?tick_id={TICK}"


def figure(leads: str | None = None, /, **parts: Any) -> dict[str, Any]:
    """Of its parts: counts, or figures. It is their sum."""
    made = {
        name: part if isinstance(part, dict) else a_count(part, leads and f"{leads}&part={name}")
        for name, part in parts.items()
    }
    return {"count": sum(each["count"] for each in made.values()), "leads": leads, "parts": made}


def a_count(count: int, leads: str | None = None) -> dict[str, Any]:
    return {"count": count, "leads": leads, "parts": {}}


def a_funnel() -> dict[str, Any]:
    stored = figure(LEADS, cold=3, hot=4, warm=2)
    created = figure(stored=stored, removed=a_count(0))
    known = figure(risen=1, seen_again=2)
    return {
        "queries": figure(succeeded=2, failed=1),
        "found": figure(created=created, known=known, rejected=figure(missing_name=2)),
        "enrichment": figure(LEADS, completed=7, skipped=figure(LEADS, missing_domain=2)),
        "delivery": figure(LEADS, delivered=8, no_channel=1),
        "messages": figure(email=figure(delivered=9, failed=1), slack=figure(delivered=4)),
        "upload": figure(
            LEADS,
            uploaded=figure(LEADS, **{"tech-platform": 5}),
            not_uploaded=figure(
                LEADS,
                cold=figure(LEADS, none=3),
                hot=figure(LEADS, **{"platform-upload:PermanentError": 1}),
            ),
        ),
        "accepted": figure(**{"tech-platform": 5}),
        "stages": figure(LEADS, uploaded=5, delivered=4),
    }


def a_tick(**changes: Any) -> dict[str, Any]:
    funnel = a_funnel()
    return {
        "tick_id": TICK,
        "run_on": "2026-11-29",
        "started_at": "2026-11-29T02:00:01+00:00",
        "finished_at": "2026-11-29T02:00:09+00:00",
        "runs_total": 3,
        "runs_by_status": {"succeeded": 2, "failed": 1},
        "found": funnel["found"]["count"],
        "created": 9,
        "known": 3,
        "rejected": 2,
        "funnel": funnel,
        "span": {
            "first": "01a22800-1a68-7515-a124-000000000001",
            "last": "01a22800-1a68-7515-a124-000000000009",
            "others": 0,
        },
        "runs": [],
        **changes,
    }


def a_run(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e7b9b12b-37a1-5f3b-949a-b7ecd8ecab2a",
        "query_id": "9cd51375-6f81-5a0e-b105-51938c96cc11",
        "workspace_id": "86b5786e-ce87-5279-8883-05198a963e04",
        "tick_id": TICK,
        "run_on": "2026-11-29",
        "source": "datashopper",
        "units": 1,
        "status": "succeeded",
        "found": 14,
        "created": 9,
        "known": 3,
        "rejected": 2,
        "error": None,
        "started_at": "2026-11-29T02:00:01+00:00",
        "finished_at": "2026-11-29T02:00:09+00:00",
        "query": "<b>AI</b> tools",
        "workspace": "acme-growth",
        "rejections": {"missing_name": 2},
        **changes,
    }


def a_failure(**changes: Any) -> dict[str, Any]:
    return {
        "key": "k1",
        "kind": "deliver-email",
        "error_class": "PermanentError",
        "status_code": 422,
        "message": "ada@acme.example is refused",
        "count": 3,
        "leads": 3,
        "workspaces": 1,
        "more": False,
        "first": "2026-11-29T02:00:01+00:00",
        "last": "2026-11-29T02:00:09+00:00",
        "sample": "e7b9b12b-37a1-5f3b-949a-b7ecd8ecab2b",
        **changes,
    }


def a_pause(**changes: Any) -> dict[str, Any]:
    return {
        "id": "e7b9b12b-37a1-5f3b-949a-b7ecd8ecab2c",
        "scope": "provider:resend",
        "reason": "retry_after",
        "actor": "provider",
        "until": None,
        "detail": None,
        "probe_at": None,
        "created_at": "2026-11-29T02:00:01+00:00",
        "waiting": 7,
        "oldest": "2026-11-29T02:00:02+00:00",
        "more": False,
        **changes,
    }

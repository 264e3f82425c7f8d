"""What the services say of jobs, failures and pauses, as the console and the commands are told it in tests."""

from typing import Any

JOB = "0190c0de-0000-7000-8000-000000000001"
LEAD = "0190c0de-0000-7000-8000-0000000000bb"
WORKSPACE = "0190c0de-0000-7000-8000-0000000000aa"
PAUSE = "0190c0de-0000-7000-8000-0000000000cc"
GROUP = "0190c0de-0000-5000-8000-0000000000dd"


def page(*items: Any, following: str | None = None) -> dict[str, Any]:
    return {"items": list(items), "next": following}


def a_job(**changed: Any) -> dict[str, Any]:
    """As a list has it."""
    return {
        "id": JOB,
        "kind": "deliver-email",
        "state": "failed",
        "priority": 0,
        "lane": f"workspace:{WORKSPACE}",
        "workspace_id": WORKSPACE,
        "lead_id": LEAD,
        "attempts": 2,
        "lost": 0,
        "run_at": "2026-11-28T02:11:00Z",
        "last_error": "refused: kit@example.com",
        "created_at": "2026-11-28T02:10:00Z",
        "finished_at": "2026-11-28T02:12:00Z",
        "held_by": None,
        **changed,
    }


def an_attempt(**changed: Any) -> dict[str, Any]:
    return {
        "number": 1,
        "outcome": "retry",
        "error_class": "unavailable",
        "error": "it answered 503",
        "status_code": 503,
        "excerpt": None,
        "started_at": "2026-11-28T02:10:05Z",
        "finished_at": "2026-11-28T02:10:06Z",
        **changed,
    }


def a_whole_job(**changed: Any) -> dict[str, Any]:
    """As it is shown alone."""
    return {
        **a_job(),
        "payload": {"email": "kit@example.com", "company": "Acme", "api_key": "s3cr3t-value"},
        "leased_until": None,
        "traceparent": None,
        "trace_id": None,
        "attempts_made": [
            an_attempt(),
            an_attempt(
                number=2,
                outcome="failed",
                error_class="rejected",
                error="refused",
                status_code=422,
                excerpt='{"message": "no kit@example.com", "token": "t0k3n-value", "text": "cut o',
                started_at="2026-11-28T02:10:36Z",
                finished_at="2026-11-28T02:10:38Z",
            ),
        ],
        **changed,
    }


def a_failure(**changed: Any) -> dict[str, Any]:
    return {
        "key": GROUP,
        "kind": "deliver-email",
        "error_class": "rejected",
        "status_code": 422,
        "message": "refused: <address>",
        "count": 12,
        "leads": 11,
        "workspaces": 2,
        "more": False,
        "first": "2026-11-28T02:00:00Z",
        "last": "2026-11-28T02:12:00Z",
        "sample": JOB,
        **changed,
    }


def a_summary(*counts: tuple[str, str, int], more: tuple[str, ...] = ()) -> dict[str, Any]:
    """Of (state, kind, how many)."""
    return {
        "counts": [
            {"state": state, "kind": kind, "error_class": None, "count": count}
            for state, kind, count in counts
        ],
        "more": list(more),
        "finished_since": "2026-11-27T02:12:00Z",
    }


def a_pause(**changed: Any) -> dict[str, Any]:
    """As a list has it."""
    return {
        "id": PAUSE,
        "scope": "kind:deliver-email",
        "reason": "quarter end",
        "actor": "ana",
        "until": None,
        "detail": None,
        "probe_at": None,
        "created_at": "2026-11-28T02:00:00Z",
        "waiting": 7,
        "oldest": "2026-11-28T02:01:00Z",
        "more": False,
        **changed,
    }


def changed_jobs(total: int, *, dry_run: bool = False, **kinds: int) -> dict[str, Any]:
    named = {name.replace("_", "-"): count for name, count in kinds.items()}
    return {"dry_run": dry_run, "total": total, "kinds": named or {"deliver-email": total}}

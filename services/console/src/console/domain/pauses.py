"""Why something is held, in few words, and what a pause holds."""

from collections.abc import Mapping
from typing import Any, Final

PERSON: Final = "person"
# What the services give as a reason; whatever else is there was written by somebody.
CAUSES: Final[Mapping[str, str]] = {
    "circuit_open": "circuit",
    "rate_limited": "Retry-After",
    "quota_exhausted": "quota",
    "provider_budget_spent": "budget",
    "spending_cap_reached": "spending cap",
    "credential_missing": "credential",
    "credential_refused": "credential",
    "credential_unreadable": "credential",
    "sending_only": "credential",
    "flood of bad records": "stopped topic",
    "configuration": "settings",
    "misconfigured": "settings",
    "connection_disabled": "settings",
    "connection_missing": "settings",
    "connection_paused": "settings",
    "destination_gone": "settings",
}
ALL_CAUSES: Final = (*dict.fromkeys(CAUSES.values()), PERSON)


def cause(reason: str) -> str:
    return CAUSES.get(reason, PERSON)


def scope_kind(scope: str) -> str:
    return scope.partition(":")[0]


def scope_name(scope: str) -> str:
    return scope.partition(":")[2]


def holds(pause: Mapping[str, Any], job: Mapping[str, Any]) -> bool:
    """Whether the job waits behind the pause. Which kinds a provider has, its service knows: it says the reasons."""
    if job["state"] != "ready" or pause["reason"] not in (job["held_by"] or ()):
        return False
    scopes = {"all", f"kind:{job['kind']}", job["lane"], f"workspace:{job['workspace_id']}"}
    return pause["scope"] in scopes or scope_kind(pause["scope"]) == "provider"


def waiting_filter(pause: Mapping[str, Any]) -> dict[str, str]:
    """The filter of the list of jobs that comes closest to what waits behind a pause."""
    scope = pause["scope"]
    wanted = {"kind": "kind", "workspace": "workspace_id"}.get(scope_kind(scope))
    return {"state": "ready"} | ({wanted: scope_name(scope)} if wanted else {})

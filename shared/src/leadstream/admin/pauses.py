"""What a service holds back, until when and why."""

from leadstream.admin.answers import PageListedPause, PauseAnswer
from leadstream.admin.calls import Call, given, path


def list_pauses(service: str) -> Call[PageListedPause]:
    """Those in force, the oldest first."""
    return Call(service, "GET", "pauses", PageListedPause)


def hold(service: str, scope: str, *, reason: str, until: object = None) -> Call[PauseAnswer]:
    """Hold a scope; without `until` until somebody lifts it."""
    body = given(scope=scope, reason=reason, until=until)
    return Call(service, "POST", "pauses", PauseAnswer, body=body)


def lift(service: str, pause_id: object, *, reason: str | None = None) -> Call[PauseAnswer]:
    return Call(service, "DELETE", path("pauses", pause_id), PauseAnswer, reason=reason)

"""Who changed what, when and why."""

from leadstream.admin.answers import PageAuditEntry
from leadstream.admin.calls import Call, given


def list_changes(  # noqa: PLR0913 - one argument a filter
    service: str,
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    workspace_id: object = None,
    since: object = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Call[PageAuditEntry]:
    """Newest first."""
    params = given(
        actor=actor,
        action=action,
        target=target,
        workspace_id=workspace_id,
        since=since,
        limit=limit,
        cursor=cursor,
    )
    return Call(service, "GET", "audit", PageAuditEntry, params)

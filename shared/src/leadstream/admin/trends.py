"""What is talked about more, or less, from week to week."""

from leadstream.admin.answers import PageTrend
from leadstream.admin.calls import Call, given


def list_trends(
    *,
    workspace_id: str | None = None,
    topic_id: str | None = None,
    direction: str | None = None,
    since: object = None,
    limit: int | None = None,
) -> Call[PageTrend]:
    """The newest week first; `since` is a day. A workspace has the topics of its own queries."""
    params = given(
        workspace_id=workspace_id,
        topic_id=topic_id,
        direction=direction,
        since=since,
        limit=limit,
    )
    return Call("discovery", "GET", "trends", PageTrend, params)

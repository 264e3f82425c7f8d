"""The nights: ticks with the runs of their queries, and what became of what they found."""

from leadstream.admin.answers import BillingEventCount, PageListedTick, Tick
from leadstream.admin.calls import Call, given, path


def list_ticks(
    *, workspace_id: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Call[PageListedTick]:
    """Those that had something to run, newest first."""
    params = given(workspace_id=workspace_id, limit=limit, cursor=cursor)
    return Call("discovery", "GET", "runs", PageListedTick, params)


def get_tick(tick_id: object, *, workspace_id: str | None = None) -> Call[Tick]:
    return Call("discovery", "GET", path("runs", tick_id), Tick, given(workspace_id=workspace_id))


def count_billed(
    first_lead: str, last_lead: str, *, workspace_id: str | None = None
) -> Call[BillingEventCount]:
    """Of the leads whose ids are between these two: `Tick.span`."""
    params = given(first_lead=first_lead, last_lead=last_lead, workspace_id=workspace_id)
    return Call("platform-upload", "GET", "billing-events/count", BillingEventCount, params)

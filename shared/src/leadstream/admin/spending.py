"""What enrichment cost, and what may still be spent."""

from leadstream.admin.answers import By, PageAccount, Spend, Spending
from leadstream.admin.calls import Call, given

SERVICE = "enrichment"


def sum_up_spending(
    since: str | None = None, until: str | None = None, workspace_id: str | None = None
) -> Call[Spending]:
    params = given(since=since, until=until, workspace_id=workspace_id)
    return Call(SERVICE, "GET", "spending", Spending, params)


def sum_up_spend(
    since: str | None = None,
    until: str | None = None,
    workspace_id: str | None = None,
    *,
    by: By | None = None,
) -> Call[Spend]:
    """What providers cost in money, in days; with caps and forecasts."""
    params = given(since=since, until=until, workspace_id=workspace_id, by=by)
    return Call(SERVICE, "GET", "spend", Spend, params)


def list_accounts(
    workspace_id: str | None = None, *, limit: int | None = None, cursor: str | None = None
) -> Call[PageAccount]:
    """Credit accounts, by address."""
    params = given(workspace_id=workspace_id, limit=limit, cursor=cursor)
    return Call(SERVICE, "GET", "credits", PageAccount, params)

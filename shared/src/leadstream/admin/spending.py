"""What enrichment cost, and what may still be spent."""

from leadstream.admin.answers import PageAccount, Spending
from leadstream.admin.calls import Call, given

SERVICE = "enrichment"


def sum_up_spending(
    since: str | None = None, until: str | None = None, workspace_id: str | None = None
) -> Call[Spending]:
    params = given(since=since, until=until, workspace_id=workspace_id)
    return Call(SERVICE, "GET", "spending", Spending, params)


def list_accounts(
    workspace_id: str | None = None, *, limit: int | None = None, cursor: str | None = None
) -> Call[PageAccount]:
    """Credit accounts, by address."""
    params = given(workspace_id=workspace_id, limit=limit, cursor=cursor)
    return Call(SERVICE, "GET", "credits", PageAccount, params)

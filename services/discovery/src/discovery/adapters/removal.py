"""What discovery has of a workspace. Topics are nobody's, and stay."""

from leadstream.accounts.store import SQL as ACCOUNTS
from leadstream.postgres import load_queries
from leadstream.removal import Holdings, Step

SQL = load_queries("discovery.adapters", "removal.sql")

HOLDINGS = Holdings(
    count=SQL.count_rows,
    steps=(
        # First, so that nothing more is accepted and then thrown away.
        Step(name="push_requests", statement=SQL.remove_requests),
        Step(name="rate_limits", statement=SQL.remove_buckets),
        Step(name="push_sources", statement=SQL.remove_sources),
        Step(name="leads", statement=SQL.remove_leads),
        # In this order: what the deletion of leads has noted is not added up any more.
        Step(name="lead_count_changes", statement=SQL.remove_lead_count_changes),
        Step(name="lead_counts", statement=SQL.remove_lead_counts),
        Step(name="query_runs", statement=SQL.remove_query_runs, walks=True),
        Step(name="arrivals", statement=SQL.remove_arrivals),
        Step(name="imports", statement=SQL.remove_imports),
        Step(name="queries", statement=SQL.remove_queries),
        Step(name="provider_accounts", statement=ACCOUNTS.remove_accounts),
        Step(name="workspace_sources", statement=ACCOUNTS.remove_sources),
        Step(name="workspaces", statement=SQL.remove_workspaces),
    ),
    scopes=ACCOUNTS.scopes,
)

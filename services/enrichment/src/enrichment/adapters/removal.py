"""What enrichment has of a workspace. What the deployment's keys bought is nobody's, and stays."""

from leadstream.accounts.store import SQL as ACCOUNTS
from leadstream.postgres import load_queries
from leadstream.removal import Holdings, Step

SQL = load_queries("enrichment.adapters", "removal.sql")

HOLDINGS = Holdings(
    count=SQL.count_rows,
    steps=(
        Step(name="leads", statement=SQL.remove_leads, walks=True),
        Step(name="provider_calls", statement=SQL.remove_provider_calls, walks=True),
        Step(name="provider_budgets", statement=SQL.remove_provider_budgets),
        Step(name="provider_spending", statement=SQL.remove_provider_spending),
        Step(name="provider_accounts", statement=ACCOUNTS.remove_accounts),
        Step(name="workspace_sources", statement=ACCOUNTS.remove_sources),
        Step(name="spending_caps", statement=SQL.remove_spending_caps),
        Step(name="cap_use", statement=SQL.remove_cap_use),
        Step(name="spend_days", statement=SQL.remove_spend_days),
        Step(name="company_answers", statement=SQL.remove_company_answers),
        Step(name="credit_ledger", statement=SQL.remove_credit_ledger),
        Step(name="credit_accounts", statement=SQL.remove_credit_accounts),
    ),
    scopes=SQL.scopes,
)

"""What the routes answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, PlainSerializer


def plain(amount: Decimal) -> str:
    """Without an exponent and without zeros that say nothing."""
    return f"{amount.normalize():f}"


def in_cents(amount: Decimal) -> str:
    """With two places at least, and as many as it has."""
    whole, _, places = plain(amount).partition(".")
    return f"{whole}.{places:0<2}"


# Strings, because a JSON number is no decimal for whoever reads it.
Amount = Annotated[Decimal, PlainSerializer(in_cents, return_type=str)]
Units = Annotated[Decimal, PlainSerializer(plain, return_type=str)]


class Account(BaseModel):
    id: UUID
    workspace_id: UUID
    email: str
    role: str
    daily_credit_limit: int
    daily_credits_used: int = Field(description="Reserved and spent.")
    credit_day: date | None = Field(description="The day they count for; null before the first.")
    created_at: datetime
    updated_at: datetime


class LedgerEntry(BaseModel):
    id: UUID
    entry: Literal["reserve", "commit", "release", "reset"]
    credits: int
    day: date | None
    job_id: UUID | None
    lead_id: UUID | None
    open: bool = Field(description="A reservation that has not ended.")
    created_at: datetime


class Budget(BaseModel):
    id: UUID
    workspace_id: UUID
    daily_calls: int | None = Field(description="Null: no limit.")
    is_default: bool
    calls_today: int


class LeadEnrichment(BaseModel):
    revision: int
    job_id: UUID
    status: Literal["completed", "skipped", "failed"]
    reason: str | None = Field(description="Why it was skipped.")
    error: str | None
    provider: str | None
    credits_used: float = Field(description="The provider's; 0 where the answer was known already.")
    total_contacts: int
    rejected: list[str] = Field(description="Contacts of the answer that were left out, and why.")
    enriched_at: datetime | None
    updated_at: datetime


class ProviderCall(BaseModel):
    """A call that may cost money. A company that is known, or that another lead asked about, costs none."""

    id: UUID
    job_id: UUID
    provider: str
    operation: Literal["enrich", "verify"]
    outcome: Literal["succeeded", "refused", "failed", "unknown"] | None = Field(
        description="Null: under way. `unknown`: it may have been paid for."
    )
    units: Units | None = Field(
        description="What it took, in the provider's unit; of `unknown`: at most. Null: not known, or under way."
    )
    cost: Amount | None = Field(description="The same in money, at the price of its time.")
    ref: str | None = Field(description="The provider's own name of its answer.")
    training: bool = Field(description="The provider's sandbox was asked, which costs nothing.")
    started_at: datetime
    finished_at: datetime | None


class LeadCredit(BaseModel):
    id: UUID
    entry: Literal["reserve", "commit", "release", "reset"]
    credits: int
    job_id: UUID | None
    open: bool
    created_at: datetime


class LeadCosts(BaseModel):
    enrichments: list[LeadEnrichment] = Field(description="One a revision.")
    calls: list[ProviderCall] = Field(description="Oldest first; at most 200.")
    credits: list[LeadCredit] = Field(description="Of users who asked by hand; at most 200.")


class Calls(BaseModel):
    paid: int = Field(description="Companies asked about and answered for.")
    unknown: int = Field(description="Nobody knows whether they were paid for.")
    unpaid: int = Field(description="Refused or failed.")
    open: int = Field(description="Under way.")
    verifications: int = Field(description="Addresses verified, whatever came of it.")


class EnrichedLeads(BaseModel):
    enriched: int
    cached: int = Field(description="Of these, answered from what was known, at no price.")
    skipped: int


class SpentBudget(BaseModel):
    daily_calls: int | None = Field(description="Null: no limit.")
    is_default: bool
    calls_today: int
    recent: int = Field(description="Calls that count against it, in the last `pace_seconds`.")


class WorkspaceSpending(BaseModel):
    workspace_id: UUID
    calls: Calls
    leads: EnrichedLeads
    credits: float = Field(description="The provider's, for enriched leads.")
    budget: SpentBudget


class Spending(BaseModel):
    since: datetime
    until: datetime
    day: date = Field(description="The day of the budgets.")
    pace_seconds: float
    workspaces: list[WorkspaceSpending]
    more: bool = Field(description="There are more than are told: ask for one workspace.")


class SpendingCaps(BaseModel):
    id: UUID
    workspace_id: UUID
    currency: str
    daily: Amount | None = Field(description="Null: no limit.")
    monthly: Amount | None = Field(description="Null: no limit.")
    is_default: bool
    spent_today: Amount
    reserved_today: Amount = Field(description="The most that calls under way can cost.")
    spent_this_month: Amount
    reserved_this_month: Amount


class DaySpend(BaseModel):
    spent: Amount
    reserved: Amount = Field(description="The most that calls under way can cost.")
    cap: Amount | None = Field(description="Null: no limit.")


class MonthSpend(DaySpend):
    forecast: Amount = Field(
        description="What the whole month will come to, caps aside: what is spent, and for each day that is left the "
        "mean of such weekdays in the last four weeks. Within a workspace's first week it is a guess."
    )


class WorkspaceSpend(BaseModel):
    workspace_id: UUID
    calls: int = Field(description="That were or may have been paid for, in the time asked for.")
    training_calls: int = Field(description="Of a provider's sandbox; they cost nothing.")
    cost: Amount
    caps_are_default: bool
    day: DaySpend = Field(description="Today, in UTC.")
    month: MonthSpend = Field(description="This month, in UTC.")


class SpendRow(BaseModel):
    workspace_id: UUID
    day: date | None = Field(description="With `by=day`.")
    provider: str
    operation: Literal["enrich", "verify"]
    training: bool
    calls: int
    units: Units = Field(description="In the provider's unit.")
    cost: Amount


class Spend(BaseModel):
    currency: str
    since: date
    until: date = Field(description="Not included.")
    today: date
    workspaces: list[WorkspaceSpend]
    rows: list[SpendRow] = Field(description="By provider and what it was asked for.")
    more: bool = Field(description="There is more than is told: ask for one workspace.")

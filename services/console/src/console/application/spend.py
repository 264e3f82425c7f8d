"""What a month or a day cost, how far the budgets go, and whether the bills agree with what was accepted."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from console.application.money import Money
from console.application.ports import Api
from console.domain.budgets import Outlook, outlook
from console.domain.periods import Period
from leadstream.admin.errors import AdminError
from leadstream.admin.spending import list_accounts, sum_up_spend, sum_up_spending
from leadstream.admin.uploads import compare_billing, list_billing_events
from leadstream.admin.workspaces import list_workspaces

ACCOUNTS: Final = 200
# As many rows as a request gives; and of a file, as many as a spreadsheet bears.
PAGE: Final = 500
MOST_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Spent:
    """One workspace's."""

    workspace_id: str
    row: Mapping[str, Any]
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Spend:
    """Each part is its error where its service gave no answer."""

    spent: Sequence[Spent] | AdminError
    money: Money | AdminError
    accounts: Mapping[str, Any] | AdminError
    bills: Mapping[str, Any] | AdminError
    workspaces: Mapping[str, str]
    more: bool

    @property
    def totals(self) -> dict[str, int]:
        rows = [] if isinstance(self.spent, AdminError) else self.spent
        calls = ("paid", "unknown", "unpaid", "verifications")
        found = {name: sum(each.row["calls"][name] for each in rows) for name in calls}
        return found | {"cached": sum(each.row["leads"]["cached"] for each in rows)}

    @property
    def billing(self) -> dict[str, int]:
        rows = [] if isinstance(self.bills, AdminError) else self.bills["platforms"]
        names = ("accepted", "billed", "elsewhen", "unbilled", "unfounded")
        return {name: sum(row[name] for row in rows) for name in names}


async def find_spend(api: Api, period: Period, workspace_id: str | None, now: datetime) -> Spend:
    found: Sequence[Any] = await asyncio.gather(
        api.try_(sum_up_spending(period.since, period.until, workspace_id)),
        api.try_(sum_up_spend(*period.days, workspace_id)),
        api.try_(list_accounts(workspace_id, limit=ACCOUNTS)),
        api.try_(compare_billing(period.since, period.until, workspace_id)),
        api.try_(list_workspaces(limit=500)),
    )
    spending, money, accounts, bills, workspaces = found
    is_away = isinstance(spending, AdminError)
    return Spend(
        spent=spending if is_away else _spent(spending, now),
        money=money if isinstance(money, AdminError) else Money.read(money),
        accounts=accounts,
        bills=bills,
        workspaces={}
        if isinstance(workspaces, AdminError)
        else {row["id"]: row["slug"] for row in workspaces["items"]},
        more=not is_away and spending["more"],
    )


def _spent(spending: Mapping[str, Any], now: datetime) -> list[Spent]:
    return [
        Spent(
            row["workspace_id"],
            row,
            outlook(
                limit=row["budget"]["daily_calls"],
                used=row["budget"]["calls_today"],
                recent=row["budget"]["recent"],
                pace=timedelta(seconds=spending["pace_seconds"]),
                day=spending["day"],
                now=now,
            ),
        )
        for row in spending["workspaces"]
    ]


async def bills_of(
    api: Api, period: Period, workspace_id: str | None, platform: str | None
) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """Billing events, newest first, a page at a time. Raises AdminError."""
    cursor, rows = None, 0
    while rows < MOST_ROWS:
        page = await api.ask(
            list_billing_events(
                workspace_id,
                platform=platform,
                since=period.since,
                until=period.until,
                limit=PAGE,
                cursor=cursor,
            )
        )
        yield page["items"]
        rows, cursor = rows + len(page["items"]), page["next"]
        if cursor is None:
            return

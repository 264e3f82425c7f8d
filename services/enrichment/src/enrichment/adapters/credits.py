"""Credit accounts and their ledger."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from enrichment.domain.days import day_of
from leadstream.ids import derived_id, new_id
from leadstream.jobs.model import Settled, Succeeded
from leadstream.outbox import OutboxEvent
from leadstream.postgres import Tx, load_queries

SQL = load_queries("enrichment.adapters", "credits.sql")

# A tick further ahead can't be meant: the clocks of scheduler and enrichment differ by seconds, time zones by a day.
FURTHEST_AHEAD: Final = timedelta(days=7)
DEFAULT_LIMIT: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    workspace_id: UUID
    email: str
    # None: as it is; a new account has the defaults.
    role: str | None
    daily_credit_limit: int | None

    @property
    def id(self) -> UUID:
        return account_id(self.workspace_id, self.email)


def account_id(workspace_id: UUID, email: str) -> UUID:
    """Follows from workspace and address, so that applying the same file twice changes nothing."""
    return derived_id("user", workspace_id, normal_email(email))


def normal_email(email: str) -> str:
    return email.strip().lower()


async def put_account(tx: Tx, account: NewAccount, *, now: datetime) -> tuple[Any, Any]:
    """Make or change an account: the row before, which is None for a new one, and after."""
    made = await tx.fetchrow(
        SQL.insert_account,
        account.id,
        account.workspace_id,
        normal_email(account.email),
        account.role,
        account.daily_credit_limit,
        day_of(now) + FURTHEST_AHEAD,
        DEFAULT_LIMIT,
    )
    if made is not None:
        return None, made
    before = await tx.fetchrow(SQL.lock_account, account.id)
    changed = (account.role, account.daily_credit_limit)
    return before, await tx.fetchrow(SQL.change_account, account.id, *changed)


async def reserve_credit(
    tx: Tx, account: UUID, workspace_id: UUID, *, job_id: UUID, lead_id: UUID, now: datetime
) -> bool:
    """Take one credit of today for a job; False when none is left."""
    row = await tx.fetchrow(SQL.reserve_credit, account, workspace_id)
    if row is None:
        return False
    days = (row["credit_day"], day_of(now))
    await tx.execute(SQL.note_reservation, new_id(), account, workspace_id, *days, job_id, lead_id)
    return True


def settle_reservations(
    tx: Tx, ended: Sequence[Settled], *, is_spent: Callable[[Settled], bool]
) -> None:
    """Commit or release what the jobs had reserved."""
    jobs = [each for each in ended if each.job.payload["account_id"]]
    if jobs:
        entries = ["commit" if is_spent(each) else "release" for each in jobs]
        _settle(tx, [each.job.id for each in jobs], entries)


async def release_abandoned(tx: Tx, *, older_than: timedelta) -> int:
    """Give back what jobs had reserved that were cancelled or are gone; return how many."""
    rows = await tx.fetch(SQL.abandoned_reservations, older_than)
    jobs = [row["job_id"] for row in rows]
    if jobs:
        _settle(tx, jobs, ["release"] * len(jobs))
    return len(jobs)


def _settle(tx: Tx, jobs: list[UUID], entries: list[str]) -> None:
    tx.later(SQL.settle_reservations, jobs, entries, [new_id() for _ in jobs])


class CreditReset:
    """The recorder of `credit-reset`: the day starts, and every account begins at 0, together with the job's end."""

    def __init__(self, today: Callable[[], date]) -> None:
        self._today = today

    async def __call__(self, tx: Tx, settled: Sequence[Settled]) -> Sequence[OutboxEvent]:
        due = [each for each in settled if isinstance(each.outcome, Succeeded)]
        for each in sorted(due, key=_day):
            await start_day(tx, _day(each), today=self._today())
        return ()


async def start_day(tx: Tx, day: date, *, today: date) -> bool:
    """Begin a day for all accounts; False when it, or a later one, had begun."""
    horizon = today + FURTHEST_AHEAD
    if await tx.fetchval(SQL.start_day, day, horizon) is None:
        return False
    due = await tx.fetch(SQL.lock_due_accounts, day, horizon)
    await tx.execute(SQL.reset_accounts, day, [row["id"] for row in due])
    return True


def _day(settled: Settled) -> date:
    return date.fromisoformat(settled.job.payload["day"])

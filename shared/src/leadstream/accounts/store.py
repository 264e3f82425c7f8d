"""Accounts and sources of workspaces in Postgres, credentials encrypted; the deployment's come from its settings."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol
from uuid import UUID

from leadstream.accounts.catalogue import PROVIDERS, SourceList
from leadstream.accounts.errors import UnreadableAccountError
from leadstream.accounts.model import Account
from leadstream.accounts.plan import Plan, StopWhen
from leadstream.crypto import Cell, Keyring, UndecryptableError
from leadstream.ids import derived_id
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, Tx, load_queries
from leadstream.rotation import SealedColumn

SQL = load_queries("leadstream.accounts", "accounts.sql")
TABLE, COLUMN = "provider_accounts", "credentials"
# Workspaces that are remembered. One more, and all are looked up again.
MOST_REMEMBERED: Final = 10_000


def account_id(workspace_id: UUID, provider: str) -> UUID:
    return derived_id("provider-account", workspace_id, provider)


def cell_of(workspace_id: UUID, identity: UUID) -> Cell:
    return Cell(workspace_id, TABLE, COLUMN, identity)


def sealed_accounts(database: Database, keyring: Keyring) -> SealedColumn:
    return SealedColumn(
        database, keyring, TABLE, COLUMN, after=SQL.sealed_after, replace=SQL.replace_sealed
    )


class Reader(Protocol):
    """A pool, or a transaction of it."""

    async def fetch(self, query: str, *args: object) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What one workspace has said. A list that it says nothing of is not among `lists`."""

    lists: Mapping[str, list[str]]
    stop_when: StopWhen
    training: bool
    own: Mapping[str, Account]
    # By provider: why its credentials can't be read.
    unreadable: Mapping[str, str]


class PostgresAccounts:
    """`Accounts` and `Sources` of one service.

    What a workspace has is remembered until the board of pauses looks again, which it does within milliseconds of every
    change, and every few seconds: whoever saves a key tells the boards, and what waited for it goes with the new one.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring | None,
        board: PauseBoard,
        *,
        service: str,
        deployment: Iterable[Account],
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._deployment = {account.provider: account for account in deployment}
        self._providers = [each for each in PROVIDERS.values() if each.service == service]
        self._known: dict[UUID, Configured] = {}
        self._owners: dict[str, frozenset[UUID]] = {}
        self._changes = 0
        board.watch(self.forget)

    def forget(self) -> None:
        """Something may have changed."""
        self._changes += 1
        self._known.clear()
        self._owners.clear()

    async def find(
        self, provider: str, workspace_id: UUID, *, training: bool = False
    ) -> Account | None:
        if training and not PROVIDERS[provider].trains:
            return None
        return self._chosen(
            await self._configured(workspace_id), provider, workspace_id, training=training
        )

    async def owners_of(self, provider: str) -> Collection[UUID]:
        """The workspaces that have a key of their own for it."""
        if (known := self._owners.get(provider)) is not None:
            return known
        changes = self._changes
        rows = await self._database.pool.fetch(SQL.owners_of, provider)
        found = frozenset(row["workspace_id"] for row in rows)
        if changes == self._changes:
            self._owners[provider] = found
        return found

    async def is_current(self, account: Account, workspace_id: UUID) -> bool:
        configured = await self._look_up(self._database.pool, [workspace_id])
        try:
            now = self._chosen(
                configured[workspace_id],
                account.provider,
                workspace_id,
                training=account.training,
            )
        except UnreadableAccountError:
            return False
        return now == account

    async def of(self, workspace_id: UUID) -> Plan:
        return self.plan(await self._configured(workspace_id))

    async def plans(self, tx: Tx, workspace_ids: Collection[UUID]) -> Mapping[UUID, Plan]:
        """`of` for many, by the caller's own connection: whoever holds one must not wait for another."""
        configured = await self._remembered(tx, workspace_ids)
        return {each: self.plan(configured[each]) for each in workspace_ids}

    def plan(self, configured: Configured) -> Plan:
        return Plan(
            intent=self._list(configured, SourceList.INTENT),
            contacts=self._list(configured, SourceList.CONTACTS),
            verify=self._list(configured, SourceList.VERIFY),
            stop_when=configured.stop_when,
            training=configured.training,
        )

    def without_key(self, configured: Configured) -> list[str]:
        """The providers of its plan that nobody has a key for."""
        plan = self.plan(configured)
        return [
            name
            for name in dict.fromkeys((*plan.intent, *plan.contacts, *plan.verify))
            if PROVIDERS[name].credentials and not self._has_key(configured, name)
        ]

    def _list(self, configured: Configured, kind: SourceList) -> tuple[str, ...]:
        fitting = [each.name for each in self._providers if kind in each.lists]
        said = configured.lists.get(kind)
        wanted = (
            [name for name in fitting if self._has_key(configured, name)]
            if said is None
            else [name for name in said if name in fitting]
        )
        return tuple(name for name in wanted if PROVIDERS[name].trains or not configured.training)

    def _has_key(self, configured: Configured, provider: str) -> bool:
        return (
            provider in self._deployment
            or provider in configured.own
            or provider in configured.unreadable
        )

    def _chosen(
        self, configured: Configured, provider: str, workspace_id: UUID, *, training: bool
    ) -> Account | None:
        if said := configured.unreadable.get(provider):
            # Not the deployment's instead: the workspace has said that it pays itself.
            raise UnreadableAccountError(said, provider=provider, workspace_id=workspace_id)
        found = configured.own.get(provider) or self._deployment.get(provider)
        return replace(found, training=True) if found and training else found

    async def _configured(self, workspace_id: UUID) -> Configured:
        if (known := self._known.get(workspace_id)) is not None:
            return known
        return (await self._remembered(self._database.pool, {workspace_id}))[workspace_id]

    async def _remembered(
        self, reader: Reader, workspace_ids: Collection[UUID]
    ) -> Mapping[UUID, Configured]:
        known = {each: self._known[each] for each in workspace_ids if each in self._known}
        missing = [each for each in workspace_ids if each not in known]
        if not missing:
            return known
        changes = self._changes
        found = await self._look_up(reader, missing)
        # What was read before a change must not be remembered after it.
        if changes == self._changes:
            if len(self._known) + len(found) > MOST_REMEMBERED:
                self._known.clear()
            self._known |= found
        return known | found

    async def _look_up(
        self, reader: Reader, workspace_ids: Sequence[UUID]
    ) -> dict[UUID, Configured]:
        rows = await reader.fetch(SQL.configured, workspace_ids)
        by_workspace = groupby(rows, key=itemgetter("workspace_id"))
        return {each: _said(list(its), each, self._keyring) for each, its in by_workspace}


def _said(rows: Sequence[Any], workspace_id: UUID, keyring: Keyring | None) -> Configured:
    own: dict[str, Account] = {}
    unreadable: dict[str, str] = {}
    for row in rows:
        if row["id"] is None:
            continue
        try:
            own[row["provider"]] = _account(row, workspace_id, keyring)
        except UndecryptableError as exc:
            unreadable[row["provider"]] = str(exc)
    first = rows[0]
    return Configured(
        lists=first["lists"] or {},
        stop_when=StopWhen(first["stop_when"] or StopWhen.FOUND),
        training=bool(first["training"]),
        own=own,
        unreadable=unreadable,
    )


def _account(row: Any, workspace_id: UUID, keyring: Keyring | None) -> Account:
    return Account(
        provider=row["provider"],
        workspace_id=workspace_id,
        credentials=opened(row["credentials"], cell_of(workspace_id, row["id"]), keyring),
        settings=row["settings"],
    )


def opened(sealed: bytes, cell: Cell, keyring: Keyring | None) -> dict[str, str]:
    """Raise UndecryptableError."""
    if keyring is None:
        raise UndecryptableError(
            f"{cell.table}.{cell.column} of {cell.row_id} is encrypted, and ENCRYPTION_KEYS is not set"
        )
    return {name: str(value) for name, value in keyring.decrypt_json(sealed, cell).items()}

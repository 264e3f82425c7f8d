"""What the routes of accounts do; every change is one transaction with its audit row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from leadstream.accounts.bodies import NewAccount
from leadstream.accounts.book import AccountBook, Kept, let_go
from leadstream.accounts.catalogue import (
    PROVIDERS,
    Provider,
    checked_credentials,
    checked_settings,
    with_account,
)
from leadstream.accounts.errors import WrongAccountError
from leadstream.accounts.model import Account
from leadstream.accounts.store import SQL, account_id, sealed_accounts
from leadstream.accounts.trying import Try, try_account
from leadstream.api import (
    Caller,
    Change,
    ConflictError,
    InvalidError,
    NotFoundError,
    Paging,
    PostgresAudit,
)
from leadstream.clock import Clock
from leadstream.crypto import Keyring
from leadstream.pauses import PauseBoard
from leadstream.postgres import Database, Tx
from leadstream.rotation import SealedPlace, rotate_all

LISTED = (datetime, UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What the routes of a service work with."""

    service: str
    database: Database
    # None: no credentials can be kept.
    keyring: Keyring | None
    board: PauseBoard
    clock: Clock
    wake: Callable[[], None]
    # What else the service keeps encrypted, for a new key.
    sealed: Sequence[SealedPlace] = ()

    async def let_go(self) -> None:
        """Let the waiting leads of this process go at once, without waiting for its own NOTIFY."""
        await self.board.refresh()
        self.wake()


class AccountsApi:
    def __init__(self, workplace: Workplace, tries: Mapping[str, Try]) -> None:
        self._at = workplace
        self._tries = tries
        self._audit = PostgresAudit()

    async def put(self, caller: Caller, new: NewAccount) -> dict[str, Any]:
        """Give the workspace an account at a provider, or bring the one there is to what the body says."""
        caller.must_see(new.workspace_id, "workspace")
        provider = self._provider(new.provider)
        return await self._save(
            caller,
            provider,
            new.workspace_id,
            new.model_dump(include={"credentials", "settings"}, exclude_none=True),
            action="changed",
        )

    async def rotate(
        self, caller: Caller, identity: UUID, credentials: Mapping[str, Any]
    ) -> dict[str, Any]:
        row = await self.get(caller, identity)
        provider, given = PROVIDERS[row["provider"]], {"credentials": credentials}
        return await self._save(caller, provider, row["workspace_id"], given, action="rotated")

    async def test(self, caller: Caller, identity: UUID) -> dict[str, Any]:
        """Ask the provider with it. One that works is no longer held by what was wrong with it before."""
        kept = await self._readable(caller, identity)
        ask = self._tries.get(kept.provider)
        if ask is None:
            raise ConflictError(f"this {self._at.service} can't ask {kept.provider}")
        account = Account(
            provider=kept.provider,
            workspace_id=kept.workspace_id,
            credentials=kept.credentials or {},
            settings=kept.settings,
        )
        tried = await try_account(ask, account)
        async with self._at.database.transaction() as tx:
            if tried.ok:
                await let_go(tx, kept.scope)
            # What it said is for whoever has asked, and not for the audit.
            after = {name: value for name, value in asdict(tried).items() if name != "said"}
            await self._record(tx, caller, kept, "tested", after=after)
        await self._at.let_go()
        return {"account_id": identity, **asdict(tried)}

    async def delete(self, caller: Caller, identity: UUID) -> dict[str, Any]:
        """Its credentials are gone; from now on the deployment's key is used, if there is one."""
        async with self._at.database.transaction() as tx:
            row = await tx.fetchrow(SQL.delete_account, identity, caller.workspace_id)
            if row is None:
                raise NotFoundError("provider account")
            kept = Kept(**row, credentials=None)
            await let_go(tx, kept.scope)
            await self._record(tx, caller, kept, "deleted", before=kept.shown())
        await self._at.let_go()
        return {"id": kept.id, "workspace_id": kept.workspace_id, "provider": kept.provider}

    async def rotate_keys(self, caller: Caller) -> dict[str, Any]:
        caller.must_span_workspaces()
        keyring = self._keyring()
        done = await rotate_all([sealed_accounts(self._at.database, keyring), *self._at.sealed])
        after = {
            "rewrapped": done.changed,
            "unreadable": done.unreadable,
            "key_id": keyring.current,
        }
        async with self._at.database.transaction() as tx:
            change = Change("provider_accounts.rewrapped", "provider_accounts:all", after=after)
            await self._audit.record(tx, caller, change)
        return after

    async def get(self, caller: Caller, identity: UUID) -> dict[str, Any]:
        pool = self._at.database.pool
        row = await pool.fetchrow(SQL.show_account, identity, caller.workspace_id)
        if row is None:
            raise NotFoundError("provider account")
        return _render(row)

    async def list_all(
        self, caller: Caller, paging: Paging, workspace_id: UUID | None, provider: str | None
    ) -> dict[str, Any]:
        rows = await self._at.database.look(
            SQL.list_accounts,
            caller.narrow(workspace_id),
            provider,
            paging.limit + 1,
            *(paging.after(*LISTED) or (None, None)),
        )
        page: dict[str, Any] = paging.page(rows, key=_list_key, render=_render)
        return page

    def _provider(self, name: str) -> Provider:
        try:
            provider = with_account(name)
        except ValueError as exc:
            raise InvalidError(str(exc), field="provider") from None
        if provider.service != self._at.service:
            message = f"{provider.name} is asked by {provider.service}: its accounts are there"
            raise InvalidError(message, field="provider")
        return provider

    def _keyring(self) -> Keyring:
        if self._at.keyring is None:
            message = f"can't be kept: {self._at.service} has no ENCRYPTION_KEYS"
            raise InvalidError(message, field="credentials")
        return self._at.keyring

    async def _readable(self, caller: Caller, identity: UUID) -> Kept:
        await self.get(caller, identity)
        async with self._at.database.transaction() as tx:
            kept = await AccountBook(tx, self._keyring()).get(identity)
        if kept is None:
            raise NotFoundError("provider account")
        if kept.credentials is None:
            raise ConflictError("no key of ENCRYPTION_KEYS opens it: give it new credentials")
        return kept

    async def _save(
        self,
        caller: Caller,
        provider: Provider,
        workspace_id: UUID,
        given: Mapping[str, Any],
        *,
        action: str,
    ) -> dict[str, Any]:
        identity = account_id(workspace_id, provider.name)
        async with self._at.database.transaction() as tx:
            book = AccountBook(tx, self._keyring())
            await book.lock(identity)
            before = await book.get(identity)
            wanted = _drafted(provider, workspace_id, given, before)
            after = before.saved_as(wanted, now=self._at.clock.now()) if before else wanted
            if after != before:
                await book.save(after)
                shown = before.shown() if before else None
                done = action if before else "created"
                await self._record(tx, caller, after, done, before=shown, after=after.shown())
            # Also as it was: whoever saves it wants it to be tried again.
            await let_go(tx, after.scope)
            row = await tx.fetchrow(SQL.show_account, identity, None)
        await self._at.let_go()
        return _render(row)

    async def _record(
        self,
        tx: Tx,
        caller: Caller,
        kept: Kept,
        action: str,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        change = Change(
            f"provider_account.{action}",
            f"provider_account:{kept.id}",
            before=before,
            after=after,
            workspace_id=kept.workspace_id,
        )
        await self._audit.record(tx, caller, change)


def _drafted(
    provider: Provider, workspace_id: UUID, given: Mapping[str, Any], held: Kept | None
) -> Kept:
    try:
        credentials = (
            checked_credentials(provider, given["credentials"])
            if "credentials" in given
            else _held_credentials(held)
        )
        settings = (
            checked_settings(provider, given["settings"])
            if "settings" in given
            else (held.settings if held else {})
        )
    except WrongAccountError as exc:
        raise InvalidError(str(exc), field=exc.field) from exc
    return Kept(
        id=account_id(workspace_id, provider.name),
        workspace_id=workspace_id,
        provider=provider.name,
        settings=settings,
        credentials=credentials,
    )


def _held_credentials(held: Kept | None) -> Mapping[str, str]:
    if held is None:
        raise WrongAccountError("are missing", field="credentials")
    if held.credentials is None:
        message = "no key of ENCRYPTION_KEYS opens those that are there: give new ones"
        raise WrongAccountError(message, field="credentials")
    return held.credentials


def _render(row: Any) -> dict[str, Any]:
    return {**row, "held_by": row["held_by"] or []}


def _list_key(row: Any) -> tuple[object, ...]:
    return (row["created_at"], row["id"])

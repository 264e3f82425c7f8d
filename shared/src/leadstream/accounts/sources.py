"""What the routes of sources do: whom a workspace has asked, in which order."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from leadstream.accounts.book import let_go
from leadstream.accounts.catalogue import PROVIDERS, SourceList, listed
from leadstream.accounts.management import Workplace
from leadstream.accounts.model import Account
from leadstream.accounts.plan import StopWhen
from leadstream.accounts.store import SQL, Configured, PostgresAccounts
from leadstream.api import Caller, Change, InvalidError, Paging, PostgresAudit

_NOTHING_SAID: Final = {"lists": {}, "stop_when": StopWhen.FOUND, "training": False}


class SourcesApi:
    def __init__(
        self, workplace: Workplace, accounts: PostgresAccounts, lists: Sequence[SourceList]
    ) -> None:
        self._at = workplace
        self._accounts = accounts
        self._lists = lists
        self._audit = PostgresAudit()

    async def list_all(
        self, caller: Caller, paging: Paging, workspace_id: UUID | None
    ) -> dict[str, Any]:
        """Of the workspaces that have said something."""
        (after,) = paging.after(UUID) or (None,)
        rows = await self._at.database.look(
            SQL.list_sources, caller.narrow(workspace_id), paging.limit + 1, after
        )
        page: dict[str, Any] = paging.page(
            rows, key=lambda row: (row["workspace_id"],), render=self._shown
        )
        return page

    async def get(self, caller: Caller, workspace_id: UUID) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        return self._shown(await self._row(workspace_id))

    async def put(
        self, caller: Caller, workspace_id: UUID, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Set what the body names; what it leaves out stays as it is. Leads that wait look at the plan anew."""
        caller.must_see(workspace_id, "workspace")
        read = {kind: _read(given[kind], kind) for kind in self._lists if kind in given}
        own = (await self._row(workspace_id))["own"]
        async with self._at.database.transaction() as tx:
            row = await tx.fetchrow(SQL.lock_sources, workspace_id)
            before = _said(row)
            after = _merged(before, read, given)
            self._must_train(own, after)
            if row is None or after != before:
                await tx.execute(
                    SQL.put_sources,
                    workspace_id,
                    after["lists"],
                    after["stop_when"],
                    after["training"],
                )
                change = Change(
                    "sources.set",
                    f"workspace:{workspace_id}",
                    before=before if row else None,
                    after=after,
                    workspace_id=workspace_id,
                )
                await self._audit.record(tx, caller, change)
            for provider in PROVIDERS.values():
                if provider.service == self._at.service:
                    account = Account(provider=provider.name, workspace_id=workspace_id)
                    await let_go(tx, account.scope)
        await self._at.let_go()
        return await self.get(caller, workspace_id)

    def _must_train(self, own: Any, after: Mapping[str, Any]) -> None:
        if not after["training"]:
            return
        plan = self._accounts.plan(_configured(after, own))
        if not (plan.intent or plan.contacts):
            here = [
                provider.written
                for provider in PROVIDERS.values()
                if provider.service == self._at.service and provider.trains and provider.credentials
            ]
            message = f"nobody who is asked has a sandbox to train with: {', '.join(here)} has"
            raise InvalidError(message, field="training")

    async def _row(self, workspace_id: UUID) -> Any:
        return await self._at.database.pool.fetchrow(SQL.get_sources, workspace_id)

    def _shown(self, row: Any) -> dict[str, Any]:
        is_default = row["updated_at"] is None
        said = _said(None if is_default else row)
        configured = _configured(said, row["own"])
        plan = self._accounts.plan(configured)
        return {
            "workspace_id": row["workspace_id"],
            **{kind.value: said["lists"].get(kind) for kind in self._lists},
            "stop_when": said["stop_when"],
            "training": said["training"],
            "is_default": is_default,
            "asked": {kind.value: list(getattr(plan, kind.value)) for kind in self._lists},
            "without_key": self._accounts.without_key(configured),
            "updated_at": row["updated_at"],
        }


def _configured(said: Mapping[str, Any], own: Sequence[str] | None) -> Configured:
    """As far as it takes to say whom there is a key for."""
    return Configured(
        lists=said["lists"],
        stop_when=StopWhen(said["stop_when"]),
        training=said["training"],
        own={name: Account(provider=name) for name in own or ()},
        unreadable={},
    )


def _read(names: list[str] | None, kind: SourceList) -> list[str] | None:
    if names is None:
        return None
    try:
        return listed(names, kind)
    except ValueError as exc:
        raise InvalidError(str(exc), field=kind.value) from None


def _said(row: Any) -> dict[str, Any]:
    return dict(_NOTHING_SAID) if row is None else {name: row[name] for name in _NOTHING_SAID}


def _merged(
    before: Mapping[str, Any],
    read: Mapping[SourceList, list[str] | None],
    given: Mapping[str, Any],
) -> dict[str, Any]:
    lists = {**before["lists"], **{kind.value: names for kind, names in read.items()}}
    after = {
        name: before[name] if given.get(name) is None else given[name]
        for name in ("stop_when", "training")
    }
    # A list of nobody's making is the deployment's.
    return {"lists": {kind: names for kind, names in lists.items() if names is not None}, **after}

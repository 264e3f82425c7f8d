"""Who a workspace's e-mails come from, and whether they can arrive."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from delivery.adapters.senders import SQL, put_sender
from delivery.application.sender_checks import (
    MAY_SEND,
    MOST_DOMAINS,
    DmarcRecords,
    SendingDomain,
    Unseen,
    VerifiedDomains,
    check_senders,
)
from delivery.domain.sender import OwnSender, domain_of
from delivery.entrypoints.http.answers import SenderAnswer, SenderChecks
from delivery.entrypoints.http.fields import Email, Line
from delivery.entrypoints.http.shared import plain
from leadstream.api import (
    Caller,
    Change,
    ForbiddenError,
    InvalidError,
    Operator,
    PostgresAudit,
    Viewer,
)
from leadstream.postgres import Database, Tx
from leadstream.settings.checks import check_sender

FromAddress = Annotated[str, StringConstraints(max_length=320), AfterValidator(check_sender)]


class SenderBody(BaseModel):
    """What is left out stays as it is; null is what the deployment says."""

    model_config = ConfigDict(extra="forbid")

    from_address: FromAddress | None = Field(
        None,
        description="An address, or `Name <address>`, of a domain that is verified at Resend. Another domain than the "
        "deployment's takes a token for all workspaces.",
    )
    reply_to: Email | None = Field(None, description="Where answers go.")
    footer: Line | None = Field(None, description="Postal address, as mail laws ask for.")


class SendersApi:
    def __init__(
        self,
        database: Database,
        verified: VerifiedDomains,
        records: DmarcRecords,
        wake: Callable[[], None],
        *,
        default_from: str,
        public_url: str | None,
    ) -> None:
        self._database = database
        self._verified = verified
        self._records = records
        self._wake = wake
        self._default_from = default_from
        self._public_url = public_url
        self._audit = PostgresAudit()

    async def get(self, caller: Caller, workspace_id: UUID) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        return await self._look_up(self._database.pool, workspace_id)

    async def put(self, caller: Caller, workspace_id: UUID, body: SenderBody) -> dict[str, Any]:
        caller.must_see(workspace_id, "workspace")
        given = body.model_dump(exclude_unset=True)
        wanted = given.get("from_address")
        now = (await self.get(caller, workspace_id))["from_address"]
        # Before it is looked up: which domains others have verified is nobody's news.
        self._must_be_theirs(caller, now, wanted)
        if wanted and wanted != now:
            await self._must_be_verified(domain_of(wanted))
        async with self._database.transaction() as tx:
            await tx.execute(SQL.lock_sender, workspace_id)
            before = await self._look_up(tx, workspace_id)
            self._must_be_theirs(caller, before["from_address"], wanted)
            told = {**_told(before), **given}
            if told == _told(before):
                return before
            await put_sender(tx, workspace_id, OwnSender(**told))
            change = Change(
                "sender.set",
                f"workspace:{workspace_id}",
                before=plain(_told(before)),
                after=plain(told),
                workspace_id=workspace_id,
            )
            await self._audit.record(tx, caller, change)
            after = await self._look_up(tx, workspace_id)
        self._wake()
        return after

    async def check(self, caller: Caller) -> dict[str, Any]:
        rows = await self._database.pool.fetch(
            SQL.sending_domains, caller.narrow(None), MOST_DOMAINS
        )
        domains = {domain_of(self._default_from): "RESEND_FROM"}
        for row in rows:
            others = f" and {row['workspaces'] - 1} more" if row["workspaces"] > 1 else ""
            domains.setdefault(row["domain"], f"workspace {row['workspace_id']}{others}")
        checks = await check_senders(
            [SendingDomain(name, of) for name, of in domains.items()],
            self._verified,
            self._records,
            public_url=self._public_url,
        )
        return {
            "items": [
                {"grade": each.grade, "detail": each.detail, "advice": each.advice}
                for each in checks
            ]
        }

    async def _must_be_verified(self, domain: str) -> None:
        """What can't be seen is let pass: Resend refuses it when something is sent, which `doctor` tells."""
        statuses = await self._verified.statuses()
        if isinstance(statuses, Unseen):
            return
        status = statuses.get(domain)
        if status in MAY_SEND:
            return
        state = f"is {status.replace('_', ' ')}" if status else "is no domain of this account"
        message = f"{domain} {state} at Resend: verify it there before anything is sent from it"
        raise InvalidError(message, field="from_address")

    def _must_be_theirs(self, caller: Caller, before: str | None, wanted: str | None) -> None:
        """A domain may be another customer's: who is bound to one workspace can't take it."""
        if wanted is None or caller.workspace_id is None:
            return
        allowed = {domain_of(self._default_from)} | ({domain_of(before)} if before else set())
        if domain_of(wanted) not in allowed:
            raise ForbiddenError(
                f"{domain_of(wanted)} is no domain of this workspace: to give it one takes a token for all workspaces"
            )

    async def _look_up(self, tx: Tx | Any, workspace_id: UUID) -> dict[str, Any]:
        row = await tx.fetchrow(SQL.get_sender, workspace_id)
        told: Mapping[str, Any] = row or {}
        return {
            "id": workspace_id,
            "workspace_id": workspace_id,
            "from_address": told.get("from_address"),
            "reply_to": told.get("reply_to"),
            "footer": told.get("footer"),
            "is_default": row is None,
        }


def senders_router(api: SendersApi) -> APIRouter:
    router = APIRouter(tags=["senders"])

    @router.get(
        "/senders/{workspace_id}",
        summary="Who a workspace's e-mails come from",
        response_model=SenderAnswer,
    )
    async def get_sender(caller: Viewer, workspace_id: UUID) -> dict[str, Any]:
        return await api.get(caller, workspace_id)

    @router.put(
        "/senders/{workspace_id}",
        summary="Set who a workspace's e-mails come from; what waits goes out so",
        response_model=SenderAnswer,
    )
    async def put_workspace_sender(
        caller: Operator, workspace_id: UUID, body: SenderBody
    ) -> dict[str, Any]:
        return await api.put(caller, workspace_id, body)

    @router.get(
        "/sender-checks",
        summary="What may keep e-mails from arriving: domains, DMARC, unsubscribing",
        response_model=SenderChecks,
    )
    async def check_the_senders(caller: Viewer) -> dict[str, Any]:
        return await api.check(caller)

    return router


def _told(sender: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sender[name] for name in ("from_address", "reply_to", "footer")}

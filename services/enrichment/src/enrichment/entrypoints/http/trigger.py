"""A person asks for a lead to be enriched."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from enrichment.adapters.credits import SQL as CREDITS
from enrichment.adapters.credits import reserve_credit
from enrichment.adapters.leads import get_lead
from enrichment.application.kinds import first_kind
from enrichment.entrypoints.jobs import triggered_job
from leadstream.accounts.store import PostgresAccounts
from leadstream.api import ApiError, Change, NotFoundError, Operator, PostgresAudit, answers
from leadstream.clock import Clock
from leadstream.jobs.ledger import add_jobs
from leadstream.jobs.model import NewJob
from leadstream.postgres import Database, Tx


class Trigger(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead_id: UUID
    user_id: UUID | None = Field(
        None, description="Whose daily credit it costs; left out: nobody's, an operator asks."
    )
    force: bool = Field(
        False, description="Ask, and pay, although a fresh answer about the company is here."
    )


class Triggered(BaseModel):
    job_id: UUID


class NoCreditError(ApiError):
    """402: the user has used today's credits up."""

    def __init__(self) -> None:
        super().__init__(402, "no_credits", "the user has no credit left for today")


def trigger_router(
    database: Database, clock: Clock, wake: Callable[[], None], accounts: PostgresAccounts
) -> APIRouter:
    router = APIRouter(tags=["enrichment"])
    audit = PostgresAudit()

    @router.post(
        "/trigger-enrichment",
        status_code=202,
        summary="Enrich a lead now",
        responses=answers(402),
    )
    async def trigger_enrichment(caller: Operator, asked: Trigger) -> Triggered:
        async with database.transaction() as tx:
            lead = await get_lead(tx, asked.lead_id, caller.workspace_id)
            if lead is None:
                raise NotFoundError("lead")
            workspace_id = lead["workspace_id"]
            plan = (await accounts.plans(tx, [workspace_id]))[workspace_id]
            kind = first_kind(plan)
            job = triggered_job(
                lead["event"], kind=kind, account_id=asked.user_id, fresh=asked.force
            )
            await _reserve(tx, asked, job)
            add_jobs(tx, [job])
            await audit.record(tx, caller, _change(asked, job))
        wake()
        return Triggered(job_id=job.id)

    async def _reserve(tx: Tx, asked: Trigger, job: NewJob) -> None:
        """Take one of the user's credits, if a user asks, who must be of the lead's own workspace."""
        if asked.user_id is None:
            return
        workspace_id = UUID(job.payload["lead"]["workspace_id"])
        if await tx.fetchrow(CREDITS.get_account, asked.user_id, workspace_id) is None:
            raise NotFoundError("user")
        reserved = await reserve_credit(
            tx, asked.user_id, workspace_id, job_id=job.id, lead_id=asked.lead_id, now=clock.now()
        )
        if not reserved:
            raise NoCreditError

    return router


def _change(asked: Trigger, job: NewJob) -> Change:
    after: dict[str, Any] = {"job_id": str(job.id)}
    if asked.user_id:
        after["user_id"] = str(asked.user_id)
    if asked.force:
        after["force"] = True
    return Change(
        "enrichment.triggered",
        f"lead:{asked.lead_id}",
        after=after,
        workspace_id=job.workspace_id,
    )

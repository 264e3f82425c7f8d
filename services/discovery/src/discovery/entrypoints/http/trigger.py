from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from discovery.adapters.catalogue import SQL, plan_runs
from discovery.application.plan_runs import Tick
from discovery.entrypoints.http.answers import Triggered
from discovery.entrypoints.http.bodies import TriggerBody
from leadstream.accounts.store import PostgresAccounts
from leadstream.api import Caller, Change, NotFoundError, Operator, PostgresAudit
from leadstream.clock import Clock
from leadstream.ids import new_id
from leadstream.jobs.ledger import add_jobs
from leadstream.postgres import Database, Tx

Wake = Callable[[], None]


def trigger_router(
    database: Database, clock: Clock, wake: Wake, accounts: PostgresAccounts
) -> APIRouter:
    router = APIRouter(tags=["lead generation"])
    audit = PostgresAudit()

    @router.post(
        "/trigger-lead-generation",
        status_code=202,
        summary="Run a query, or all active ones, now",
        response_model=Triggered,
    )
    async def trigger(caller: Operator, body: TriggerBody | None = None) -> dict[str, Any]:
        asked = body or TriggerBody()
        tick = Tick(id=new_id(), scheduled_for=clock.now(), manual=True)
        async with database.transaction() as tx:
            await _check(tx, caller, asked)
            workspace_id = caller.narrow(asked.workspace_id)
            jobs = await plan_runs(tx, [(tick, asked.query_id, workspace_id)], accounts)
            add_jobs(tx, jobs)
            answer = {"tick_id": tick.id, "jobs": [job.id for job in jobs]}
            change = Change(
                "lead-generation.triggered",
                f"tick:{tick.id}",
                after={**asked.model_dump(mode="json"), "jobs": len(jobs)},
                workspace_id=workspace_id,
            )
            await audit.record(tx, caller, change)
        wake()
        return answer

    return router


async def _check(tx: Tx, caller: Caller, asked: TriggerBody) -> None:
    """404 for what is not there or not the caller's. A query that is paused is there: it just has nothing to run."""
    workspace_id = caller.narrow(asked.workspace_id)
    if asked.workspace_id and not await tx.fetchrow(SQL.get_workspace, asked.workspace_id):
        raise NotFoundError("workspace")
    if asked.query_id and not await tx.fetchrow(SQL.get_query, asked.query_id, workspace_id):
        raise NotFoundError("query")

"""`POST /connections/{id}/preview`: what an upload would do at the platform, by reading alone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from leadstream.api import ApiError, Caller, ConflictError, NotFoundError, Operator, answers
from leadstream.postgres import Database
from platform_upload.adapters.connections import SQL
from platform_upload.application.budget import Budget
from platform_upload.application.ports import Adapter, Connections, UnreadableConnectionError
from platform_upload.application.preview_leads import Action, Preview, PreviewLeads
from platform_upload.domain.answers import RefusedError, Verdict
from platform_upload.domain.connection import Connection
from platform_upload.entrypoints.http.answers import FieldAdjustment, Rejection

MOST_LEADS = 100
# Beside one read a lead: a session may have to be opened, and once more when it has expired.
MORE_CALLS = 4


class PreviewRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lead_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LEADS)] = Field(
        description="Leads whose upload to this platform was asked for. Of each, the newest content is looked at."
    )


class FieldChange(BaseModel):
    field: str = Field(description="As the platform calls it; contacts' with their number.")
    before: Any = Field(description="As it is there; null: nothing.")
    after: Any = Field(description="As it would be.")


class PreviewRefusal(Rejection):
    verdict: Verdict = Field(description="What it means for an upload.")


class LeadPreview(BaseModel):
    lead_id: UUID
    revision: int | None
    action: Action = Field(
        description="`unknown`: there is nothing of ours to send. `untried`: it was not come to."
    )
    external_id: str | None = Field(description="The record that is there.")
    changes: list[FieldChange]
    adjustments: list[FieldAdjustment] = Field(
        description="Fields that would not go out as they are here."
    )
    refusal: PreviewRefusal | None
    message: str | None = Field(description="What else there is to know.")


class PreviewAnswer(BaseModel):
    connection_id: UUID
    calls: int = Field(description="HTTP calls that this took at the platform, sessions included.")
    leads: list[LeadPreview]


class Previews:
    def __init__(
        self,
        database: Database,
        connections: Connections,
        adapters: Mapping[str, Adapter],
        preview: PreviewLeads,
        *,
        longest: timedelta,
    ) -> None:
        self._database = database
        self._connections = connections
        self._adapters = adapters
        self._preview = preview
        self._longest = longest

    async def preview(
        self, caller: Caller, identity: UUID, lead_ids: Sequence[UUID]
    ) -> dict[str, Any]:
        """Nothing is changed, here or there: no audit row, and no pause for what the platform says."""
        connection = await self._usable(caller, identity)
        leads = list(dict.fromkeys(lead_ids))
        budget = Budget(calls=len(leads) + MORE_CALLS, total=self._longest)
        adapter = self._adapters[connection.adapter]
        try:
            found = await self._preview(adapter, connection, leads, budget)
        except RefusedError as exc:
            refused = exc.refused
            raise ApiError(502, refused.verdict.value, refused.said) from exc
        return {
            "connection_id": identity,
            "calls": budget.spent,
            "leads": [_shown(each) for each in found],
        }

    async def _usable(self, caller: Caller, identity: UUID) -> Connection:
        """A connection that its uploads would go out by now: what holds them holds previews, too."""
        try:
            connection = await self._connections.get(identity)
        except UnreadableConnectionError as exc:
            raise ConflictError(str(exc)) from exc
        if connection is None or not caller.sees(connection.workspace_id):
            raise NotFoundError("connection")
        if connection.held_by:
            reason = connection.disabled_reason
            raise ConflictError(
                f"the connection is {connection.status}{f': {reason}' if reason else ''}"
            )
        hold = await self._database.pool.fetchrow(SQL.hold_of, identity, connection.workspace_id)
        if hold is not None:
            until = f" until {hold['until']:%Y-%m-%d %H:%M:%S} UTC" if hold["until"] else ""
            raise ConflictError(f"its uploads are held: {hold['reason']}{until}")
        return connection


def previews_router(previews: Previews) -> APIRouter:
    router = APIRouter(prefix="/connections", tags=["connections"])

    @router.post(
        "/{connection_id}/preview",
        summary="What an upload of some leads would do, without writing",
        description="Reads at the platform, at most once a lead, and changes nothing. 409 while the connection's "
        "uploads are held; 502 where the platform says no, with its verdict as `code`.",
        response_model=PreviewAnswer,
        responses=answers(409, 502),
    )
    async def preview_leads(
        caller: Operator, connection_id: UUID, body: PreviewRequest
    ) -> dict[str, Any]:
        return await previews.preview(caller, connection_id, body.lead_ids)

    return router


def _shown(preview: Preview) -> dict[str, Any]:
    plan, refused = preview.plan, preview.refused
    changes = plan.changes if plan else {}
    return {
        "lead_id": preview.lead_id,
        "revision": preview.revision,
        "action": preview.action,
        "external_id": plan.external_id if plan else None,
        "changes": [
            {"field": name, "before": before, "after": after}
            for name, (before, after) in changes.items()
        ],
        "adjustments": plan.adjustments if plan else (),
        "refusal": refused,
        "message": preview.message or (plan.note if plan else None),
    }

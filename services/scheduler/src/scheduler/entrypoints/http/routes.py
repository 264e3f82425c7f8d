"""The routes of the admin API. Schedules concern all workspaces, so a token for one of them may only look."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from leadstream.api import Operator, Page, PagingQuery, Viewer, answers
from scheduler.entrypoints.http.answers import Backfilled, ScheduleAnswer, TickAnswer, Triggered
from scheduler.entrypoints.http.api import UPCOMING, SchedulesApi
from scheduler.entrypoints.http.bodies import (
    BackfillBody,
    Moment,
    PauseBody,
    ScheduleBody,
    TriggerBody,
)

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,99}$")]
Past = Annotated[int, Query(ge=0, le=100, description="How many of its last times to add.")]


def schedules_router(api: SchedulesApi) -> APIRouter:
    router = APIRouter(prefix="/schedules", tags=["schedules"])

    @router.get(
        "", summary="Schedules with their next five times", response_model=Page[ScheduleAnswer]
    )
    async def list_schedules(caller: Viewer, past: Past = 0) -> dict[str, Any]:
        return await api.list_all(past)

    @router.get("/{name}", summary="One schedule", response_model=ScheduleAnswer)
    async def get_schedule(caller: Viewer, name: Name, past: Past = 0) -> dict[str, Any]:
        return await api.get(name, past)

    @router.put("/{name}", summary="Make a schedule, or change it", response_model=ScheduleAnswer)
    async def put_schedule(caller: Operator, name: Name, body: ScheduleBody) -> dict[str, Any]:
        caller.must_span_workspaces()
        return await api.put(caller, name, body)

    @router.get("/{name}/next", summary="The next times", response_model=Page[datetime])
    async def next_times(
        caller: Viewer,
        name: Name,
        after: Moment | None = None,
        count: Annotated[int, Query(ge=1, le=100)] = UPCOMING,
        cron: Annotated[str | None, Query(max_length=200, description="If it were this.")] = None,
        timezone: Annotated[str | None, Query(max_length=100, description="And this.")] = None,
    ) -> dict[str, Any]:
        return await api.next_times(name, after, count, cron=cron, timezone=timezone)

    @router.get(
        "/{name}/ticks", summary="Ticks so far, newest first", response_model=Page[TickAnswer]
    )
    async def list_ticks(caller: Viewer, name: Name, paging: PagingQuery) -> dict[str, Any]:
        return await api.ticks(name, paging)

    @router.post(
        "/{name}/trigger",
        status_code=202,
        summary="Emit a tick now",
        response_model=Triggered,
        responses=answers(409),
    )
    async def trigger(
        caller: Operator, name: Name, body: TriggerBody | None = None
    ) -> dict[str, Any]:
        caller.must_span_workspaces()
        return await api.trigger(caller, name, body or TriggerBody())

    @router.post(
        "/{name}/pause", summary="Emit no ticks until it is resumed", response_model=ScheduleAnswer
    )
    async def pause(caller: Operator, name: Name, body: PauseBody) -> dict[str, Any]:
        caller.must_span_workspaces()
        return await api.pause(caller, name, body.reason)

    @router.post(
        "/{name}/resume", summary="Emit ticks again, from now on", response_model=ScheduleAnswer
    )
    async def resume(caller: Operator, name: Name) -> dict[str, Any]:
        caller.must_span_workspaces()
        return await api.resume(caller, name)

    @router.post(
        "/{name}/backfill",
        status_code=202,
        summary="Emit the ticks a range has missed",
        response_model=Backfilled,
    )
    async def backfill(caller: Operator, name: Name, body: BackfillBody) -> dict[str, Any]:
        caller.must_span_workspaces()
        return await api.backfill(caller, name, body)

    return router

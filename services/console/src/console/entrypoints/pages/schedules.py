"""What is due when, how it was kept, and what a person may do about it."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from console.application.commands import curl, leadstream
from console.application.dead_letters import refusal
from console.application.schedules import (
    BackfillPlan,
    changed,
    in_utc,
    listed,
    plan_backfill,
    plan_cron,
    seen,
)
from console.domain.words import plural
from console.entrypoints.filters import Filters, Query
from console.entrypoints.forms import Form, Sent
from console.entrypoints.templating import render, see
from console.entrypoints.visitors import Asking
from leadstream.admin.errors import AdminError, RefusedError
from leadstream.admin.schedules import (
    backfill_schedule,
    get_schedule,
    list_schedules,
    list_ticks,
    next_times,
    pause_schedule,
    put_schedule,
    resume_schedule,
    trigger_schedule,
)

router = APIRouter()

PAGE: Final = "/schedules"
WANTED: Final = ("cron", "timezone", "catch_up", "enabled")
TICKS: Final = 50

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,99}$")]


@router.get(PAGE)
async def list_page(request: Request, api: Asking) -> Response:
    schedules, error = await listed(api)
    return render(
        request,
        "pages/schedules.html",
        schedules=schedules,
        error=error,
        command=leadstream("schedules", "list"),
        curl=curl(list_schedules()),
    )


@router.get(PAGE + "/{name}")
async def schedule_page(request: Request, api: Asking, name: Name, filters: Filters) -> Response:
    call = list_ticks(name, limit=TICKS, cursor=filters.cursor)
    row, ticks = await api.all(get_schedule(name, past=40), call)
    if isinstance(row, AdminError):
        raise row
    if isinstance(ticks, RefusedError):
        raise ticks
    return render(
        request,
        "pages/schedule.html",
        each=seen(row),
        ticks=ticks,
        ticks_error=ticks if isinstance(ticks, AdminError) else None,
        command=leadstream("schedules", "ticks", name),
        curl=curl(call),
    )


@router.post(PAGE + "/{name}/trigger")
async def trigger(api: Asking, name: Name, form: Sent) -> Response:
    tick = await api.ask(trigger_schedule(name, reason=form.reason))
    return see(f"{PAGE}/{name}", f"{name} runs now: tick {tick['tick_id']}.")


@router.post(PAGE + "/{name}/pause")
async def pause(api: Asking, name: Name, form: Sent) -> Response:
    await api.ask(pause_schedule(name, reason=form.get("reason", "")))
    return see(PAGE, f"{name} is paused.")


@router.post(PAGE + "/{name}/resume")
async def resume(api: Asking, name: Name, form: Sent) -> Response:
    row = await api.ask(resume_schedule(name, reason=form.reason))
    upcoming = row["next_times"][:1]
    following = f" Its next time is {upcoming[0]:%Y-%m-%d %H:%M} UTC." if upcoming else ""
    return see(PAGE, f"{name} goes on.{following}")


@router.get(PAGE + "/{name}/change")
async def change_page(request: Request, api: Asking, name: Name, filters: Filters) -> Response:
    """A schedule as it would be, before it is so."""
    plan = await plan_cron(api, name, filters.taken(*WANTED))
    return render(
        request,
        "pages/schedule_change.html",
        422 if plan.error else 200,
        name=name,
        plan=plan,
        complaint=refusal(plan.error) if plan.error else None,
        curl=curl(next_times(name, cron=plan.body["cron"], timezone=plan.body.get("timezone"))),
    )


@router.post(PAGE + "/{name}/change")
async def change(api: Asking, name: Name, form: Sent) -> Response:
    row = await api.ask(get_schedule(name))
    wanted = {field: value for field in WANTED if (value := form.text(field))}
    after = await api.ask(put_schedule(name, changed(row, wanted), reason=form.reason))
    return see(f"{PAGE}/{name}", f"{name} is changed to {after['cron']}, {after['timezone']}.")


@router.get(PAGE + "/{name}/backfill")
async def backfill_page(request: Request, api: Asking, name: Name, filters: Filters) -> Response:
    """Which ticks a backfill would emit."""
    since, until = _range(filters)
    if not since or not until:
        return _backfill(request, name, BackfillPlan(since, until, []), is_asked=False)
    try:
        plan = await plan_backfill(api, name, since, until)
    except RefusedError as exc:
        if exc.status != 422:
            raise
        return _backfill(request, name, BackfillPlan(since, until, []), error=refusal(exc))
    return _backfill(request, name, plan)


@router.post(PAGE + "/{name}/backfill")
async def backfill(request: Request, api: Asking, name: Name, form: Sent) -> Response:
    since, until = _range(form)
    plan = await plan_backfill(api, name, since, until)
    if form.text("count") != str(len(plan.ticks)):
        typed = form.get("count") or "nothing"
        said = f"You typed {typed}, and now it is {len(plan.ticks)}. Nothing was emitted."
        return _backfill(request, name, plan, error=said)
    done = await api.ask(backfill_schedule(name, since=since, until=until, reason=form.reason))
    return see(f"{PAGE}/{name}", f"{plural(len(done['ticks']), 'tick')} emitted.")


def _range(given: Query | Form) -> tuple[str, str]:
    return in_utc(given.get("from") or ""), in_utc(given.get("to") or "")


def _backfill(
    request: Request,
    name: str,
    plan: BackfillPlan,
    *,
    is_asked: bool = True,
    error: str | None = None,
) -> Response:
    days = {"from": plan.since[:10], "to": plan.until[:10]}
    return render(
        request,
        "pages/schedule_backfill.html",
        422 if error else 200,
        name=name,
        plan=plan,
        is_asked=is_asked and (not error or bool(plan.ticks)),
        error=error,
        command=leadstream("schedules", "backfill", name, "--dry-run", **days)
        if is_asked
        else None,
    )

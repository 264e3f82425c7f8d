"""All five ledgers in one list; one job with its payload, its attempts and what can be done to it."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import as_filters, curl, curls, leadstream
from console.application.jobs import Changed, OneJob, job, jobs, one_job, retry_all
from console.application.tallies import STATES
from console.domain.words import plural
from console.entrypoints.asked import Service, chosen, sent, taken, why
from console.entrypoints.filters import Filters
from console.entrypoints.forms import Sent
from console.entrypoints.templating import render, see, url_with
from console.entrypoints.visitors import Asking
from leadstream.admin.jobs import (
    cancel_job,
    get_job,
    list_jobs,
    retry_job,
    retry_jobs,
    show_job,
)
from leadstream.admin.pauses import list_pauses
from leadstream.api.errors import InvalidError
from leadstream.settings import SERVICE_PORTS

router = APIRouter()

_FILTERS: Final = ("state", "kind", "workspace_id", "lead_id", "since")
# What of these runs again when somebody asks for it; the services take failed jobs where no state is given.
_ENDED: Final = frozenset({None, "failed", "cancelled"})


@router.get("/jobs")
async def jobs_page(request: Request, api: Asking, filters: Filters) -> Response:
    services, given = filters.services(), taken(filters, *_FILTERS)
    page = await jobs(api, services, given, filters.cursor)
    return render(
        request,
        "pages/jobs.html",
        page=page,
        services=list(SERVICE_PORTS),
        states=STATES,
        again=filters.get("state") in _ENDED,
        command=leadstream("jobs", "list", *_one(services), **as_filters(given)),
        curl=curls(list_jobs(service, **given) for service in services),
    )


@router.get("/jobs/plan")
async def plan_page(request: Request, api: Asking, filters: Filters) -> Response:
    """What would run again of all that the filter matches."""
    services, given = filters.services(), taken(filters, *_FILTERS)
    _check_ended(given.get("state"))
    plan = await retry_all(api, services, given, dry_run=True)
    return render(
        request,
        "pages/jobs-plan.html",
        plan=plan,
        given=given,
        service=filters.get("service"),
        commands=[
            leadstream("jobs", "retry", service=each, **as_filters(given)) for each in services
        ],
        curl=curls(retry_jobs(service, **given) for service in services),
    )


@router.post("/jobs/retry")
async def retry_filtered(request: Request, api: Asking, form: Sent) -> Response:
    given = sent(form, *_FILTERS)
    _check_ended(given.get("state"))
    service = form.text("service")
    changed = await retry_all(api, chosen(service), given, reason=why(form))
    return see(url_with("/jobs", {**given, "service": service, "state": None}), _said(changed))


@router.get("/jobs/{service}/{job_id}")
async def job_page(request: Request, api: Asking, service: Service, job_id: UUID) -> Response:
    return _page(request, service, await job(api, service, job_id), shown=False)


@router.get("/jobs/{service}/{job_id}/show")
async def not_shown(service: Service, job_id: UUID) -> Response:
    """Whoever comes back to what was shown says again why."""
    return see(f"/jobs/{service}/{job_id}")


@router.post("/jobs/{service}/{job_id}/show")
async def show_payload(
    request: Request, api: Asking, service: Service, job_id: UUID, form: Sent
) -> Response:
    """The page with its payload as it is. No redirect: where it leads to anybody could go without a reason."""
    found = await api.ask(show_job(service, job_id, reason=why(form)))
    pauses = await api.try_(list_pauses(service))
    return _page(request, service, one_job(service, found, pauses), shown=True)


@router.post("/jobs/{service}/{job_id}/retry")
async def retry_one(api: Asking, service: Service, job_id: UUID, form: Sent) -> Response:
    await api.ask(retry_job(service, job_id, reason=why(form)))
    return see(f"/jobs/{service}/{job_id}", "The job runs again.")


@router.post("/jobs/{service}/{job_id}/cancel")
async def cancel_one(api: Asking, service: Service, job_id: UUID, form: Sent) -> Response:
    await api.ask(cancel_job(service, job_id, reason=why(form)))
    return see(f"/jobs/{service}/{job_id}", "The job is cancelled.")


def _page(request: Request, service: str, one: OneJob, *, shown: bool) -> Response:
    job_id = one.job["id"]
    return render(
        request,
        "pages/job.html",
        one=one,
        shown=shown,
        home=f"/jobs/{service}/{job_id}",
        command=leadstream("jobs", "show", job_id),
        curl=curl(get_job(service, job_id)),
    )


def _check_ended(state: str | None) -> None:
    if state not in _ENDED:
        raise InvalidError("only failed or cancelled jobs run again", field="state")


def _said(changed: Changed) -> str:
    done = [
        f"{service}: {plural(answer['total'], 'job runs', 'jobs run')} again"
        for service, answer in changed.answers.items()
        if answer["total"]
    ]
    left = [f"{error.service}: nothing was done ({error.message})" for error in changed.errors]
    return "; ".join([*(done or ["Nothing ran again"]), *left]) + "."


def _one(services: Sequence[str]) -> list[str]:
    """The service where one is asked for: the commands ask all without."""
    return list(services) if len(services) == 1 else []

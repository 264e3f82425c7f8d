"""What failed in one way, as one thing: looked at, run again, put aside."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import as_filters, curls, leadstream
from console.application.failures import failures, group
from console.domain.words import plural
from console.entrypoints.asked import Service, sent, taken, why
from console.entrypoints.filters import Filters
from console.entrypoints.forms import Sent
from console.entrypoints.templating import render, see, url_with
from console.entrypoints.visitors import Asking
from leadstream.admin.jobs import cancel_jobs, list_failures, retry_jobs
from leadstream.api.errors import InvalidError
from leadstream.settings import SERVICE_PORTS

router = APIRouter()

_FILTERS: Final = ("kind", "workspace_id", "since")


@router.get("/failures")
async def failures_page(request: Request, api: Asking, filters: Filters) -> Response:
    services, given = filters.services(), taken(filters, *_FILTERS)
    one = services if len(services) == 1 else []
    return render(
        request,
        "pages/failures.html",
        page=await failures(api, services, given, filters.cursor),
        given=given,
        services=list(SERVICE_PORTS),
        command=leadstream("jobs", "failures", *one, **as_filters(given)),
        curl=curls(list_failures(service, **given) for service in services),
    )


@router.get("/failures/{service}/{key}")
async def group_page(
    request: Request, api: Asking, service: Service, key: UUID, filters: Filters
) -> Response:
    """The plan: how many jobs of which kind, before anybody says why."""
    given = taken(filters, *_FILTERS)
    return render(
        request,
        "pages/failure.html",
        found=await group(api, service, str(key), given),
        given=given,
        command=leadstream("jobs", "retry", service=service, group=key, **as_filters(given)),
        curl=curls([retry_jobs(service, group=key, **given)]),
    )


@router.post("/failures/{service}/{key}/retry")
async def retry_group(api: Asking, service: Service, key: UUID, form: Sent) -> Response:
    given, reason = sent(form, *_FILTERS), why(form)
    done = await api.ask(retry_jobs(service, group=key, **given, reason=reason))
    said = f"{service}: {plural(done['total'], 'job runs', 'jobs run')} again."
    return see(url_with("/failures", given), said)


@router.post("/failures/{service}/{key}/cancel")
async def cancel_group(api: Asking, service: Service, key: UUID, form: Sent) -> Response:
    """Put aside as many as were counted: whoever typed the number has seen it."""
    given, reason = sent(form, *_FILTERS), why(form)
    plan = await api.ask(cancel_jobs(service, key, **given, dry_run=True))
    if form.text("count") != str(plan["total"]):
        said = f"the jobs are {plan['total']} now: type that to cancel them, or look again"
        raise InvalidError(said, field="count")
    done = await api.ask(cancel_jobs(service, key, **given, reason=reason))
    said = f"{service}: {plural(done['total'], 'job is', 'jobs are')} cancelled."
    return see(url_with("/failures", given), said)

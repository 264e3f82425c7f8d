"""The story of a lead: why it arrived, or why it did not, and what can be done about it."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from console.application.commands import curl, leadstream
from console.application.costs import cost_lines
from console.application.leads import company
from console.application.story import LANES, read_story
from console.application.timeline import timeline
from console.domain import reasons
from console.domain.scores import RULE
from console.entrypoints.forms import Form, Sent
from console.entrypoints.templating import render, see
from console.entrypoints.visitors import Asking
from leadstream.admin.jobs import retry_job
from leadstream.admin.leads import enrich_again, get_lead
from leadstream.admin.uploads import resend_upload
from leadstream.api.errors import InvalidError
from leadstream.settings import SERVICE_PORTS

router = APIRouter()

_DEEPEST: Final = 2


@router.get("/leads/{lead_id}")
async def story_page(request: Request, api: Asking, lead_id: UUID) -> Response:
    story = await read_story(api, lead_id, now=datetime.now(UTC))
    return render(
        request,
        "pages/story.html",
        story=story,
        lead=story.lead,
        name=company(story.lead),
        lanes=LANES,
        entries=timeline(story),
        costs=cost_lines(story.costs, story.uploads),
        reason_in_words=reasons.reason(story.lead["reason"]),
        rule=RULE,
        command=leadstream("jobs", "list", lead=str(lead_id)),
        curl=curl(get_lead(lead_id)),
    )


@router.post("/leads/{lead_id}/enrich")
async def enrich(api: Asking, lead_id: UUID, form: Sent) -> Response:
    done = await api.ask(enrich_again(lead_id, reason=_reason(form)))
    return see(f"/leads/{lead_id}", f"It is enriched again, by job {done['job_id']}.")


@router.post("/leads/{lead_id}/retry")
async def retry(api: Asking, lead_id: UUID, form: Sent) -> Response:
    service, job_id = form.text("service"), _id(form.text("job_id"))
    if service not in SERVICE_PORTS:
        raise InvalidError("there is no such service", field="service")
    await api.ask(retry_job(service, job_id, reason=_reason(form)))
    return see(f"/leads/{lead_id}", "The job runs again.")


@router.post("/leads/{lead_id}/resend")
async def resend(api: Asking, lead_id: UUID, form: Sent) -> Response:
    upload_id = _id(form.text("upload_id"))
    overrides = _override(form.text("field"), form.get("value", ""))
    await api.ask(resend_upload(upload_id, overrides, _reason(form)))
    return see(f"/leads/{lead_id}", "It is uploaded again, corrected.")


def _override(field: str | None, value: str) -> dict[str, Any]:
    """`location.state` is a part of `location`; nothing typed empties the field."""
    names = (field or "").split(".")
    if not all(names) or len(names) > _DEEPEST:
        raise InvalidError("name a field, or a part of one: location.state", field="field")
    override: Any = value or None
    for name in reversed(names):
        override = {name: override}
    return dict(override)


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise InvalidError("is no id: open the page again", field="the form") from None


def _reason(form: Form) -> str:
    if form.reason is None:
        raise InvalidError("say why: it is for the audit", field="reason")
    return form.reason

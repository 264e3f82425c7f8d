"""What a `lead.upload` event asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from leadstream.errors import PermanentError
from leadstream.ids import connection_id, derived_id
from leadstream.jobs.model import Job, NewJob, Priority
from platform_upload.domain.connection import lane_of
from platform_upload.domain.platforms import Platform, choose_platform

UPLOAD_LEAD = "upload-lead"
# What goes with a record that the platform has: the contacts of a company.
UPLOAD_CONTACTS = "upload-contacts"
COLD = "cold"
COLD_REFUSED = "cold leads are not uploaded"


class UnknownPlatformError(PermanentError):
    """The record names a platform that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    lead_id: UUID
    workspace_id: UUID
    revision: int
    platform: str | None
    # The 13 keys of the platform upload format.
    lead: Mapping[str, Any]
    asked_at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One upload, and the job that does it: none for a cold lead, whose upload is refused on the spot."""

    id: UUID
    request: Request
    platform: Platform
    score: str
    job: NewJob | None

    @property
    def connection_id(self) -> UUID:
        return connection_id(self.request.workspace_id, self.platform)


def plan(request: Request) -> Planned:
    """Decide where a lead goes. The same event twice is the same upload; raise UnknownPlatformError."""
    platform = _platform(request)
    upload_id = derived_id(UPLOAD_LEAD, request.lead_id, platform, request.revision)
    score = request.lead["intent_score"]
    planned = Planned(id=upload_id, request=request, platform=platform, score=score, job=None)
    return planned if score == COLD else _with_job(planned)


def _platform(request: Request) -> Platform:
    if request.platform is None:
        return choose_platform(request.lead.get("industry"))
    try:
        return Platform(request.platform)
    except ValueError:
        raise UnknownPlatformError("platform: expected one of the six platforms") from None


def _with_job(planned: Planned) -> Planned:
    request = planned.request
    job = NewJob(
        id=planned.id,
        kind=UPLOAD_LEAD,
        priority=Priority.of_score(planned.score),
        lane=lane_of(planned.connection_id),
        payload={
            "platform": planned.platform.value,
            "revision": request.revision,
            "asked_at": request.asked_at.isoformat(),
            "lead": request.lead,
        },
        workspace_id=request.workspace_id,
        lead_id=request.lead_id,
        traceparent=request.traceparent,
    )
    return Planned(
        id=planned.id, request=request, platform=planned.platform, score=planned.score, job=job
    )


def left_to_do(job: Job, external_id: str, *, at: datetime, after: timedelta | None) -> NewJob:
    """What is left of an upload whose record the platform has accepted; `after` is how long to wait, if it says so.

    An upload that an operator runs again may leave something over again, which is another job.
    """
    return NewJob(
        id=derived_id(UPLOAD_CONTACTS, job.id, at.isoformat()),
        kind=UPLOAD_CONTACTS,
        priority=job.priority,
        lane=job.lane,
        payload={**job.payload, "upload_id": str(job.id), "external_id": external_id},
        workspace_id=job.workspace_id,
        lead_id=job.lead_id,
        run_at=at + after if after else None,
        traceparent=job.traceparent,
    )

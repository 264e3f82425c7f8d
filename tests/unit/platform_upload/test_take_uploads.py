from typing import Any
from uuid import UUID, uuid4

import pytest

from leadstream.ids import connection_id
from leadstream.jobs.model import Priority
from platform_upload.application.take_uploads import Request, UnknownPlatformError, plan
from platform_upload.domain.platforms import Platform
from unit.platform_upload.builders import NOW, WORKSPACE, a_document


def a_request(*, revision: int = 1, platform: str | None = None, **lead: Any) -> Request:
    document = a_document(**lead)
    return Request(
        lead_id=UUID(document["id"]),
        workspace_id=WORKSPACE,
        revision=revision,
        platform=platform,
        lead=document,
        asked_at=NOW,
    )


def test_b29_hot_and_warm_leads_become_jobs_of_their_connection() -> None:
    planned = plan(a_request(intent_score="warm"))

    assert planned.job
    assert planned.job.id == planned.id
    assert planned.job.priority is Priority.WARM
    assert planned.job.lane == f"connection:{connection_id(WORKSPACE, Platform.TECH)}"


def test_b29_a_cold_lead_becomes_none() -> None:
    assert plan(a_request(intent_score="cold")).job is None


def test_b29_each_revision_and_platform_is_an_upload_and_the_same_event_is_the_same_upload() -> (
    None
):
    first = plan(a_request())

    assert first.id == plan(a_request()).id
    assert first.id != plan(a_request(revision=2)).id
    assert first.id != plan(a_request(platform="retail-platform")).id
    assert first.id != plan(a_request(id=str(uuid4()))).id


def test_a_named_platform_goes_before_the_industry() -> None:
    assert plan(a_request(platform="retail-platform")).platform is Platform.RETAIL
    assert plan(a_request(industry="Banking")).platform is Platform.FINANCE


def test_a_platform_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownPlatformError):
        plan(a_request(platform="moon-platform"))

"""`lead.upload`: what delivery asks for becomes jobs, one for each lead, platform and revision."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from leadstream.contracts.codec import Decoded
from leadstream.contracts.events import LeadUpload
from leadstream.contracts.rejection import Reason
from leadstream.erasure import without_erased
from leadstream.kafka.handlers import Work
from leadstream.observability.metrics import PLATFORM_UPLOADS_TOTAL
from leadstream.postgres import Tx, after_commit
from platform_upload.adapters.connections import wait_for_missing
from platform_upload.adapters.recorder import NO_ADAPTER
from platform_upload.adapters.uploads import add_uploads
from platform_upload.application.take_uploads import Planned, Request, UnknownPlatformError, plan


async def take_uploads(tx: Tx, events: Sequence[Decoded[Any]]) -> Work:
    """An `EventHandler`. Cold leads are refused, which shows in the uploads; they are no dead letters."""
    work = Work()
    planned = []
    for event in await without_erased(tx, events):
        try:
            planned.append(plan(_request(event)))
        except UnknownPlatformError as exc:
            work.rejected.append((event, Reason.UNPROCESSABLE, str(exc)))
    added = await add_uploads(tx, planned)
    work.jobs = [each.job for each in added.uploads if each.job]
    await wait_for_missing(tx, [each.connection_id for each in added.unconnected])
    after_commit(partial(_observe_refused, added.uploads))
    return work


def _request(decoded: Decoded[LeadUpload]) -> Request:
    event = decoded.event
    return Request(
        lead_id=event.lead_id,
        workspace_id=event.workspace_id,
        revision=event.revision,
        platform=event.platform,
        lead=event.lead.model_dump(mode="json"),
        asked_at=decoded.time,
        traceparent=decoded.traceparent,
    )


def _observe_refused(new: Sequence[Planned]) -> None:
    for each in new:
        if each.job is None:
            PLATFORM_UPLOADS_TOTAL.labels(each.platform.value, NO_ADAPTER, "refused").inc()
